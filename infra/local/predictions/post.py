"""Webhooks as the service sends them: signed like Standard Webhooks, the one of the end repeated until it is heard.

They go to this machine only: nothing that a stack makes up is told to anybody else.
"""

import asyncio
import base64
import hashlib
import hmac
import json
import time
from typing import Any
from urllib.parse import urlsplit

from infra.local.predictions.documents import new_id, shown
from infra.local.predictions.store import Letter, Prediction, Store

EVENTS = ("start", "output", "logs", "completed")
UNFILTERED = ("output", "completed")
_ATTEMPTS = 6  # 1, 2, 4, 8, 16 seconds between them
_TIMEOUT_SECONDS = 10
_AT_ONCE = 8
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


def is_here(url: str) -> bool:
    """Whether an address is on this machine."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and parts.hostname in _LOOPBACK


def signature(secret: str, webhook_id: str, timestamp: str, body: str) -> str:
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = hmac.new(key, f"{webhook_id}.{timestamp}.{body}".encode(), hashlib.sha256).digest()
    return f"v1,{base64.b64encode(signed).decode()}"


class Post:
    """Owes, sends and repeats."""

    def __init__(self, store: Store, secret: str, address: str) -> None:
        self._store = store
        self._secret = secret
        self._address = address
        self._wake = asyncio.Event()

    def tell(self, prediction: Prediction, event: str) -> None:
        """Owe a webhook of this event, when it was asked for. Only that of the end is repeated."""
        if not prediction.webhook or event not in prediction.events or prediction.fault == "lost_webhook":
            return
        body = json.dumps(shown(prediction, self._address))
        attempts = _ATTEMPTS if event == "completed" else 1
        self._store.owe(Letter(f"msg_{new_id()}", prediction.webhook, body, attempts))
        self._wake.set()

    async def run(self) -> None:
        import httpx

        async with httpx.AsyncClient(trust_env=False, timeout=_TIMEOUT_SECONDS) as client:
            while True:
                self._wake.clear()
                due = self._store.due(time.time(), _AT_ONCE)
                await asyncio.gather(*(self._deliver(client, letter) for letter in due))
                following = self._store.next_due()
                waiting = None if following is None else max(0.01, following - time.time())
                try:
                    await asyncio.wait_for(self._wake.wait(), waiting)
                except TimeoutError:
                    continue

    async def _deliver(self, client: Any, letter: Letter) -> None:
        import httpx

        timestamp = str(int(time.time()))
        headers = {
            "content-type": "application/json",
            "user-agent": "Replicate-Webhooks",
            "webhook-id": letter.id,
            "webhook-timestamp": timestamp,
            "webhook-signature": signature(self._secret, letter.id, timestamp, letter.body),
        }
        try:
            answer = await client.post(letter.url, content=letter.body, headers=headers)
            heard, last = answer.is_success, str(answer.status_code)
        except (httpx.HTTPError, httpx.InvalidURL) as failure:
            heard, last = False, type(failure).__name__
        letter.attempts += 1
        letter.attempts_left -= 1
        again = time.time() + 2 ** (letter.attempts - 1) if not heard and letter.attempts_left > 0 else None
        self._store.tried(letter, again, last)
