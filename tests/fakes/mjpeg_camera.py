"""A camera on the network: every frame is a JPEG of its own, made when it is sent."""

import base64
import contextlib
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from tests.factories import photos


def frame(number: int) -> bytes:
    """A small JPEG with its number in a comment."""
    plain = photos.jpeg(16, 12)
    comment = b"frame %d" % number
    return plain[:2] + b"\xff\xfe" + (len(comment) + 2).to_bytes(2, "big") + comment + plain[2:]


class MjpegCamera:
    """`/mjpeg` streams, `/still` gives one; `/bare` streams without telling lengths."""

    def __init__(self) -> None:
        self.sent: list[bytes] = []
        self.stale: bytes | None = None
        """A frame that it has at hand, and begins each stream with."""
        self.password: str | None = None
        self.breaks_off = False
        self.only_one = False
        self.pauses_after_one = False
        self.says_nothing_but_words = False
        self.before_frame: Callable[[], None] = lambda: None
        self._stop = threading.Event()
        self._lock = threading.Lock()
        owner = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                with contextlib.suppress(OSError):
                    owner._serve(self)

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)

    def url(self, path: str = "/mjpeg", login: str = "") -> str:
        return f"http://{login}127.0.0.1:{self._http.server_port}{path}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    def _next(self) -> bytes:
        self.before_frame()
        with self._lock:
            made = frame(len(self.sent))
            self.sent.append(made)
        return made

    def _serve(self, request: BaseHTTPRequestHandler) -> None:
        if self.password is not None:
            known = "Basic " + base64.b64encode(self.password.encode()).decode()
            if request.headers.get("authorization") != known:
                request.send_response(401)
                request.send_header("WWW-Authenticate", 'Basic realm="camera"')
                request.end_headers()
                return
        if request.path == "/page":
            _whole(request, "text/html", b"<html></html>")
        elif request.path.startswith("/still"):
            _whole(request, "image/jpeg", self._next())
        elif request.path in ("/mjpeg", "/bare"):
            self._stream(request, has_lengths=request.path == "/mjpeg")
        else:
            request.send_error(404)

    def _stream(self, request: BaseHTTPRequestHandler, *, has_lengths: bool) -> None:
        request.send_response(200)
        request.send_header("Content-Type", 'multipart/x-mixed-replace; boundary="--shot"')
        request.end_headers()
        while self.says_nothing_but_words:
            request.wfile.write(b"hello\r\n" * 100)
        is_first = True
        while not self._stop.is_set():
            content = self.stale if self.stale is not None and is_first else self._next()
            is_first = False
            length = f"Content-Length: {len(content)}\r\n" if has_lengths else ""
            request.wfile.write(f"--shot\r\nContent-Type: image/jpeg\r\n{length}\r\n".encode())
            if self.breaks_off:
                request.wfile.write(content[: len(content) // 2])
                return
            request.wfile.write(content + b"\r\n")
            if self.only_one:
                return
            if self.pauses_after_one:
                self._stop.wait(30)
            self._stop.wait(0.01)


def _whole(request: BaseHTTPRequestHandler, kind: str, content: bytes) -> None:
    request.send_response(200)
    request.send_header("Content-Type", kind)
    request.send_header("Content-Length", str(len(content)))
    request.end_headers()
    request.wfile.write(content)
