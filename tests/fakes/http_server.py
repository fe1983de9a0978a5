"""A server on loopback that answers what it was told to, in order, and remembers what it was asked."""

import socket
import threading
from collections import deque
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple, Self


class Seen(NamedTuple):
    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    peer: int


class Server:
    """Answers in the order of `answer`, `drop` and `stall`; without any left, the last answer again."""

    def __init__(self) -> None:
        self.seen: list[Seen] = []
        self._planned: deque[Any] = deque()
        self._last: Any = (200, b"{}", {})
        self._released = threading.Event()
        self._open: set[socket.socket] = set()
        owner = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def setup(self) -> None:
                super().setup()
                owner._open.add(self.connection)

            def handle_any(self) -> None:
                owner._handle(self)

            do_GET = do_POST = do_PUT = do_DELETE = handle_any  # noqa: N815 - the base class's names

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_port}"

    def answer(self, status: int, body: bytes = b"{}", headers: dict[str, str] | None = None) -> None:
        self._planned.append((status, body, headers or {}))

    def drop(self) -> None:
        """Read the next request and close the connection without an answer."""
        self._planned.append("drop")

    def stall(self) -> None:
        """Never answer the next request."""
        self._planned.append("stall")

    def hang_up(self) -> None:
        """Close every connection that is kept open, as an idle timeout does."""
        for connection in list(self._open):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        self._open.clear()

    def _handle(self, request: BaseHTTPRequestHandler) -> None:
        body = request.rfile.read(int(request.headers.get("content-length") or 0))
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.seen.append(Seen(request.command, request.path, headers, body, request.client_address[1]))
        plan = self._planned.popleft() if self._planned else self._last
        if plan == "stall":
            self._released.wait(30)
        if plan in ("stall", "drop"):
            request.close_connection = True
            return
        self._last = plan
        status, content, extra = plan
        request.send_response(status)
        for name, value in {"content-length": str(len(content)), **extra}.items():
            request.send_header(name, value)
        request.end_headers()
        request.wfile.write(content)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._released.set()
        self.hang_up()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()
