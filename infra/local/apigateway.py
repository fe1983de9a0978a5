"""API Gateway's HTTP API: a request's route, the event it becomes (payload format 2.0), what the answer means."""

import base64
import json
import re
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, unquote

INTEGRATION_SECONDS = 30
_TEXT = re.compile(r"^(text/.*|application/(json|javascript|xml|.*\+json|.*\+xml)|)(;.*)?$", re.IGNORECASE)
_ANY = "ANY"


@dataclass(frozen=True)
class Route:
    """A deployed route: its key, as in the template, and the function behind it."""

    key: str
    function: str


@dataclass(frozen=True)
class Request:
    """A request as it stands on the wire."""

    method: str
    path: str
    query: str
    headers: Sequence[tuple[str, str]]
    body: bytes
    source_ip: str
    protocol: str = "HTTP/1.1"


@dataclass(frozen=True)
class Answer:
    """An answer ready for the wire."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes


class BadAnswer(Exception):
    """The function returned what API Gateway cannot send."""


class RouteTable:
    """Chooses as API Gateway does: literal paths first, a method before ANY, then greedy ones, $default last."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self._default: Route | None = None
        self._rows: list[tuple[tuple[Any, ...], str, re.Pattern[str], Route]] = []
        for route in routes:
            if route.key == "$default":
                self._default = route
                continue
            method, _, path = route.key.partition(" ")
            self._rows.append((_rank(method, path), method, _pattern(path), route))
        self._rows.sort(key=lambda row: row[0])

    def match(self, method: str, path: str) -> tuple[Route, dict[str, str]] | None:
        for _, wanted, pattern, route in self._rows:
            if wanted in (method, _ANY) and (found := pattern.fullmatch(path)):
                return route, {name: unquote(value) for name, value in found.groupdict().items()}
        return (self._default, {}) if self._default else None


def _rank(method: str, path: str) -> tuple[Any, ...]:
    greedy = path.endswith("+}")
    segments = path.strip("/").split("/")
    variables = tuple(segment.startswith("{") for segment in segments)
    return greedy, -len(segments) if greedy else 0, variables, method == _ANY


def _pattern(path: str) -> re.Pattern[str]:
    parts = []
    for segment in path.rstrip("/").split("/"):
        if segment.endswith("+}"):
            parts.append(f"(?P<{segment[1:-2]}>.+)")
        elif segment.startswith("{"):
            parts.append(f"(?P<{segment[1:-1]}>[^/]+)")
        else:
            parts.append(re.escape(segment))
    return re.compile("/".join(parts) + "/?")


def event(request: Request, route: Route, parameters: dict[str, str], api_id: str, request_id: str) -> bytes:
    """The event a function receives for a request."""
    headers: dict[str, str] = {}
    cookies: list[str] = []
    for name, value in request.headers:
        key = name.lower()
        if key == "cookie":
            cookies += [part.strip() for part in value.split(";") if part.strip()]
        else:
            headers[key] = f"{headers[key]},{value}" if key in headers else value
    query: dict[str, str] = {}
    for name, value in parse_qsl(request.query, keep_blank_values=True):
        query[name] = f"{query[name]},{value}" if name in query else value
    now = time.time()
    document: dict[str, Any] = {
        "version": "2.0",
        "routeKey": route.key,
        "rawPath": unquote(request.path),
        "rawQueryString": request.query,
        "headers": headers,
        "requestContext": {
            "accountId": "000000000000",
            "apiId": api_id,
            "domainName": headers.get("host", ""),
            "domainPrefix": headers.get("host", "").partition(".")[0],
            "http": {
                "method": request.method,
                "path": unquote(request.path),
                "protocol": request.protocol,
                "sourceIp": request.source_ip,
                "userAgent": headers.get("user-agent", ""),
            },
            "requestId": request_id,
            "routeKey": route.key,
            "stage": "$default",
            "time": time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime(now)),
            "timeEpoch": int(now * 1000),
        },
        "isBase64Encoded": False,
    }
    if cookies:
        document["cookies"] = cookies
    if query:
        document["queryStringParameters"] = query
    if parameters:
        document["pathParameters"] = parameters
    if request.body:
        document["body"], document["isBase64Encoded"] = _body(request.body, headers.get("content-type", ""))
    return json.dumps(document).encode()


def _body(body: bytes, content_type: str) -> tuple[str, bool]:
    if _TEXT.match(content_type):
        try:
            return body.decode(), False
        except UnicodeDecodeError:
            pass
    return base64.b64encode(body).decode(), True


def answer(payload: bytes) -> Answer:
    """What the client gets for what a function returned."""
    result = json.loads(payload)
    if not isinstance(result, dict) or "statusCode" not in result:
        return Answer(200, [("content-type", "application/json")], payload)
    try:
        status = int(result["statusCode"])
        headers = [(str(name).lower(), str(value)) for name, value in (result.get("headers") or {}).items()]
        headers += [("set-cookie", str(cookie)) for cookie in result.get("cookies") or []]
        body = result.get("body") or ""
        encoded = bool(result.get("isBase64Encoded"))
        raw = base64.b64decode(body, validate=True) if encoded else str(body).encode()
    except (TypeError, ValueError, AttributeError) as failure:
        raise BadAnswer(str(failure)) from None
    headers = [(name, value) for name, value in headers if name not in ("content-length", "transfer-encoding")]
    if not any(name == "content-type" for name, _ in headers) and raw:
        headers.append(("content-type", "text/plain;charset=utf-8"))
    return Answer(status, headers, raw)
