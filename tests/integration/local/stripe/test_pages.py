"""The checkout page and the dashboard, as a form and as JSON."""

from typing import Any
from urllib.parse import urlencode

import httpx
import pytest

from tests.integration.local.stripe.conftest import Shop


def get(address: object) -> httpx.Response:
    return httpx.get(str(address), trust_env=False)


def test_each_button_leads_where_it_should(shop: Shop) -> None:
    def work() -> None:
        session = shop.checkout()
        assert shop.press(session, "cancel").headers["location"] == f"{shop.origin}/back"
        assert shop.press(session, "decline").headers["location"] == session.url
        page = get(session.url).text
        assert "Your card was declined." in page
        assert "Restored photo × 3" in page
        assert "$27.00" in page
        assert shop.press(session, "pay").headers["location"] == f"{shop.origin}/done?session={session.id}"
        assert "This payment is complete" in get(session.url).text
        for action in ("pay", "decline", "cancel"):  # the button was pressed twice
            assert shop.press(session, action).headers["location"] == session.url
        assert len(shop.client.v1.payment_intents.list().data) == 1

    shop.sell(work)


def test_an_expired_page_says_so(shop: Shop) -> None:
    def work() -> None:
        session = shop.checkout()
        shop.client.v1.checkout.sessions.expire(session.id)
        page = get(session.url)
        assert page.is_success
        assert "This payment page has expired" in page.text
        assert "Pay $" not in page.text
        shop.press(session, "pay")
        assert shop.client.v1.charges.list().data == []
        assert get(f"{shop.address}/pay/cs_test_none").status_code == 404

    shop.sell(work)


def test_who_pays_is_asked_when_it_is_not_known(shop: Shop) -> None:
    def work() -> None:
        wanted = shop.wanted()
        del wanted["customer_email"], wanted["cancel_url"]
        session = shop.client.v1.checkout.sessions.create(wanted)
        assert "Cancel" not in get(session.url).text
        assert shop.press(session, "pay").status_code == 400
        assert shop.press(session, "cancel").status_code == 400
        assert shop.press(session, "pay", email="eve@example.com").status_code == 303
        details = shop.client.v1.checkout.sessions.retrieve(session.id).customer_details
        assert details is not None
        assert details.email == "eve@example.com"

    shop.sell(work)


@pytest.mark.parametrize("action", ["", "steal"])
def test_a_button_that_there_is_not(shop: Shop, action: str) -> None:
    def work() -> None:
        answer = shop.press(shop.checkout(), action)
        assert answer.status_code == 400
        assert 'role="alert"' in answer.text

    shop.sell(work)


def test_names_of_goods_are_text(shop: Shop) -> None:
    def work() -> None:
        wanted = shop.wanted(client_reference_id="<b>")
        wanted["line_items"][0]["price_data"]["product_data"]["name"] = "<script>alert(1)</script>"
        session = shop.client.v1.checkout.sessions.create(wanted)
        for address in (session.url, f"{shop.address}/dashboard"):
            answer = get(address)
            assert "<script>" not in answer.text
            assert "<b>" not in answer.text
            assert "default-src 'none'" in answer.headers["content-security-policy"]

    shop.sell(work)


def test_the_dashboard_lists_what_became_of_each_payment(shop: Shop) -> None:
    def work() -> None:
        opened = shop.checkout(client_reference_id="order-2")
        paid = shop.paid()
        shop.by_hand("payments/order-1/refund", amount=900)
        rows = get(f"{shop.address}/dashboard/payments").json()
        assert [row["session"] for row in rows] == [paid.id, opened.id]
        assert rows[0] | {"refunds": [], "charge": ""} == {
            "created": paid.created,
            "session": paid.id,
            "session_status": "complete",
            "payment_status": "paid",
            "client_reference_id": "order-1",
            "customer_email": "ada@example.com",
            "amount": 2700,
            "amount_refunded": 900,
            "currency": "usd",
            "payment_intent": paid.payment_intent,
            "payment_intent_status": "succeeded",
            "charge": "",
            "refunds": [],
            "dispute": None,
        }
        [refund] = rows[0]["refunds"]
        assert (refund["amount"], refund["status"]) == (900, "succeeded")
        assert rows[1]["payment_intent"] is None

    shop.sell(work)


def test_the_dashboards_actions_as_json(shop: Shop) -> None:
    def work() -> None:
        paid = shop.paid()
        shop.plan("pending_refund")
        refund = shop.by_hand(f"payments/{paid.id}/refund", amount=100).json()
        assert refund["status"] == "pending"
        assert shop.by_hand(f"refunds/{refund['id']}/complete").json()["status"] == "succeeded"
        assert shop.by_hand(f"refunds/{refund['id']}/complete").status_code == 400
        assert shop.by_hand(f"refunds/{refund['id']}/fail").json()["status"] == "failed"
        assert shop.by_hand(f"refunds/{refund['id']}/fail").status_code == 400
        opened = shop.checkout()
        assert shop.by_hand(f"sessions/{opened.id}/expire").json()["status"] == "expired"
        dispute = shop.by_hand("payments/order-1/dispute").json()
        assert shop.by_hand("payments/order-1/dispute").status_code == 400
        assert shop.by_hand(f"disputes/{dispute['id']}/close", outcome="drawn").status_code == 400
        assert shop.by_hand(f"disputes/{dispute['id']}/close").status_code == 400
        assert shop.by_hand(f"disputes/{dispute['id']}/close", outcome="lost").json()["status"] == "lost"
        event = shop.client.v1.events.list().data[0]
        assert shop.by_hand(f"events/{event.id}/resend").json()["id"] == event.id

    shop.sell(work)


@pytest.mark.parametrize(
    ("path", "given", "status"),
    [
        ("payments/none/refund", {}, 404),
        ("payments/none/dispute", {}, 404),
        ("payments/order-1/refund", {"amount": 2701}, 400),
        ("payments/order-1/refund", {"amount": "all"}, 400),
        ("payments/order-1/refund", {"sum": 1}, 400),
        ("payments/order-1/dispute", {"reason": "bored"}, 400),
        ("payments/order-1/burn", {}, 404),
        ("refunds/re_none/fail", {}, 404),
        ("disputes/du_none/close", {"outcome": "won"}, 404),
        ("sessions/cs_none/expire", {}, 404),
        ("events/evt_none/resend", {}, 404),
        ("nothing", {}, 404),
    ],
)
def test_the_dashboard_refuses_as_the_api_does(shop: Shop, path: str, given: Any, status: int) -> None:
    def work() -> None:
        shop.paid()
        answer = shop.by_hand(path, **given)
        assert answer.status_code == status
        assert answer.json()["error"]["message"]
        form = {"content-type": "application/x-www-form-urlencoded"}
        address = f"{shop.address}/dashboard/{path}"
        as_form = httpx.post(address, content=urlencode(given), headers=form, trust_env=False)
        assert as_form.status_code == status
        assert 'role="alert"' in as_form.text

    shop.sell(work)


@pytest.mark.parametrize("body", [b"{", b"[]", b"\xff"])
def test_json_that_is_none(shop: Shop, body: bytes) -> None:
    def work() -> None:
        address = f"{shop.address}/dashboard/payments/order-1/refund"
        assert httpx.post(address, content=body, trust_env=False).status_code == 400
        assert get(f"{shop.address}/dashboard/nothing").status_code == 404

    shop.sell(work)
