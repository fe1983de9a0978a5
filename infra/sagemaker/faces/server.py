"""SageMaker's contract over HTTP: GET /ping, POST /invocations. Only the standard library.

An environment that is busy says so (503) and does not let photos pile up in memory; what cannot be a photo is the
caller's mistake (4xx); a fault of ours is a 500 that names no content.

    python -m infra.sagemaker.faces.server serve
"""

import argparse
import base64
import binascii
import json
import logging
import os
import signal
import threading
from collections.abc import Callable, Mapping
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from infra.sagemaker.faces import looking
from infra.sagemaker.faces.looking import PHOTO_BYTES_MAX, Unreadable
from infra.sagemaker.faces.networks import MODEL

_PHOTO_TYPES = frozenset(
    {"application/octet-stream", "application/x-image", "image/jpeg", "image/png", "image/webp", "image/heic"}
)  # fmt: skip
_COMPARE_TYPE = "application/json"
_COMPARE_BYTES_MAX = 2 * (PHOTO_BYTES_MAX * 4 // 3 + 4) + 1_000
_HELD_MAX = 8  # requests whose photos are in memory at once
_PATIENCE_SECONDS = 30
_log = logging.getLogger("faces")


class Refused(Exception):
    """The request is answered with this status and these words."""

    def __init__(self, status: HTTPStatus, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


class Server(ThreadingHTTPServer):
    """Takes connections at once and looks at as many photos as there are processors."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, host: str, port: int) -> None:
        super().__init__((host, port), Handler)
        self.held = threading.BoundedSemaphore(_HELD_MAX)
        self.looking = threading.BoundedSemaphore(max(1, (os.cpu_count() or 1) // 2))

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A caller that went away is no event."""


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    server: Server
    protocol_version = "HTTP/1.1"
    server_version = "faces"
    sys_version = ""
    timeout = _PATIENCE_SECONDS

    def do_GET(self) -> None:
        if self.path == "/ping":
            self._answer(HTTPStatus.OK, {})
        else:
            self._answer(HTTPStatus.NOT_FOUND, {"error": "there is GET /ping and POST /invocations"})

    def do_POST(self) -> None:
        if not self.server.held.acquire(blocking=False):
            self._refuse(Refused(HTTPStatus.SERVICE_UNAVAILABLE, "too many photos at once"))
            return
        try:
            answer = self._invoke()
        except Refused as refused:
            self._refuse(refused)
        except Unreadable as unreadable:
            self._answer(HTTPStatus.BAD_REQUEST, {"error": str(unreadable)})
        except OSError:  # the caller is gone or stopped in the middle
            self.close_connection = True
        except Exception as error:  # noqa: BLE001 - the service goes on; what was in the photo is not for the log
            _log.error("a photo could not be looked at: %s", type(error).__name__)
            self._answer(HTTPStatus.INTERNAL_SERVER_ERROR, {"error": "the photo could not be looked at"})
        else:
            self._answer(HTTPStatus.OK, answer)
        finally:
            self.server.held.release()

    def _invoke(self) -> dict[str, Any]:
        if self.path != "/invocations":
            raise Refused(HTTPStatus.NOT_FOUND, "there is GET /ping and POST /invocations")
        kind = self.headers.get("content-type", "application/octet-stream").partition(";")[0].strip().lower()
        if kind == _COMPARE_TYPE:
            photos = _two_photos(self._body(_COMPARE_BYTES_MAX))
            return self._look(lambda: looking.compare(*photos))
        if kind not in _PHOTO_TYPES:
            raise Refused(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "send a photo, or two in application/json")
        photo = self._body(PHOTO_BYTES_MAX)
        return self._look(lambda: looking.find(photo))

    def _look(self, look: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        with self.server.looking:
            return look()

    def _body(self, size_max: int) -> bytes:
        length = self.headers.get("content-length", "")
        if not length.isascii() or not length.isdigit():
            raise Refused(HTTPStatus.LENGTH_REQUIRED, "say how long the body is")
        if int(length[:20]) > size_max:
            raise Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"a photo has at most {PHOTO_BYTES_MAX:,} bytes")
        body = self.rfile.read(int(length))
        if len(body) != int(length):
            raise ConnectionResetError
        return body

    def _refuse(self, refused: Refused) -> None:
        """The body may be unread: the connection cannot be used again."""
        self.close_connection = True
        self._answer(refused.status, {"error": refused.reason})

    def _answer(self, status: HTTPStatus, document: Mapping[str, Any]) -> None:
        content = json.dumps(document, separators=(",", ":")).encode()
        try:
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(content)))
            if self.close_connection:
                self.send_header("connection", "close")
            self.end_headers()
            self.wfile.write(content)
        except OSError:
            self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """SageMaker pings every few seconds, and what is asked here is nobody's business."""


def _two_photos(body: bytes) -> tuple[bytes, bytes]:
    try:
        document = json.loads(body)
        one, other = (base64.b64decode(document[name], validate=True) for name in ("one", "other"))
    except (ValueError, KeyError, TypeError, RecursionError, binascii.Error):
        raise Refused(HTTPStatus.BAD_REQUEST, 'send {"one": <base64>, "other": <base64>}') from None
    return one, other


def main() -> None:
    options = argparse.ArgumentParser(prog="faces", description=__doc__)
    options.add_argument("command", nargs="?", default="serve", choices=["serve"], help="SageMaker's own word")
    options.add_argument("--host", default="0.0.0.0")  # noqa: S104 - SageMaker reaches the container from outside
    options.add_argument("--port", type=int, default=int(os.environ.get("SAGEMAKER_BIND_TO_PORT", "8080")))
    given = options.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s")
    looking.warm()
    server = Server(given.host, given.port)
    for polite in (signal.SIGTERM, signal.SIGINT):
        signal.signal(polite, lambda *_: threading.Thread(target=server.shutdown).start())
    _log.info("ready: %s", MODEL)
    server.serve_forever()


if __name__ == "__main__":
    main()
