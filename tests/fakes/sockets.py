"""API Gateway's management API on loopback: open sockets with what they were sent, and faults on demand."""

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote


class Sockets:
    """`frames[connection]` is what its page has received. A connection that is not there is gone (410)."""

    def __init__(self) -> None:
        self.frames: dict[str, list[dict[str, Any]]] = {}
        self.closed: list[str] = []
        self.faults: list[int] = []  # the next answers' statuses; 0 hangs up without one
        self.paths: list[str] = []
        self.most_at_once = 0
        self.endpoint = ""
        self._at_once = 0
        self._kept: set[socket.socket] = set()
        self._lock = threading.Lock()

    def open(self, *connection_ids: str) -> None:
        for connection_id in connection_ids:
            self.frames[connection_id] = []

    def hang_up(self) -> None:
        """Close every connection that is kept open, as a server does after some silence."""
        for each in list(self._kept):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def events(self, connection_id: str) -> list[dict[str, Any]]:
        """The events among what a page received, without answers to its own frames."""
        return [frame for frame in self.frames[connection_id] if "sequence" in frame]

    def answer(self, method: str, path: str, body: bytes) -> int:
        connection_id = unquote(path.rpartition("/@connections/")[2])
        with self._lock:
            self.paths.append(path)
            if self.faults:
                return self.faults.pop(0)
            if connection_id not in self.frames:
                return 410
            if method == "DELETE":
                self.closed.append(connection_id)
                del self.frames[connection_id]
                return 204
            if len(body) > 128 * 1024:
                return 413
            self.frames[connection_id].append(json.loads(body))
            return 200

    @contextmanager
    def serving(self) -> Iterator["Sockets"]:
        sockets = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def setup(self) -> None:
                super().setup()
                sockets._kept.add(self.connection)

            def finish(self) -> None:
                sockets._kept.discard(self.connection)
                super().finish()

            def respond(self) -> None:
                with sockets._lock:
                    sockets._at_once += 1
                    sockets.most_at_once = max(sockets.most_at_once, sockets._at_once)
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                status = sockets.answer(self.command, self.path, body)
                with sockets._lock:
                    sockets._at_once -= 1
                if status == 0:
                    self.close_connection = True
                    return
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            do_POST = do_DELETE = respond  # noqa: N815 - the names that http.server looks for

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 128

        with Server(("127.0.0.1", 0), Handler) as server:
            self.endpoint = f"http://127.0.0.1:{server.server_address[1]}/ws"
            thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
            thread.start()
            yield self
            server.shutdown()
            thread.join()
