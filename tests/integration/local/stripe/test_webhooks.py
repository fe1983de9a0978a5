"""Webhooks of the stand-in: signed, in order, and again until they are heard."""

import asyncio
import json
from typing import Any

import httpx
import pytest
import stripe

from infra.local.stand_ins.stripe import deliveries
from tests.integration.local.stripe.conftest import PAID, REFUNDED, SECRET, Clock, Shop, pay, quiet, refund
from tests.waiting import until

pytestmark = pytest.mark.usefixtures("soon")


def test_a_payment_is_told_in_order_and_signed(shop: Shop) -> None:
    async def work() -> None:
        intent = await pay(shop)
        await quiet(shop)
        assert shop.types == PAID
        session: Any = shop.events[-1].data.object
        assert (session.payment_status, session.payment_intent) == ("paid", intent)
        assert (session.client_reference_id, session.metadata.order_id, session.amount_total) == (
            "order-1",
            "order-1",
            2700,
        )
        body, signed = shop.raw[0]
        for wrong in ((body + b" ", signed, SECRET), (body, signed, "whsec_other"), (body, "t=1,v1=00", SECRET)):
            with pytest.raises(stripe.SignatureVerificationError):
                stripe.Webhook.construct_event(*wrong)
        assert shop.client.construct_event(body, signed, SECRET).id == json.loads(body)["id"]
        listed = await asyncio.to_thread(lambda: shop.client.v1.events.list().data)
        assert {event.pending_webhooks for event in listed} == {0}

    shop.run(work)


def test_a_refund_is_told(shop: Shop) -> None:
    async def work() -> None:
        intent = await pay(shop)
        made = await refund(shop, intent, amount=900)
        await quiet(shop)
        assert shop.types == PAID + REFUNDED
        created, refunded, updated = (event.data.object for event in shop.events[-3:])
        told: Any = (created, refunded, updated)
        assert (told[0].id, told[1].amount_refunded, told[2].status) == (made.id, 900, "succeeded")

    shop.run(work)


def test_a_dispute_is_told(shop: Shop) -> None:
    async def work() -> None:
        intent = await pay(shop)
        opened = await asyncio.to_thread(lambda: shop.by_hand(f"payments/{intent}/dispute").json())
        await asyncio.to_thread(lambda: shop.by_hand(f"disputes/{opened['id']}/close", outcome="won"))
        await quiet(shop)
        assert shop.types[len(PAID) :] == [
            "charge.dispute.created",
            "charge.dispute.funds_withdrawn",
            "charge.dispute.closed",
            "charge.dispute.funds_reinstated",
        ]
        closed: Any = shop.events[-2].data.object
        assert (closed.status, closed.payment_intent) == ("won", intent)

    shop.run(work)


def test_a_session_expires_by_itself(shop: Shop, time_passes: Clock) -> None:
    async def work() -> None:
        session = await asyncio.to_thread(shop.checkout)
        time_passes.advance(86_401)
        answer = await asyncio.to_thread(lambda: shop.press(session, "pay"))
        assert answer.status_code == 303  # back to the page, which says so
        await shop.hears("checkout.session.expired")
        expired = await asyncio.to_thread(lambda: shop.client.v1.checkout.sessions.retrieve(session.id))
        assert (expired.status, expired.payment_intent) == ("expired", None)

    shop.run(work)


def test_a_timer_needs_nobody_to_call(shop: Shop) -> None:
    async def work() -> None:
        session = await asyncio.to_thread(shop.checkout)
        shop.desk.stand_ins["stripe"]._store.database.execute("UPDATE timers SET due = 0")  # type: ignore[attr-defined]
        await asyncio.to_thread(lambda: httpx.get(str(session.url), trust_env=False))
        await shop.hears("checkout.session.expired")

    shop.run(work)


@pytest.mark.parametrize(
    ("outcome", "told", "payment_status"),
    [
        ("arrives", "checkout.session.async_payment_succeeded", "paid"),
        ("fails", "checkout.session.async_payment_failed", "unpaid"),
    ],
)
def test_money_that_settles_later(shop: Shop, outcome: str, told: str, payment_status: str) -> None:
    async def work() -> None:
        session = await asyncio.to_thread(shop.checkout)
        await asyncio.to_thread(lambda: shop.press(session, "delay", outcome=outcome, seconds="1"))
        await shop.hears("checkout.session.completed")
        completed: Any = shop.events[-1].data.object
        assert completed.payment_status == "unpaid"
        await shop.hears(told)
        settled = await asyncio.to_thread(lambda: shop.client.v1.checkout.sessions.retrieve(session.id))
        assert (settled.status, settled.payment_status) == ("complete", payment_status)

    shop.run(work)


def test_a_webhook_that_fails_comes_again_and_holds_no_other_up(shop: Shop) -> None:
    async def work() -> None:
        shop.answers = [500, 200, 302]
        await pay(shop)
        await quiet(shop)
        assert sorted(shop.types) == sorted([*PAID, "payment_intent.created", "payment_intent.succeeded"])
        rows = shop.desk.describe("stripe")["webhooks"]
        assert sorted(row["attempts"] for row in rows) == [1, 1, 2, 2]
        assert {row["state"] for row in rows} == {"delivered"}

    shop.run(work)


def test_what_is_never_heard_is_given_up_and_can_be_sent_again(shop: Shop, soon: pytest.MonkeyPatch) -> None:
    async def work() -> None:
        soon.setattr(deliveries, "ATTEMPTS", 2)
        shop.answers = [500] * 8
        await pay(shop)
        await quiet(shop)
        assert {row["state"] for row in shop.desk.describe("stripe")["webhooks"]} == {"dead"}
        events = await asyncio.to_thread(lambda: shop.client.v1.events.list({"delivery_success": False}).data)
        assert [event.type for event in events] == PAID[::-1]
        await asyncio.to_thread(lambda: shop.by_hand(f"events/{events[0].id}/resend"))
        await quiet(shop)
        assert shop.events[-1].id == events[0].id

    shop.run(work)


def test_a_restart_forgets_nothing(shop: Shop, soon: pytest.MonkeyPatch) -> None:
    opened: list[stripe.checkout.Session] = []

    async def before() -> None:
        shop.answers = [500] * 4
        opened.append(await asyncio.to_thread(shop.checkout))
        await pay(shop)
        await until(lambda: len(shop.raw) == 4)

    async def after() -> None:
        await quiet(shop)
        assert set(PAID) <= set(shop.types)
        found = await asyncio.to_thread(lambda: shop.client.v1.checkout.sessions.retrieve(opened[0].id))
        assert (found.status, found.url) == ("open", opened[0].url)

    soon.setattr(deliveries, "_BACKOFF_MAX_SECONDS", 1)
    shop.run(before)
    shop.restart()
    shop.run(after)
