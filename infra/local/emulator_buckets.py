"""Buckets as strict as S3's: who brings no signature gets nothing, and browsers come from where CORS says.

ministack is so only in its AUTH mode, in which everything else needs signatures too. Its own reading of the buckets'
CORS rules is used; what comes from the template is enforced, and nothing is configured here.
"""

from collections.abc import Callable, Mapping, MutableMapping
from typing import Any
from urllib.parse import parse_qs

from infra.local import asgi

Target = Callable[[str, str], tuple[str, str] | None]
Preflight = Callable[[str, str, dict[str, str]], tuple[int, Mapping[str, str], bytes]]
CorsHeaders = Callable[[str, str, dict[str, str]], Mapping[str, str]]

_DENIED = (
    b'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>'
)


class StrictBuckets:
    """An application in front of ministack's."""

    def __init__(
        self, application: asgi.Application, target: Target, preflight: Preflight, cors_headers: CorsHeaders
    ) -> None:
        self._application = application
        self._target = target
        self._preflight = preflight
        self._cors_headers = cors_headers

    async def __call__(self, scope: asgi.Scope, receive: asgi.Receive, send: asgi.Send) -> None:
        headers = {name.decode().lower(): value.decode("latin-1") for name, value in scope.get("headers", ())}
        target = self._target(headers.get("host", ""), scope["path"]) if scope["type"] == "http" else None
        if target is None:
            await self._application(scope, receive, send)
            return
        bucket, key = target
        if scope["method"] == "OPTIONS":
            status, answer, body = self._preflight(bucket, key, headers)
            await asgi.respond(send, status, [(name.lower(), value) for name, value in answer.items()], body)
            return
        cors = self._cors_headers(bucket, scope["method"], headers)
        if not _is_signed(headers, scope["query_string"]):
            named = [("content-type", "application/xml"), *((name.lower(), value) for name, value in cors.items())]
            await asgi.respond(send, 403, named, _DENIED, head_only=scope["method"] == "HEAD")
            return
        await self._application(scope, receive, _with_cors(send, cors))


def _is_signed(headers: Mapping[str, str], query: bytes) -> bool:
    """Whether there is a signature at all; ministack says whether it is right."""
    return "authorization" in headers or "X-Amz-Signature" in parse_qs(query.decode("latin-1"))


def _with_cors(send: asgi.Send, cors: Mapping[str, str]) -> asgi.Send:
    async def send_with_cors(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            kept = [pair for pair in message.get("headers", ()) if not pair[0].lower().startswith(b"access-control-")]
            added = [(name.lower().encode(), value.encode("latin-1")) for name, value in cors.items()]
            message = {**message, "headers": [*kept, *added]}
        await send(message)

    return send_with_cors


def strict(application: asgi.Application) -> StrictBuckets:
    """ministack's application behind these rules, by functions that are checked to be there."""
    from ministack import app
    from ministack.services import s3

    for part in (app._s3_cors_target, s3.cors_preflight, s3.cors_response_headers):  # noqa: SLF001
        assert callable(part)
    return StrictBuckets(application, app._s3_cors_target, s3.cors_preflight, s3.cors_response_headers)  # noqa: SLF001
