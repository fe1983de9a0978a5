"""The platform's WebSocket as a camera agent sees it: it asks who is there, answers pings, and sends commands."""

import contextlib
import json
import threading
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.sync.server import Server, ServerConnection, serve

if TYPE_CHECKING:
    from tests.fakes.agent_api import AgentApi


class AgentSocket:
    def __init__(self, api: "AgentApi") -> None:
        self._api = api
        self._port = 0
        self._server: Server | None = None
        self._open: set[ServerConnection] = set()
        self.connects = 0
        self.pings = 0
        self.answers_pings = True
        self.drops = 0
        """So many commands are lost on the way."""

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self._port}/ws"

    @property
    def is_connected(self) -> bool:
        return bool(self._open)

    def send(self, command: dict[str, Any]) -> None:
        if self.drops:
            self.drops -= 1
            return
        frame = {"type": "device.command", "topic": "device:x", "sequence": 1, "at": "2026-11-01T00:00:00Z"}
        self.send_raw(json.dumps({**frame, "data": command}))

    def send_raw(self, frame: str) -> None:
        for each in list(self._open):
            with contextlib.suppress(ConnectionClosed):
                each.send(frame)

    def come_back(self) -> None:
        # Each connection's thread ends with it: none of them keeps the tests from ending.
        self._server = serve(self._serve, "127.0.0.1", self._port, process_request=self._admit, close_timeout=0.1)
        self._port = self._server.socket.getsockname()[1]
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def go_down(self) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._thread.join()
        self.hang_up()

    def hang_up(self) -> None:
        for each in list(self._open):
            with contextlib.suppress(Exception):
                each.socket.shutdown(2)

    def _admit(self, connection: ServerConnection, request: Request) -> Response | None:
        if self._api.deaf_socket:
            return connection.respond(HTTPStatus.SERVICE_UNAVAILABLE, "")
        if request.headers.get("Authorization") != f"Bearer {self._api.device.token}":
            return connection.respond(HTTPStatus.UNAUTHORIZED, "")
        return None

    def _serve(self, connection: ServerConnection) -> None:
        self.connects += 1
        self._open.add(connection)
        try:
            for frame in connection:
                if json.loads(frame) == {"action": "ping"}:
                    self.pings += 1
                    if self.answers_pings:
                        connection.send(json.dumps({"type": "pong"}))
        except ConnectionClosed:
            pass
        finally:
            self._open.discard(connection)
