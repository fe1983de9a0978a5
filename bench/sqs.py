"""SQS that takes everything, for measurements of what sends to it."""

import json
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from darkroom.settings import settings


@contextmanager
def taker() -> Iterator[list[int]]:
    """How many messages each call brought."""
    taken: list[int] = []

    class Taker(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # else each answer's second packet waits 40 ms

        def do_POST(self) -> None:
            body: dict[str, Any] = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            entries = [{"Id": entry["Id"], "MessageId": entry["Id"]} for entry in body["Entries"]]
            taken.append(len(entries))
            answer = json.dumps({"Successful": entries}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: Any) -> None:
            """Nothing is told."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Taker) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}"
        os.environ |= {"AWS_ENDPOINT_URL": address, "QUEUE_URL_PREFIX": f"{address}/000000000000/darkroom-bench-"}
        settings.cache_clear()
        yield taken
        server.shutdown()
