"""Stripe's own SDK against its stand-in on a port, with a platform beside it that hears the webhooks."""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import stripe

from infra.local import asgi, ports
from infra.local.home import Home
from infra.local.server import Server
from infra.local.stand_ins.framework import PREFIX, Desk, Surroundings
from infra.local.stand_ins.stripe import clock, deliveries, outbox, returns, stand_in
from tests.waiting import until

PAID = ["payment_intent.created", "charge.succeeded", "payment_intent.succeeded", "checkout.session.completed"]
REFUNDED = ["refund.created", "charge.refunded", "refund.updated"]
KEY, SECRET = "sk_test_key", "whsec_test"
WEBHOOKS = "/api/v1/webhooks/stripe"


def _listen(port: int) -> socket.socket:
    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.bind((ports.LOOPBACK, port))
    listening.listen()
    return listening


class Shop:
    """A seller: what it asks of Stripe, and what Stripe told it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.listening = _listen(0)
        self.origin = f"http://{ports.LOOPBACK}:{self.listening.getsockname()[1]}"
        self.address = f"{self.origin}{PREFIX}stripe"
        self.raw: list[tuple[bytes, str]] = []
        self.answers: list[int] = []
        self.transport = stripe.RequestsClient(timeout=5)
        self.client = self.new_client(KEY)
        self.open_desk()

    def restart(self) -> None:
        """On the same home and port."""
        self.desk.close()
        self.listening.close()
        self.listening = _listen(int(self.origin.rpartition(":")[2]))
        self.open_desk()

    def open_desk(self) -> None:
        keys = {"stripe_secret_key": KEY, "stripe_webhook_secret": SECRET}
        self.desk = Desk([stand_in(Surroundings(Home(self.folder), self.origin, "http://127.0.0.1:9", keys))])

    def new_client(self, key: str, retries: int = 0) -> stripe.StripeClient:
        return stripe.StripeClient(
            key, base_addresses={"api": self.address}, max_network_retries=retries, http_client=self.transport
        )

    def close(self) -> None:
        self.transport.close()  # type: ignore[no-untyped-call]
        self.desk.close()
        self.listening.close()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["path"].startswith(PREFIX):
            await self.desk(scope, receive, send)
            return
        body = await asgi.read_body(receive, 1_000_000)
        assert scope["path"] == WEBHOOKS
        self.raw.append((body, asgi.header(scope, "stripe-signature")))
        await asgi.respond(send, self.answers.pop(0) if self.answers else 200, [], b"")

    @property
    def events(self) -> list[stripe.Event]:
        """What was heard, verified by the SDK."""
        return [stripe.Webhook.construct_event(body, signed, SECRET) for body, signed in self.raw]

    @property
    def types(self) -> list[str]:
        return [event.type for event in self.events]

    async def hears(self, *types: str) -> None:
        """Wait until these have come, among others."""
        await until(lambda: set(types) <= set(self.types))

    def run(self, work: Callable[[], Awaitable[None]]) -> None:
        async def everything() -> None:
            server = Server(self, self.listening)
            tasks = [asyncio.create_task(server.serve()), asyncio.create_task(self.desk.stand_ins["stripe"].run())]
            try:
                await work()
            finally:
                server.stop()
                tasks[1].cancel()
                await asyncio.gather(*tasks, return_exceptions=True)

        asyncio.run(everything())

    def sell(self, work: Callable[[], None]) -> None:
        """Work that does not wait for webhooks, in a thread as the SDK wants it."""
        self.run(lambda: asyncio.to_thread(work))

    def plan(self, *faults: str) -> None:
        self.desk.plan("stripe", faults)

    def wanted(self, **more: Any) -> Any:
        """What a checkout asks for."""
        return {
            "mode": "payment",
            "line_items": [
                {
                    "price_data": {
                        "currency": "usd",
                        "unit_amount": 900,
                        "product_data": {"name": "Restored photo", "description": "In high resolution"},
                    },
                    "quantity": 3,
                }
            ],
            "success_url": f"{self.origin}/done?session={{CHECKOUT_SESSION_ID}}",
            "cancel_url": f"{self.origin}/back",
            "client_reference_id": "order-1",
            "customer_email": "ada@example.com",
            "metadata": {"order_id": "order-1"},
            "payment_intent_data": {"metadata": {"order_id": "order-1"}},
            "payment_method_types": ["card"],
            **more,
        }

    def checkout(self, **more: Any) -> stripe.checkout.Session:
        return self.client.v1.checkout.sessions.create(self.wanted(**more))

    def press(self, session: stripe.checkout.Session, action: str, **fields: str) -> httpx.Response:
        assert session.url is not None
        return httpx.post(session.url, data={"action": action, **fields}, trust_env=False)

    def paid(self, **more: Any) -> stripe.checkout.Session:
        session = self.checkout(**more)
        assert self.press(session, "pay", email="ada@example.com").status_code == 303
        return self.client.v1.checkout.sessions.retrieve(session.id)

    def by_hand(self, path: str, **given: Any) -> httpx.Response:
        """In the dashboard."""
        return httpx.post(f"{self.address}/dashboard/{path}", json=given, trust_env=False)


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    made = Shop(tmp_path)
    yield made
    made.close()


class Clock:
    """The stand-in's clock, which a test may put forward."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._ahead = 0.0
        real = clock.now
        monkeypatch.setattr(clock, "now", lambda: real() + self._ahead)

    def advance(self, seconds: float) -> None:
        self._ahead += seconds


@pytest.fixture
def time_passes(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """What takes seconds takes a moment."""
    monkeypatch.setattr(outbox, "LATE_SECONDS", 0.3)
    monkeypatch.setattr(returns, "SETTLE_SECONDS", 0.2)
    monkeypatch.setattr(deliveries, "_BACKOFF_MAX_SECONDS", 0.02)
    return monkeypatch


async def pay(shop: Shop) -> str:
    """The payment intent."""
    session = await asyncio.to_thread(shop.paid)
    return str(session.payment_intent)


async def refund(shop: Shop, intent: str, **more: Any) -> stripe.Refund:
    wanted: Any = {"payment_intent": intent, **more}
    return await asyncio.to_thread(lambda: shop.client.v1.refunds.create(wanted))


async def quiet(shop: Shop) -> None:
    """Until nothing waits to be delivered."""
    await until(lambda: not [row for row in shop.desk.describe("stripe")["webhooks"] if row["state"] == "pending"])
