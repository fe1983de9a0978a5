"""Whose address a request comes from: what the edge attests, never a header that the client chose."""

import hmac
import ipaddress
from collections.abc import Mapping
from typing import Any

from starlette.requests import Request

from darkroom.secrets import secret

VIEWER_HEADER = "cloudfront-viewer-address"
EDGE_HEADER = "x-edge-secret"


def caller_address(request: Request) -> str:
    """The caller's IP address.

    CloudFront's viewer address counts only beside the secret header that CloudFront alone adds; otherwise it is the
    address API Gateway saw (its `sourceIp`), and locally the peer's.
    """
    viewer = request.headers.get(VIEWER_HEADER)
    if viewer and _came_through_the_edge(request.headers):
        address = _without_port(viewer)
        if address is not None:
            return address
    event: dict[str, Any] = request.scope.get("aws.event") or {}
    source: str | None = event.get("requestContext", {}).get("http", {}).get("sourceIp")
    if source:
        return source
    return request.client.host if request.client else "unknown"


def _came_through_the_edge(headers: Mapping[str, str]) -> bool:
    shown, expected = headers.get(EDGE_HEADER, ""), secret("edge_secret", "")
    return bool(expected) and hmac.compare_digest(shown.encode(), expected.encode())


def _without_port(viewer: str) -> str | None:
    """`203.0.113.7:46532` or `2001:db8::1:46532`, the port after the last colon."""
    try:
        return str(ipaddress.ip_address(viewer.rpartition(":")[0].strip("[]")))
    except ValueError:
        return None
