"""The few ASGI pieces that the gateway's parts share: types, reading a body, sending an answer, problems."""

import json
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from http import HTTPStatus
from typing import Any

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]
Headers = Iterable[tuple[str, str]]

_DRAIN_MAX = 64 * 1024 * 1024


class BodyTooLarge(Exception):
    """More was sent than is taken. What was sent has been read, so that the client hears the answer."""


class ClientGone(Exception):
    """Nobody is left to answer."""


async def read_body(receive: Receive, most: int) -> bytes:
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGone
        part: bytes = message.get("body", b"")
        size += len(part)
        if size <= most:
            parts.append(part)
        elif size > _DRAIN_MAX:
            raise BodyTooLarge
        if not message.get("more_body", False):
            break
    if size > most:
        raise BodyTooLarge
    return b"".join(parts)


async def respond(send: Send, status: int, headers: Headers, body: bytes, *, head_only: bool = False) -> None:
    named = {name for name, _ in headers}
    raw = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers]
    bodiless = status in (HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED)
    if "content-length" not in named and not bodiless:
        raw.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": status, "headers": raw})
    await send({"type": "http.response.body", "body": b"" if head_only or bodiless else body})


def problem(status: int, detail: str, request_id: str = "") -> tuple[int, list[tuple[str, str]], bytes]:
    """An answer in RFC 9457's form, as every error of the platform has."""
    document = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "request_id": request_id,
    }
    return status, [("content-type", "application/problem+json")], json.dumps(document).encode()


def header(scope: Scope, name: str) -> str:
    """A request header's value, empty when it is missing."""
    wanted = name.lower().encode()
    return next((bytes(v).decode("latin-1") for n, v in scope["headers"] if n == wanted), "")
