"""How Stripe's API is spoken: keys, repeats, versions, what is refused, and failing when told to."""

import asyncio
from collections.abc import Callable
from typing import Any

import httpx
import pytest
import stripe

from tests.integration.local.stripe.conftest import KEY, Clock, Shop

HOUR = 3_600


def headers(**more: str) -> dict[str, str]:
    return {"authorization": f"Bearer {KEY}", **more}


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
