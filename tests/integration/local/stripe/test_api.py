"""Stripe's API by its SDK: sessions, payments, refunds, disputes, events, and how it refuses."""

import asyncio
from collections.abc import Callable
from typing import Any

import httpx
import pytest
import stripe

from infra.local.stand_ins.stripe import objects
from tests.integration.local.stripe.conftest import KEY, Clock, Shop

HOUR = 3_600


def headers(**more: str) -> dict[str, str]:
    return {"authorization": f"Bearer {KEY}", **more}


def test_a_session_says_what_was_asked(shop: Shop) -> None:
    def work() -> None:
        session = shop.checkout()
        assert session.id.startswith("cs_test_")
        assert (session.status, session.payment_status, session.mode) == ("open", "unpaid", "payment")
        assert (session.amount_subtotal, session.amount_total, session.currency) == (2700, 2700, "usd")
        assert (session.client_reference_id, session.customer_email) == ("order-1", "ada@example.com")
        assert session.metadata is not None
        assert session.metadata["order_id"] == "order-1"
        assert session.payment_intent is None
        assert session.expires_at - session.created == 24 * HOUR
        assert session.url == f"{shop.address}/pay/{session.id}"
        assert session.livemode is False
        assert not [name for name in session.to_dict() if name.startswith("_")]
        again = shop.client.v1.checkout.sessions.retrieve(session.id, {"expand": ["line_items"]})
        assert again.line_items is not None
        [item] = again.line_items.data
        assert (item.description, item.quantity, item.amount_total) == ("Restored photo", 3, 2700)
        assert shop.client.v1.checkout.sessions.line_items.list(session.id).data[0].id == item.id

    shop.sell(work)


@pytest.mark.parametrize(
    ("change", "code", "param"),
    [
        ({"mode": "subscription"}, None, "mode"),
        ({"nonsense": "1"}, "parameter_unknown", "nonsense"),
        ({"metadata": {"k" * 41: "v"}}, None, f"metadata[{'k' * 41}]"),
        ({"metadata": {str(n) + "k": "v" for n in range(51)}}, None, "metadata"),
        ({"customer_email": "nobody"}, "email_invalid", "customer_email"),
        ({"success_url": "/done"}, "url_invalid", "success_url"),
        ({"client_reference_id": "x" * 201}, "parameter_invalid_string", "client_reference_id"),
        ({"payment_method_types": ["gold"]}, None, "payment_method_types[0]"),
        ({"success_url": ""}, "parameter_invalid_empty", "success_url"),
    ],
)
def test_what_makes_no_sense_is_refused(shop: Shop, change: dict[str, Any], code: str | None, param: str) -> None:
    def work() -> None:
        with pytest.raises(stripe.InvalidRequestError) as refused:
            shop.checkout(**change)
        assert (refused.value.http_status, refused.value.code, refused.value.param) == (400, code, param)
        assert refused.value.request_id
        assert shop.client.v1.checkout.sessions.list().data == []

    shop.sell(work)


@pytest.mark.parametrize(
    ("amount", "quantity", "code"),
    [(49, 1, "amount_too_small"), (99_999_999, 2, "amount_too_large"), (-1, 1, "parameter_invalid_integer")],
)
def test_an_amount_that_cannot_be_charged(shop: Shop, amount: int, quantity: int, code: str) -> None:
    def work() -> None:
        wanted = shop.wanted()
        wanted["line_items"][0]["quantity"] = quantity
        wanted["line_items"][0]["price_data"]["unit_amount"] = amount
        with pytest.raises(stripe.InvalidRequestError) as refused:
            shop.client.v1.checkout.sessions.create(wanted)
        assert refused.value.code == code

    shop.sell(work)


def test_what_is_missing_is_named(shop: Shop) -> None:
    def work() -> None:
        wanted = shop.wanted()
        del wanted["line_items"][0]["price_data"]["product_data"]
        with pytest.raises(stripe.InvalidRequestError, match=r"Missing required param: line_items\[0\]") as refused:
            shop.client.v1.checkout.sessions.create(wanted)
        assert refused.value.code == "parameter_missing"

    shop.sell(work)


@pytest.mark.parametrize(("ahead", "accepted"), [(1_700, False), (1_800, True), (24 * HOUR, True), (25 * HOUR, False)])
def test_a_session_is_open_for_half_an_hour_to_a_day(shop: Shop, ahead: int, accepted: bool) -> None:
    def work() -> None:
        now = shop.checkout().created
        if accepted:
            assert shop.checkout(expires_at=now + ahead).expires_at == now + ahead
            return
        with pytest.raises(stripe.InvalidRequestError) as refused:
            shop.checkout(expires_at=now + ahead)
        assert refused.value.param == "expires_at"

    shop.sell(work)


def test_a_payment_is_a_session_an_intent_and_a_charge(shop: Shop) -> None:
    def work() -> None:
        session = shop.paid()
        assert (session.status, session.payment_status, session.url) == ("complete", "paid", None)
        expanded = shop.client.v1.checkout.sessions.retrieve(
            session.id, {"expand": ["payment_intent.latest_charge.refunds"]}
        )
        intent: Any = expanded.payment_intent
        assert (intent.status, intent.amount_received) == ("succeeded", 2700)
        assert intent.metadata["order_id"] == "order-1"
        charge = intent.latest_charge
        assert (charge.paid, charge.amount, charge.metadata["order_id"]) == (True, 2700, "order-1")
        assert charge.billing_details.email == "ada@example.com"
        assert charge.refunds.data == []
        assert shop.client.v1.payment_intents.retrieve(intent.id).latest_charge == charge.id
        assert shop.client.v1.charges.retrieve(charge.id).payment_intent == intent.id
        assert [found.id for found in shop.client.v1.payment_intents.list().data] == [intent.id]
        assert [found.id for found in shop.client.v1.charges.list({"payment_intent": intent.id}).data] == [charge.id]
        assert shop.client.v1.charges.list({"payment_intent": "pi_other"}).data == []
        with pytest.raises(stripe.InvalidRequestError, match="cannot be expanded"):
            shop.client.v1.charges.retrieve(charge.id, {"expand": ["customer"]})

    shop.sell(work)


def test_lists_are_paged_both_ways(shop: Shop) -> None:
    def work() -> None:
        sessions = shop.client.v1.checkout.sessions
        made = [shop.checkout(client_reference_id=f"order-{n}").id for n in range(5)][::-1]
        first = sessions.list({"limit": 2})
        assert ([row.id for row in first.data], first.has_more) == (made[:2], True)
        rest = sessions.list({"limit": 3, "starting_after": made[1]})
        assert ([row.id for row in rest.data], rest.has_more) == (made[2:], False)
        back = sessions.list({"limit": 2, "ending_before": made[3]})
        assert ([row.id for row in back.data], back.has_more) == (made[1:3], True)
        assert [row.id for row in sessions.list({"limit": 2}).auto_paging_iter()] == made
        for bad in ({"limit": 0}, {"limit": 101}, {"starting_after": "cs_none"}, {"customer": "cus_1"}):
            with pytest.raises(stripe.InvalidRequestError):
                sessions.list(bad)  # type: ignore[arg-type]

    shop.sell(work)


def test_sessions_are_found_by_what_they_are(shop: Shop) -> None:
    def work() -> None:
        sessions = shop.client.v1.checkout.sessions
        opened, paid = shop.checkout(customer_email="eve@example.com"), shop.paid()
        assert [row.id for row in sessions.list({"status": "open"}).data] == [opened.id]
        assert isinstance(paid.payment_intent, str)
        assert [row.id for row in sessions.list({"payment_intent": paid.payment_intent}).data] == [paid.id]
        found = sessions.list({"customer_details": {"email": "eve@example.com"}})
        assert [row.id for row in found.data] == [opened.id]
        assert len(sessions.list({"created": {"gte": opened.created, "lt": opened.created + 60}}).data) == 2
        assert sessions.list({"created": {"gt": opened.created + 60}}).data == []

    shop.sell(work)


def test_many_line_items_are_paged(shop: Shop) -> None:
    def work() -> None:
        wanted = shop.wanted()
        wanted["line_items"] *= 12
        session = shop.checkout(line_items=wanted["line_items"], expand=["line_items"])
        items = shop.client.v1.checkout.sessions.line_items
        whole = [item.id for item in items.list(session.id, {"limit": 100}).data]
        assert len(whole) == 12
        assert session.line_items is not None
        assert session.line_items.has_more
        assert [item.id for item in items.list(session.id, {"limit": 5}).auto_paging_iter()] == whole
        assert [item.id for item in items.list(session.id, {"limit": 2, "ending_before": whole[5]}).data] == whole[3:5]
        with pytest.raises(stripe.InvalidRequestError):
            items.list(session.id, {"starting_after": "li_none"})

    shop.sell(work)


def test_a_session_is_expired_once(shop: Shop) -> None:
    def work() -> None:
        session = shop.checkout()
        assert shop.press(session, "decline").status_code == 303
        expired = shop.client.v1.checkout.sessions.expire(session.id)
        assert (expired.status, expired.url) == ("expired", None)
        assert isinstance(expired.payment_intent, str)
        assert shop.client.v1.payment_intents.retrieve(expired.payment_intent).status == "canceled"
        for which in (session.id, shop.paid().id):
            with pytest.raises(stripe.InvalidRequestError, match="can be expired"):
                shop.client.v1.checkout.sessions.expire(which)

    shop.sell(work)


def test_refunds_in_parts_up_to_the_whole(shop: Shop) -> None:
    def work() -> None:
        refunds = shop.client.v1.refunds
        session = shop.paid()
        intent = str(session.payment_intent)
        part = refunds.create({"payment_intent": intent, "amount": 900, "metadata": {"image": "1"}})
        assert (part.status, part.amount, part.payment_intent) == ("succeeded", 900, intent)
        charge = shop.client.v1.charges.retrieve(str(part.charge))
        assert (charge.amount_refunded, charge.refunded) == (900, False)
        with pytest.raises(stripe.InvalidRequestError, match="greater than unrefunded") as refused:
            refunds.create({"payment_intent": intent, "amount": 1801})
        assert refused.value.param == "amount"
        rest = refunds.create({"charge": charge.id, "reason": "requested_by_customer"})
        assert rest.amount == 1800
        assert shop.client.v1.charges.retrieve(charge.id).refunded
        with pytest.raises(stripe.InvalidRequestError) as refused:
            refunds.create({"payment_intent": intent})
        assert refused.value.code == "charge_already_refunded"
        assert [row.id for row in refunds.list({"payment_intent": intent}).data] == [rest.id, part.id]
        assert [row.id for row in refunds.list({"charge": charge.id, "limit": 1}).data] == [rest.id]
        found: Any = refunds.retrieve(part.id, {"expand": ["charge", "payment_intent"]})
        assert (found.charge.id, found.payment_intent.id) == (charge.id, intent)
        assert found.metadata["image"] == "1"

    shop.sell(work)


def test_what_was_not_paid_is_not_refunded(shop: Shop) -> None:
    def work() -> None:
        session = shop.checkout()
        shop.press(session, "decline")
        intent = str(shop.client.v1.checkout.sessions.retrieve(session.id).payment_intent)
        declined = shop.client.v1.payment_intents.retrieve(intent)
        assert declined.last_payment_error is not None
        assert declined.last_payment_error.decline_code == "generic_decline"
        wanted: tuple[Any, ...] = (
            {"payment_intent": intent},
            {"charge": str(declined.latest_charge)},
            {"charge": "ch_none"},
            {"payment_intent": intent, "amount": 0},
            {},
        )
        for each in wanted:
            with pytest.raises(stripe.InvalidRequestError) as refused:
                shop.client.v1.refunds.create(each)
            assert refused.value.http_status == 400

    shop.sell(work)


def test_disputes_freeze_the_money_until_they_are_won(shop: Shop) -> None:
    def work() -> None:
        session = shop.paid()
        intent = str(session.payment_intent)
        opened = shop.by_hand(f"payments/{session.id}/dispute", reason="fraudulent").json()
        dispute = shop.client.v1.disputes.retrieve(opened["id"])
        assert (dispute.status, dispute.amount, dispute.payment_intent) == ("needs_response", 2700, intent)
        assert shop.client.v1.charges.retrieve(str(dispute.charge)).disputed
        assert shop.client.v1.disputes.list({"payment_intent": intent}).data[0].id == dispute.id
        with pytest.raises(stripe.InvalidRequestError) as refused:
            shop.client.v1.refunds.create({"payment_intent": intent})
        assert refused.value.code == "charge_disputed"
        assert shop.by_hand(f"disputes/{dispute.id}/close", outcome="won").json()["status"] == "won"
        with pytest.raises(stripe.InvalidRequestError, match="already closed"):
            shop.client.v1.disputes.close(dispute.id)
        assert shop.client.v1.refunds.create({"payment_intent": intent}).status == "succeeded"

    shop.sell(work)


def test_a_dispute_can_be_accepted(shop: Shop) -> None:
    def work() -> None:
        opened = shop.by_hand(f"payments/{shop.paid().payment_intent}/dispute").json()
        assert shop.client.v1.disputes.close(opened["id"]).status == "lost"

    shop.sell(work)


def test_events_can_be_read_as_they_happened(shop: Shop) -> None:
    def work() -> None:
        session = shop.paid()
        shop.client.v1.refunds.create({"payment_intent": str(session.payment_intent)}, {"idempotency_key": "one"})
        events = shop.client.v1.events
        listed = [event.type for event in events.list({"limit": 100}).data][::-1]
        assert listed == [
            "payment_intent.created",
            "charge.succeeded",
            "payment_intent.succeeded",
            "checkout.session.completed",
            "refund.created",
            "charge.refunded",
            "refund.updated",
        ]
        [completed] = events.list({"type": "checkout.session.completed"}).data
        assert completed.api_version == objects.API_VERSION
        shown: Any = events.retrieve(completed.id).data.object
        assert (shown.id, shown.payment_status, shown.client_reference_id) == (session.id, "paid", "order-1")
        both = events.list({"types": ["charge.refunded", "refund.created"], "created": {"gte": completed.created}})
        assert [event.type for event in both.data] == ["charge.refunded", "refund.created"]
        assert both.data[0].request is not None
        assert both.data[0].request.idempotency_key == "one"
        assert completed.request is not None
        assert completed.request.idempotency_key is None

    shop.sell(work)


def test_a_key_repeats_its_first_answer_for_a_day(shop: Shop, time_passes: Clock) -> None:
    def work() -> None:
        intent = str(shop.paid().payment_intent)
        once: Any = {"idempotency_key": "refund-1"}
        first = shop.client.v1.refunds.create({"payment_intent": intent, "amount": 900}, once)
        again = shop.client.v1.refunds.create({"payment_intent": intent, "amount": 900}, once)
        assert again.id == first.id
        assert first.last_response is not None
        assert again.last_response is not None
        said = again.last_response.headers
        assert (said["idempotent-replayed"], said["original-request"]) == ("true", first.last_response.request_id)
        with pytest.raises(stripe.IdempotencyError) as refused:
            shop.client.v1.refunds.create({"payment_intent": intent, "amount": 901}, once)
        assert refused.value.http_status == 400
        assert len(shop.client.v1.refunds.list().data) == 1
        time_passes.advance(25 * HOUR)
        assert shop.client.v1.refunds.create({"payment_intent": intent, "amount": 900}, once).id != first.id

    shop.sell(work)


def test_a_failure_is_repeated_and_a_mistake_can_be_mended(shop: Shop) -> None:
    def work() -> None:
        intent = str(shop.paid().payment_intent)
        dispute = shop.by_hand(f"payments/{intent}/dispute").json()["id"]
        once: Any = {"idempotency_key": "refund-1"}
        with pytest.raises(stripe.InvalidRequestError):
            shop.client.v1.refunds.create({"payment_intent": intent}, once)
        shop.by_hand(f"disputes/{dispute}/close", outcome="won")
        with pytest.raises(stripe.InvalidRequestError) as refused:
            shop.client.v1.refunds.create({"payment_intent": intent}, once)
        assert refused.value.code == "charge_disputed"
        other: Any = {"idempotency_key": "refund-2"}
        with pytest.raises(stripe.InvalidRequestError):
            shop.client.v1.refunds.create({"payment_intent": intent, "amount": -1}, other)
        assert shop.client.v1.refunds.create({"payment_intent": intent}, other).amount == 2700

    shop.sell(work)


def test_only_the_stacks_key_opens_it(shop: Shop) -> None:
    def work() -> None:
        with pytest.raises(stripe.AuthenticationError, match="Invalid API Key provided: sk_test_") as refused:
            shop.new_client("sk_test_0123456789abcdef").v1.balance.retrieve()
        assert refused.value.http_status == 401
        address = f"{shop.address}/v1/balance"
        for wrong in ({}, {"authorization": "Basic x"}, {"authorization": "Bearer"}, {"authorization": "Bearer \xe9"}):
            assert httpx.get(address, headers=httpx.Headers(wrong, "latin-1"), trust_env=False).status_code == 401
        assert httpx.get(address, auth=(KEY, ""), trust_env=False).is_success  # as curl -u

    shop.sell(work)


def test_health_is_asked_by_account_or_balance(shop: Shop) -> None:
    def work() -> None:
        assert shop.client.v1.accounts.retrieve_current().charges_enabled
        assert shop.client.v1.balance.retrieve().available[0].amount == 0
        session = shop.paid()
        shop.client.v1.refunds.create({"payment_intent": str(session.payment_intent), "amount": 700})
        balance = shop.client.v1.balance.retrieve().available[0]
        assert (balance.amount, balance.currency) == (2000, "usd")

    shop.sell(work)


@pytest.mark.parametrize(
    "ask",
    [
        lambda client: client.checkout.sessions.retrieve("cs_test_none"),
        lambda client: client.checkout.sessions.expire("cs_test_none"),
        lambda client: client.checkout.sessions.line_items.list("cs_test_none"),
        lambda client: client.payment_intents.retrieve("pi_none"),
        lambda client: client.charges.retrieve("ch_none"),
        lambda client: client.refunds.retrieve("re_none"),
        lambda client: client.events.retrieve("evt_none"),
        lambda client: client.disputes.retrieve("du_none"),
        lambda client: client.customers.list(),
    ],
)
def test_what_there_is_not_is_not_found(shop: Shop, ask: Callable[[Any], Any]) -> None:
    def work() -> None:
        with pytest.raises(stripe.InvalidRequestError) as refused:
            ask(shop.client.v1)
        assert refused.value.http_status == 404

    shop.sell(work)


def test_every_answer_says_which_request_and_version_it_is(shop: Shop) -> None:
    def work() -> None:
        address = f"{shop.address}/v1/balance"
        answer = httpx.get(address, headers=headers(**{"stripe-version": "2026-10-28.endive"}), trust_env=False)
        assert answer.headers["request-id"].startswith("req_")
        assert answer.headers["stripe-version"] == "2026-10-28.endive"
        wrong = httpx.get(address, headers=headers(**{"stripe-version": "newest"}), trust_env=False)
        assert wrong.status_code == 400

    shop.sell(work)


@pytest.mark.parametrize("body", [b"a[b=1", b"a=1&a[b]=2", b"\xff=1", b"line_items=1", b"metadata=x", b"[]=1"])
def test_a_body_that_is_no_form_is_refused(shop: Shop, body: bytes) -> None:
    def work() -> None:
        answer = httpx.post(f"{shop.address}/v1/checkout/sessions", content=body, headers=headers(), trust_env=False)
        assert answer.status_code == 400
        assert answer.json()["error"]["type"] == "invalid_request_error"

    shop.sell(work)


# --- told to fail ---


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("429", stripe.RateLimitError),
        ("500", stripe.APIError),
        ("garbage", UnicodeDecodeError),  # the SDK's own, while it logs: no StripeError
        ("empty", stripe.APIError),
    ],
)
def test_it_fails_when_it_is_told_to(shop: Shop, fault: str, error: type[Exception]) -> None:
    def work() -> None:
        shop.plan(fault)
        with pytest.raises(error):
            shop.checkout()
        assert shop.client.v1.checkout.sessions.list().data == []

    shop.sell(work)


def test_a_call_that_hangs_is_given_up_by_the_caller(shop: Shop) -> None:
    def work() -> None:
        shop.transport._timeout = 0.3
        shop.plan("timeout")
        with pytest.raises(stripe.APIConnectionError):
            shop.checkout()

    shop.sell(work)


def test_an_answer_that_is_lost_was_given_all_the_same(shop: Shop) -> None:
    """The SDK asks again under the same key, and pays once."""

    def work() -> None:
        intent = str(shop.paid().payment_intent)
        shop.plan("lost_answer")
        patient = shop.new_client(KEY, retries=1)
        made = patient.v1.refunds.create({"payment_intent": intent, "amount": 900})
        assert [row.id for row in patient.v1.refunds.list().data] == [made.id]

    shop.sell(work)


def test_pages_do_not_use_up_what_was_planned_for_the_api(shop: Shop) -> None:
    async def work() -> None:
        session = await asyncio.to_thread(shop.checkout)
        shop.plan("500")
        answer = await asyncio.to_thread(lambda: httpx.get(str(session.url), trust_env=False))
        assert answer.is_success
        described = shop.desk.describe("stripe")
        assert described["faults"] == ["500"]
        assert described["calls"][-1]["path"] == f"/pay/{session.id}"
        assert described["dashboard"] == f"{shop.address}/dashboard"

    shop.run(work)
