"""Webhooks: sent one after the other, signed as `stripe.Webhook.construct_event` wants it, and again when they failed.

Retries wait 1, 2, 4 ... seconds, not Stripe's hours: a developer looks on. An event that waits for its next try holds
no later one up, as there.
"""

import asyncio
import hashlib
import hmac
import json
from http import HTTPStatus
from typing import Any

from infra.local.stand_ins.stripe import clock
from infra.local.stand_ins.stripe.outbox import Delivery, Outbox

ATTEMPTS = 12
_BACKOFF_MAX_SECONDS = 60
_PATIENCE_SECONDS = 30


class Messenger:
    """Carries events to the platform until it is cancelled."""

    def __init__(self, outbox: Outbox, address: str, secret: str) -> None:
        self._outbox = outbox
        self._address = address
        self._secret = secret
        self.wake = asyncio.Event()

    async def run(self) -> None:
        import httpx

        async with httpx.AsyncClient(trust_env=False) as client:
            while True:
                self.wake.clear()
                delivery = self._outbox.next(clock.now())
                if delivery is not None:
                    try:
                        await self._deliver(client, delivery)
                    except Exception as failure:  # noqa: BLE001 - one event must not end the others' deliveries
                        self._outbox.dead(delivery, repr(failure))
                    continue
                following = self._outbox.next_due()
                waiting = None if following is None else max(0.01, following - clock.now())
                try:
                    await asyncio.wait_for(self.wake.wait(), waiting)
                except TimeoutError:
                    continue

    async def _deliver(self, client: Any, delivery: Delivery) -> None:
        import httpx

        body = json.dumps({**delivery.event, "pending_webhooks": 1}, indent=2).encode()
        headers = {
            "content-type": "application/json; charset=utf-8",
            "user-agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
            "stripe-signature": signature(body, self._secret),
        }
        try:
            answer = await client.post(self._address, content=body, headers=headers, timeout=_PATIENCE_SECONDS)
        except httpx.HTTPError as failure:
            last, succeeded = type(failure).__name__, False
        else:
            last = str(answer.status_code)
            succeeded = HTTPStatus.OK <= answer.status_code < HTTPStatus.MULTIPLE_CHOICES
        if succeeded:
            self._outbox.delivered(delivery, last)
        elif delivery.attempts + 1 < ATTEMPTS:
            backoff = min(_BACKOFF_MAX_SECONDS, 2**delivery.attempts)
            self._outbox.retry(delivery, clock.now() + backoff, last)
        else:
            self._outbox.dead(delivery, last)


def signature(body: bytes, secret: str) -> str:
    """Stripe's header: the time, and the time and the body under the endpoint's secret."""
    moment = int(clock.now())
    signed = hmac.new(secret.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={moment},v1={signed}"
