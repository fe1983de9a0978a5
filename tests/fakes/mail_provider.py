"""SES v2 and SendGrid v3 on loopback: they take mail, or answer as they were told to."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple


class Fault(NamedTuple):
    """An answer in place of the usual one; status 0 hangs up without any."""

    status: int
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()


class MailProvider:
    """What was sent, as documents, and what is answered next."""

    def __init__(self) -> None:
        self.requests: list[dict[str, Any]] = []
        self.authorizations: list[str] = []
        self.taken: list[dict[str, Any]] = []
        self.faults: list[Fault] = []
        self.url = ""

    def answer(self, path: str, authorization: str, body: bytes) -> Fault:
        self.authorizations.append(authorization)
        self.requests.append(json.loads(body))
        if self.faults:
            return self.faults.pop(0)
        self.taken.append(json.loads(body))
        number = len(self.taken)
        if path == "/v3/mail/send":
            return Fault(202, b"", (("X-Message-Id", f"sendgrid-{number}"),))
        assert path == "/v2/email/outbound-emails", path
        return Fault(200, json.dumps({"MessageId": f"0100019a-{number}"}).encode())

    @contextmanager
    def serving(self) -> Iterator["MailProvider"]:
        provider = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                answer = provider.answer(self.path, self.headers.get("authorization", ""), body)
                self.close_connection = True
                if answer.status == 0:
                    return
                self.send_response(answer.status)
                for name, value in answer.headers:
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(answer.body)))
                self.send_header("Connection", "close")
                self.end_headers()
                self.wfile.write(answer.body)

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_: Any) -> None:
                """A client that waited no longer is what the test wanted."""

        with Server(("127.0.0.1", 0), Handler) as server:
            self.url = f"http://127.0.0.1:{server.server_address[1]}"
            thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
            thread.start()
            yield self
            server.shutdown()
            thread.join()


def ses_refuses(code: str, status: int = 400) -> Fault:
    """An error as SES v2 answers it (REST JSON)."""
    body = json.dumps({"message": "Email address is not verified."}).encode()
    headers = (("Content-Type", "application/json"), ("x-amzn-ErrorType", f"{code}:"), ("x-amzn-RequestId", "r-1"))
    return Fault(status, body, headers)


def sendgrid_refuses(
    status: int, message: str = "The from address does not match a verified Sender Identity."
) -> Fault:
    """An error as SendGrid answers it."""
    body = json.dumps({"errors": [{"message": message, "field": "from", "help": None}]}).encode()
    return Fault(status, body, (("Content-Type", "application/json"),))
