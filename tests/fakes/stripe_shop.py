"""Stripe's stand-in on a port of its own, in a thread: what the platform asks it, what a customer and somebody at the
dashboard do there, and its events, which are delivered only when a test says so."""

import asyncio
import json
import socket
import threading
import time
from pathlib import Path
from typing import Any, Self

import httpx

from infra.local import ports
from infra.local.home import Home
from infra.local.server import Server
from infra.local.stand_ins.framework import PREFIX, Desk, Surroundings
from infra.local.stand_ins.stripe import stand_in

KEY, SECRET = "sk_test_key", "whsec_test"


class StripeShop:
    """Lives on `url`, until it is closed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._listening = socket.socket()
        self._listening.bind((ports.LOOPBACK, 0))
        self._listening.listen()
        self.origin = f"http://{ports.LOOPBACK}:{self._listening.getsockname()[1]}"
        self.url = f"{self.origin}{PREFIX}stripe"
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._http = httpx.Client(trust_env=False)
        self._told = ""  # the newest event that was asked for

    def __enter__(self) -> Self:
        self._thread.start()
        self._ready.wait()
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()
        self._loop.call_soon_threadsafe(self._server.stop)
        self._thread.join()

    def _run(self) -> None:
        keys = {"stripe_secret_key": KEY, "stripe_webhook_secret": SECRET}
        self._desk = Desk([stand_in(Surroundings(Home(self._folder), self.origin, "http://127.0.0.1:9", keys))])
        self._server = Server(self._desk, self._listening)
        self._loop.call_soon(self._ready.set)
        self._loop.run_until_complete(self._server.serve())
        self._loop.run_until_complete(asyncio.sleep(0))
        self._desk.close()
        self._loop.close()

    # --- what happens there ----------------------------------------------------------------------------------------

    def plan(self, *faults: str) -> None:
        """The next calls fail in these ways."""
        done = threading.Event()

        def plan() -> None:
            self._desk.plan("stripe", faults)
            done.set()

        self._loop.call_soon_threadsafe(plan)
        done.wait()

    def press(self, page: str, action: str, **fields: str) -> None:
        answer = self._http.post(page, data={"action": action, **fields})
        assert answer.status_code == 303, answer.text

    def pay(self, page: str) -> None:
        self.press(page, "pay")

    def by_hand(self, path: str, **given: Any) -> dict[str, Any]:
        """In the dashboard."""
        answer = self._http.post(f"{self.url}/dashboard/{path}", json=given)
        assert answer.is_success, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def payments(self) -> list[dict[str, Any]]:
        """Every checkout, newest first."""
        found: list[dict[str, Any]] = self._http.get(f"{self.url}/dashboard/payments").json()
        return found

    def session(self, page: str) -> dict[str, Any]:
        """The payment page as the API shows it."""
        found: dict[str, Any] = self.get(f"checkout/sessions/{page.rpartition('/')[2]}")
        return found

    def refunds(self) -> list[dict[str, Any]]:
        """Oldest first."""
        return list(reversed(self.get("refunds?limit=100")["data"]))

    def get(self, path: str) -> Any:
        answer = self._http.get(f"{self.url}/v1/{path}", headers={"authorization": f"Bearer {KEY}"})
        assert answer.is_success, answer.text
        return answer.json()

    # --- what it tells ---------------------------------------------------------------------------------------------

    def events(self) -> list[dict[str, Any]]:
        """What has happened and was not asked for yet, oldest first."""
        found: list[dict[str, Any]] = []
        while page := self._next_events():
            found += page
        return found

    def _next_events(self) -> list[dict[str, Any]]:
        """Only what is newer than the last one told: everything again, each time, was a third of the longest tests."""
        newer = f"&ending_before={self._told}" if self._told else ""
        page: list[dict[str, Any]] = self.get(f"events?limit=100{newer}")["data"]
        self._told = page[0]["id"] if page else self._told
        return page[::-1]


def signed(event: Any, *, secret: str = SECRET, at: float | None = None) -> tuple[bytes, dict[str, str]]:
    """A delivery of an event: the body, and the headers that prove it."""
    import stripe

    body = event if isinstance(event, bytes) else json.dumps(event, indent=2).encode()
    moment = int(time.time() if at is None else at)
    shown = stripe.WebhookSignature.generate_signature_header(body.decode("latin-1"), secret, moment)
    return body, {"stripe-signature": shown}
