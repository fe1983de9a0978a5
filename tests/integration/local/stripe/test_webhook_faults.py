"""Webhooks that are lost, late, doubled or out of order, and refunds and amounts that go wrong, when told so."""

import asyncio
from typing import Any

import pytest
import stripe

from tests.integration.local.stripe.conftest import PAID, REFUNDED, Shop, pay, quiet, refund

pytestmark = pytest.mark.usefixtures("soon")


def test_lost(shop: Shop) -> None:
    async def work() -> None:
        shop.plan("lost_webhook")
        intent = await pay(shop)
        await refund(shop, intent)
        await quiet(shop)
        assert shop.types == REFUNDED
        listed = await asyncio.to_thread(lambda: shop.client.v1.events.list({"type": PAID[-1]}).data)
        assert len(listed) == 1  # what the hourly reconciliation reads

    shop.run(work)


def test_twice(shop: Shop) -> None:
    async def work() -> None:
        shop.plan("duplicate_webhook")
        await pay(shop)
        await quiet(shop)
        assert shop.types == [kind for kind in PAID for _ in range(2)]
        assert len({event.id for event in shop.events}) == len(PAID)

    shop.run(work)


def test_late(shop: Shop) -> None:
    async def work() -> None:
        shop.plan("late_webhook")
        intent = await pay(shop)
        await refund(shop, intent)
        await quiet(shop)
        assert shop.types == REFUNDED + PAID

    shop.run(work)


def test_out_of_order(shop: Shop) -> None:
    async def work() -> None:
        shop.plan("reordered_webhooks")
        intent = await pay(shop)
        assert shop.types == []
        await refund(shop, intent)
        await quiet(shop)
        assert shop.types == REFUNDED + PAID[::-1]

    shop.run(work)


def test_out_of_order_although_nothing_follows(shop: Shop) -> None:
    async def work() -> None:
        shop.plan("reordered_webhooks")
        await pay(shop)
        await quiet(shop)
        assert shop.types == PAID[::-1]

    shop.run(work)


def test_faults_of_webhooks_wait_for_what_happens(shop: Shop) -> None:
    """A plan that was made before the checkout is opened is for the payment, and the API's own faults are its own."""

    async def work() -> None:
        shop.plan("lost_webhook", "500")
        with pytest.raises(stripe.APIError):
            await asyncio.to_thread(shop.checkout)
        session = await asyncio.to_thread(shop.checkout)
        assert shop.desk.describe("stripe")["faults"] == ["lost_webhook"]
        await asyncio.to_thread(lambda: shop.press(session, "pay"))
        assert shop.desk.describe("stripe")["faults"] == []
        await quiet(shop)
        assert shop.types == []

    shop.run(work)


def test_a_refund_that_takes_its_time(shop: Shop) -> None:
    async def work() -> None:
        shop.plan("pending_refund")
        made = await refund(shop, await pay(shop))
        assert (made.status, made.pending_reason) == ("pending", "processing")
        await shop.hears("refund.updated")
        assert shop.types[len(PAID) :] == REFUNDED
        settled = await asyncio.to_thread(lambda: shop.client.v1.refunds.retrieve(made.id))
        assert settled.status == "succeeded"

    shop.run(work)


def test_a_refund_that_the_bank_sends_back(shop: Shop) -> None:
    async def work() -> None:
        shop.plan("failed_refund")
        made = await refund(shop, await pay(shop))
        assert made.status == "succeeded"
        await shop.hears("refund.failed")
        assert shop.types[len(PAID) :] == ["refund.created", "charge.refunded", "refund.updated", "refund.failed"]
        failed = await asyncio.to_thread(lambda: shop.client.v1.refunds.retrieve(made.id, {"expand": ["charge"]}))
        charge: Any = failed.charge
        assert (failed.status, failed.failure_reason) == ("failed", "expired_or_canceled_card")
        assert (charge.amount_refunded, charge.refunded) == (0, False)

    shop.run(work)


def test_another_amount_than_was_asked(shop: Shop) -> None:
    async def work() -> None:
        shop.plan("other_amount")
        await pay(shop)
        await quiet(shop)
        session: Any = shop.events[-1].data.object
        assert (session.amount_subtotal, session.amount_total) == (2700, 2600)

    shop.run(work)
