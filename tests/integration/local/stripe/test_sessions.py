"""Checkout Sessions by Stripe's SDK: made, refused, listed, expired."""

from typing import Any

import pytest
import stripe

from tests.integration.local.stripe.conftest import Shop

HOUR = 3_600


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
