"""Replicate's API and its store of outputs on loopback: documents as the service sends them, and failures on demand."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

from tests.fakes.http_server import Seen, Server

DOCUMENTS: dict[str, dict[str, Any]] = json.loads(
    (Path(__file__).parents[1] / "events" / "replicate_predictions.json").read_text()
)
SECRET = "whsec_" + base64.b64encode(b"a secret of the tests").decode()
TOKEN = "r8_test"


class Replicate(Server):
    """Predictions end at once as `ends` says: each in turn and the last one again, or by what they were given. What
    `answer`, `drop` and `stall` plan comes first."""

    def __init__(self) -> None:
        super().__init__()
        self.predictions: dict[str, dict[str, Any]] = {}
        self.ends: list[str] | Callable[[dict[str, Any]], str] = ["succeeded"]
        self.restored: Callable[[dict[str, Any]], bytes] = lambda _: b""
        self.cancelled: list[str] = []

    @property
    def created(self) -> list[dict[str, Any]]:
        return list(self.predictions.values())

    def settle(self, prediction: dict[str, Any], how: str) -> None:
        """The prediction stands so from now on."""
        kept = {name: prediction[name] for name in ("id", "input", "webhook", "urls")}
        prediction.clear()
        prediction.update({**DOCUMENTS[how], **kept})
        if prediction["output"]:
            address = f"{self.url}/delivery/{prediction['id']}.png"
            prediction["output"] = [address] if isinstance(prediction["output"], list) else address

    def webhook(self, prediction: dict[str, Any], *, at: float, key: str = SECRET) -> tuple[bytes, Any]:
        """Body and headers, as the service tells of a prediction."""
        body = json.dumps(prediction).encode()
        stamp, name = str(int(at)), "msg_p5jXN8AQM9LWM0D4loKWxJek"
        digest = hmac.new(base64.b64decode(key[6:]), f"{name}.{stamp}.".encode() + body, hashlib.sha256).digest()
        signature = f"v1,{base64.b64encode(digest).decode()}"
        headers = {"webhook-id": name, "webhook-timestamp": stamp, "webhook-signature": signature}
        return body, {"content-type": "application/json", **headers}

    def _handle(self, request: BaseHTTPRequestHandler) -> None:
        if self._planned:
            super()._handle(request)
            return
        body = request.rfile.read(int(request.headers.get("content-length") or 0))
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.seen.append(Seen(request.command, request.path, headers, body, request.client_address[1]))
        status, content = self._route(request.command, request.path, body)
        request.send_response(status)
        request.send_header("content-length", str(len(content)))
        request.end_headers()
        request.wfile.write(content)

    def _route(self, method: str, path: str, body: bytes) -> tuple[int, bytes]:
        parts = path.strip("/").split("/")
        if method == "POST" and parts[-1] == "predictions":
            return 201, json.dumps(self._create(json.loads(body))).encode()
        if parts[0] == "delivery":
            return 200, self.restored(self.predictions[parts[1].removesuffix(".png")])
        prediction = self.predictions.get(parts[2]) if len(parts) > 2 else None
        if prediction is None:
            return 404, b'{"title": "Not found", "detail": "The requested resource could not be found.", "status": 404}'
        if parts[-1] == "cancel":
            self.cancelled.append(prediction["id"])
            self.settle(prediction, "canceled")
        return 200, json.dumps(prediction).encode()

    def _create(self, asked: dict[str, Any]) -> dict[str, Any]:
        number = len(self.predictions) + 1
        prediction = {**DOCUMENTS["starting"], "id": f"prediction{number}", "input": asked["input"]}
        prediction["webhook"] = asked.get("webhook")
        self.predictions[prediction["id"]] = prediction
        shown = dict(prediction)
        ends = self.ends
        self.settle(prediction, ends(prediction) if callable(ends) else ends[min(number, len(ends)) - 1])
        return shown
