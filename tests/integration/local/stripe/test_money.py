"""What becomes of a payment, by Stripe's SDK: intents and charges, refunds, disputes, events."""

from typing import Any

import pytest
import stripe

from infra.local.stand_ins.stripe import objects
from tests.integration.local.stripe.conftest import Shop

HOUR = 3_600


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


def test_health_is_asked_by_account_or_balance(shop: Shop) -> None:
    def work() -> None:
        assert shop.client.v1.accounts.retrieve_current().charges_enabled
        assert shop.client.v1.balance.retrieve().available[0].amount == 0
        session = shop.paid()
        shop.client.v1.refunds.create({"payment_intent": str(session.payment_intent), "amount": 700})
        balance = shop.client.v1.balance.retrieve().available[0]
        assert (balance.amount, balance.currency) == (2000, "usd")

    shop.sell(work)
