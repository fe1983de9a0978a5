"""Calls a product's Lambda handler the way API Gateway does: events of payload format 2.0 in, answers out.

api = Api(handler)                                   # what the module's `handler` is
answer = api.post("/auth/login", {"username": ...})  # under /api/v1
api.get("/users/me", token=access, query={"limit": 2}).json()
"""

import base64
import json as json_module
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple
from urllib.parse import unquote, urlencode

from darkroom import ids

Handler = Callable[[dict[str, Any], Any], dict[str, Any]]

PREFIX = "/api/v1"


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json_module.loads(self.body)

    @property
    def text(self) -> str:
        return self.body.decode()


def event(
    method: str,
    path: str,
    *,
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
    query: str = "",
    source_ip: str = "198.51.100.7",
) -> dict[str, Any]:
    """An event of an HTTP API, payload format 2.0."""
    document: dict[str, Any] = {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": query,
        "headers": {"host": "api.test", **(headers or {})},
        "requestContext": {
            "requestId": str(ids.new_id()),
            "http": {"method": method, "path": unquote(path), "sourceIp": source_ip, "protocol": "HTTP/1.1"},
            "stage": "$default",
        },
        "isBase64Encoded": body is not None,
    }
    if body is not None:
        document["body"] = base64.b64encode(body).decode()
    return document


class Api:
    """A client of one handler."""

    def __init__(self, handler: Handler, source_ip: str = "198.51.100.7") -> None:
        self.handler = handler
        self.source_ip = source_ip

    def call(
        self,
        method: str,
        path: str,
        json: Any = None,
        *,
        token: str | None = None,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        query: Mapping[str, Any] | str | None = None,
        key: str | None = None,
    ) -> Answer:
        """`json` is encoded, `content` sent as it is; `key` is an Idempotency-Key."""
        sent = {name.lower(): value for name, value in (headers or {}).items()}
        if json is not None:
            content = json_module.dumps(json).encode()
        if content is not None:
            sent.setdefault("content-type", "application/json")
            sent.setdefault("content-length", str(len(content)))
        if token is not None:
            sent["authorization"] = f"Bearer {token}"
        if key is not None:
            sent["idempotency-key"] = key
        encoded = query if isinstance(query, str) else urlencode(query or {})
        request = event(method, PREFIX + path, body=content, headers=sent, query=encoded, source_ip=self.source_ip)
        answer = self.handler(request, None)
        body = answer.get("body", "")
        return Answer(
            answer["statusCode"],
            answer.get("headers", {}),
            base64.b64decode(body) if answer.get("isBase64Encoded") else body.encode(),
        )

    def get(self, path: str, **options: Any) -> Answer:
        return self.call("GET", path, **options)

    def post(self, path: str, json: Any = None, **options: Any) -> Answer:
        return self.call("POST", path, json, **options)

    def put(self, path: str, json: Any = None, **options: Any) -> Answer:
        return self.call("PUT", path, json, **options)

    def patch(self, path: str, json: Any = None, **options: Any) -> Answer:
        return self.call("PATCH", path, json, **options)

    def delete(self, path: str, **options: Any) -> Answer:
        return self.call("DELETE", path, **options)
