"""/ws: passes frames between a client and the emulator's WebSocket API, with the limits API Gateway has."""

import asyncio
import contextlib
import time
from http import HTTPStatus
from typing import Any

from infra.local import asgi
from infra.local.deployed import WebSocketApi

_IDLE_SECONDS = 600
_LONGEST_SECONDS = 7200
_MESSAGE_MAX = 128 * 1024
_PASSED_HEADERS = ("authorization", "origin", "user-agent", "sec-websocket-protocol")
_GOING_AWAY, _TOO_BIG = 1001, 1009


class WebSocketGateway:
    """One task a direction; whoever ends first ends both."""

    def __init__(self) -> None:
        self._address = ""

    def deploy(self, emulator: str, api: WebSocketApi | None) -> None:
        host = emulator.removeprefix("http://")
        self._address = f"ws://{host}/_aws/execute-api/{api.api_id}/{api.stage}" if api else ""

    async def __call__(self, scope: asgi.Scope, receive: asgi.Receive, send: asgi.Send) -> None:
        from websockets.asyncio.client import connect
        from websockets.exceptions import InvalidStatus, WebSocketException

        await receive()  # websocket.connect
        if not self._address:
            await _deny(send, HTTPStatus.NOT_FOUND)
            return
        query = scope["query_string"].decode("latin-1")
        headers = [(name, value) for name in _PASSED_HEADERS if (value := asgi.header(scope, name))]
        headers.append(("x-forwarded-for", scope["client"][0] if scope.get("client") else "127.0.0.1"))
        try:
            upstream = await connect(
                f"{self._address}?{query}" if query else self._address,
                additional_headers=headers,
                user_agent_header=None,
                max_size=None,
                ping_interval=None,
                proxy=None,
            )
        except InvalidStatus as refused:
            await _deny(send, refused.response.status_code)
            return
        except (OSError, TimeoutError, WebSocketException):
            await _deny(send, HTTPStatus.BAD_GATEWAY)
            return
        await send({"type": "websocket.accept"})
        async with upstream:
            await _Relay(upstream, receive, send).run()


class _Relay:
    """A connection while it lasts."""

    def __init__(self, upstream: Any, receive: asgi.Receive, send: asgi.Send) -> None:
        self._upstream = upstream
        self._receive = receive
        self._send = send
        self._last = time.monotonic()

    async def run(self) -> None:
        directions = [asyncio.create_task(work) for work in (self._inward(), self._outward(), self._until_closed())]
        done, rest = await asyncio.wait(directions, return_when=asyncio.FIRST_COMPLETED)
        for task in rest:
            task.cancel()
        await asyncio.gather(*rest, return_exceptions=True)
        code = next((task.result() for task in done if not task.exception()), _GOING_AWAY)
        if code is not None:
            with contextlib.suppress(RuntimeError):  # the client has closed as well
                await self._send({"type": "websocket.close", "code": code})

    async def _inward(self) -> int | None:
        """From the client. None when it has gone."""
        from websockets.exceptions import ConnectionClosed

        while True:
            message = await self._receive()
            if message["type"] == "websocket.disconnect":
                return None
            self._last = time.monotonic()
            text = message.get("text")
            data: str | bytes = text if text is not None else message["bytes"]
            if len(data) > _MESSAGE_MAX:
                return _TOO_BIG
            try:
                await self._upstream.send(data)
            except ConnectionClosed:
                return _GOING_AWAY

    async def _outward(self) -> int | None:
        """To the client."""
        async for data in self._upstream:
            self._last = time.monotonic()
            kind = "text" if isinstance(data, str) else "bytes"
            await self._send({"type": "websocket.send", kind: data})
        code = self._upstream.close_code
        return code if code and code not in (1005, 1006) else _GOING_AWAY

    async def _until_closed(self) -> int | None:
        """API Gateway closes what is idle for ten minutes and everything after two hours."""
        end = time.monotonic() + _LONGEST_SECONDS
        while True:
            now = time.monotonic()
            left = min(end - now, self._last + _IDLE_SECONDS - now)
            if left <= 0:
                return _GOING_AWAY
            await asyncio.sleep(left)


async def _deny(send: asgi.Send, status: int) -> None:
    """Refuse the handshake with a status that the client can see."""
    _, headers, body = asgi.problem(status, "The connection was refused.")
    raw = [(name.encode(), value.encode()) for name, value in headers]
    await send({"type": "websocket.http.response.start", "status": status, "headers": raw})
    await send({"type": "websocket.http.response.body", "body": body})
