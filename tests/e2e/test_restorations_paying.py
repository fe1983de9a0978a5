"""Paying for restorations on a running stack of its own: Stripe's page, its webhooks as they come and as they should
not, its dashboard, and our hourly look at what it has."""

import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import httpx
import psycopg
import pytest
import stripe

from tests.e2e.people import Photographer
from tests.e2e.stacks import RunningStack
from tests.e2e.test_restorations_ways import PHOTO, Stranger
from tests.e2e.web import eventually

PAID = ("processing", "completed")


class Customer(Stranger):
    """Somebody with photos that can be ordered."""

    def __init__(self, stack: Mapping[str, Any], photos: int = 2) -> None:
        super().__init__(stack)
        for place in self.open([PHOTO] * photos):
            assert self.put(place, PHOTO) == 200
        assert {file["status"] for file in self.settled()} == {"valid"}
        self.email = f"{self.session['session_id']}@example.com"
        del self.client.headers["Authorization"]

    def check_out(self, **changes: Any) -> httpx.Response:
        headers = changes.pop("headers", {})
        named = {name: self.session[name] for name in ("session_id", "session_token")}
        return self.client.post("/checkout", json={**named, "email": self.email, **changes}, headers=headers)

    def order(self, **changes: Any) -> str:
        """Checked out; the page."""
        answer = self.check_out(**changes)
        assert answer.status_code == 200, answer.text
        self.ordered = answer.json()
        return str(self.ordered["checkout_url"])

    def press(self, page: str, action: str) -> str:
        """Where it leads."""
        answer = httpx.post(page, data={"action": action}, trust_env=False)
        assert answer.status_code == 303, answer.text
        return answer.headers["location"]

    def shown(self) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self.ordered['order_token']}"}
        answer = self.client.get(f"/orders/{self.ordered['order_id']}", headers=headers)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def becomes(self, what: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        def look() -> dict[str, Any] | None:
            shown = self.shown()
            return shown if what(shown) else None

        return eventually(look)

    def mails(self) -> list[str]:
        """Subjects, oldest first."""
        every = httpx.get(f"{self.stack['web']}/_local/mails", trust_env=False).json()
        return [mail["subject"] for mail in reversed(every) if self.email in mail["to"]]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    found = RunningStack(tmp_path_factory.mktemp("paying") / "home")
    try:
        yield found.start()
    finally:
        found.stop()


@pytest.fixture
def ada(running: RunningStack) -> Iterator[Customer]:
    plan(running)
    found = Customer(running.stack)
    yield found
    found.client.close()


@pytest.fixture(scope="module")
def admin(running: RunningStack) -> Iterator[Photographer]:
    found = Photographer(running.stack)
    with psycopg.connect(running.stack["database"], autocommit=True) as conn:
        conn.execute("UPDATE users SET role = 'admin' WHERE id = %s", (found.id,))
    yield found
    found.client.close()


def plan(running: RunningStack, *faults: str) -> None:
    assert running.post("/_local/stand-ins/stripe/faults", json={"next": faults}).is_success


def by_hand(running: RunningStack, path: str, **given: Any) -> dict[str, Any]:
    answer = running.post(f"/_local/services/stripe/dashboard/{path}", json=given)
    assert answer.is_success, answer.text
    found: dict[str, Any] = answer.json()
    return found


def is_paid(order: dict[str, Any]) -> bool:
    return order["payment_status"] == "paid" and order["status"] in PAID


def test_declined_cancelled_asked_again_and_paid(ada: Customer) -> None:
    page = ada.order()
    ada.press(page, "decline")
    assert ada.press(page, "cancel").endswith(f"/restore?session={ada.session['session_id']}")
    assert (ada.shown()["status"], ada.shown()["checkout_url"]) == ("pending_payment", page)
    again = ada.order()
    assert ada.press(page, "pay") == page  # the first page has expired: it leads to itself
    assert ada.press(again, "pay").endswith(f"/restore/orders/{ada.ordered['order_id']}?paid=1")
    order = ada.becomes(is_paid)
    assert (order["total_cents"], order["refunded_cents"], order["checkout_url"]) == (1800, 0, None)
    assert ada.check_out().status_code == 409
    eventually(lambda: True if "Your photos are being restored" in ada.mails() else None)


@pytest.mark.parametrize("fault", ["duplicate_webhook", "late_webhook", "reordered_webhooks"])
def test_webhooks_as_they_come(ada: Customer, running: RunningStack, fault: str) -> None:
    page = ada.order()
    plan(running, fault)
    ada.press(page, "pay")
    order = ada.becomes(is_paid)
    by_hand(running, f"payments/{order['id']}/refund", amount=100)
    ada.becomes(lambda shown: shown["refunded_cents"] == 100)
    with psycopg.connect(running.stack["database"], autocommit=True) as conn:
        row = conn.execute("SELECT count(*) FROM restoration_jobs WHERE order_id = %s", (order["id"],)).fetchone()
    assert row == (2,)
    eventually(lambda: ada.mails().count("Your photos are being restored") == 1 or None)


def test_a_lost_webhook_is_found_within_the_hour(ada: Customer, running: RunningStack) -> None:
    page = ada.order()
    plan(running, "lost_webhook")
    ada.press(page, "pay")
    time.sleep(2)
    assert ada.shown()["status"] == "pending_payment"
    assert running.post("/_local/schedules/restorations-reconcile/fire").is_success
    ada.becomes(is_paid)


def test_when_stripe_is_away(ada: Customer, running: RunningStack) -> None:
    plan(running, "500", "500", "500")
    answer = ada.check_out()
    assert (answer.status_code, answer.json()["status"]) == (502, 502)
    plan(running, "lost_answer")
    ada.press(ada.order(), "pay")
    ada.becomes(is_paid)


def test_another_amount_is_held_and_accepted(ada: Customer, running: RunningStack, admin: Photographer) -> None:
    page = ada.order()
    plan(running, "other_amount")
    ada.press(page, "pay")
    order = ada.becomes(lambda shown: shown["payment_status"] == "held")
    assert order["status"] == "pending_payment"
    assert order["held_reason"] == "It is $1.00 less than the order costs."
    assert admin.client.post(f"/orders/{order['id']}/accept").json()["status"] == "processing"
    ada.becomes(is_paid)


def test_refunds_by_an_admin_and_in_the_dashboard(ada: Customer, running: RunningStack, admin: Photographer) -> None:
    ada.press(ada.order(), "pay")
    order = ada.becomes(is_paid)
    one = {"image_ids": [order["images"][0]["id"]], "reason": "A thumb was in the way."}
    for _ in range(2):
        answer = admin.client.post(f"/orders/{order['id']}/refund", json=one)
        assert (answer.status_code, answer.json()["refunded_cents"]) == (200, 900)

    def left() -> dict[str, Any] | None:
        rows = running.get("/_local/services/stripe/dashboard/payments").json()
        row = next(row for row in rows if row["client_reference_id"] == order["id"] and row["charge"])
        return row if row["amount_refunded"] == 900 else None

    assert [refund["amount"] for refund in eventually(left)["refunds"]] == [900]
    by_hand(running, f"payments/{order['id']}/refund")
    shown = ada.becomes(lambda shown: shown["status"] == "refunded")
    assert (shown["payment_status"], shown["refunded_cents"]) == ("refunded", 1800)
    eventually(lambda: True if ada.mails().count("Your money is on its way back") == 2 else None)


def test_a_dispute_in_the_dashboard(ada: Customer, running: RunningStack) -> None:
    ada.press(ada.order(), "pay")
    order = ada.becomes(is_paid)
    dispute = by_hand(running, f"payments/{order['id']}/dispute")
    ada.becomes(lambda shown: shown["payment_status"] == "disputed")
    headers = {"Authorization": f"Bearer {ada.ordered['order_token']}"}
    assert ada.client.post(f"/orders/{order['id']}/downloads", json={}, headers=headers).status_code in {403, 409}
    by_hand(running, f"disputes/{dispute['id']}/close", outcome="won")
    ada.becomes(is_paid)


def test_paid_with_what_a_camera_has_earned(ada: Customer, running: RunningStack) -> None:
    person = Photographer(running.stack)
    headers = {"Authorization": person.client.headers["Authorization"]}
    assert ada.check_out(pay_with="credits", headers=headers).status_code == 402
    with psycopg.connect(running.stack["database"], autocommit=True) as conn:
        conn.execute(
            """INSERT INTO ledger_entries (id, user_id, kind, amount_cents, balance_after_cents, currency, reference)
               VALUES (gen_random_uuid(), %s, 'capture', 5000, 5000, 'usd', 'for a test')""",
            (person.id,),
        )
    assert ada.order(pay_with="credits", headers=headers) == "None"
    ada.becomes(lambda shown: shown["payment_status"] in {"held", "paid"})
    assert person.client.get("/users/me/earnings").json()["available_credits_cents"] == 3200
    person.client.close()


def test_the_links_of_an_address(ada: Customer) -> None:
    ada.press(ada.order(), "pay")
    ada.becomes(is_paid)
    for email in (ada.email.upper(), "nobody@example.com"):
        assert ada.client.post("/orders/lookup", json={"email": email}).status_code == 202
    eventually(lambda: True if "Your orders" in ada.mails() else None)


def test_what_is_not_signed_is_not_believed(ada: Customer, running: RunningStack) -> None:
    ada.order()
    body = f'{{"id": "evt_1", "object": "event", "type": "checkout.session.completed", "created": {int(time.time())}}}'
    address = f"{running.stack['api']}/webhooks/stripe"
    for secret, status in (("whsec_wrong", 400), (running.stack["secrets"]["stripe_webhook_secret"], 400)):
        signed = stripe.WebhookSignature.generate_signature_header(body, secret)
        answer = httpx.post(address, content=body, headers={"stripe-signature": signed}, trust_env=False)
        assert answer.status_code == status  # the second one is signed, and no event
    unknown = body.replace("checkout.session.completed", "x").replace("}", ', "data": {"object": {}}}')
    signed = stripe.WebhookSignature.generate_signature_header(
        unknown, running.stack["secrets"]["stripe_webhook_secret"]
    )
    answer = httpx.post(address, content=unknown, headers={"stripe-signature": signed}, trust_env=False)
    assert answer.status_code == 200
