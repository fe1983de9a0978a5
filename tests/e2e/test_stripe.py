"""A payment as a person makes it, on the running stack: Stripe's page, its dashboard, and its webhooks on their way."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import httpx
import pytest
import stripe
from playwright.sync_api import Page, expect

from infra.local.home import Home
from tests.e2e.stacks import RunningStack
from tests.e2e.web import PHONE, Visitor, audit, eventually, sideways, small_targets


class Seller:
    """Who asks for the money, with the stack's own key."""

    def __init__(self, running: RunningStack) -> None:
        self.running = running
        self.web: str = running.stack["web"]
        self.address = f"{self.web}/_local/services/stripe"
        self.transport = stripe.RequestsClient(timeout=10)
        keys = json.loads(Home(running.home).keys.read_text())
        self.client = stripe.StripeClient(
            keys["stripe_secret_key"], base_addresses={"api": self.address}, http_client=self.transport
        )

    def checkout(self, **more: Any) -> stripe.checkout.Session:
        product = {"name": "Restored photo", "description": "Scratches removed, faces kept"}
        price = {"currency": "usd", "unit_amount": 900, "product_data": product}
        wanted: Any = {
            "mode": "payment",
            "line_items": [{"price_data": price, "quantity": 2}],
            "success_url": f"{self.web}/sign-in?paid={{CHECKOUT_SESSION_ID}}",
            "cancel_url": f"{self.web}/register",
            "client_reference_id": "order-7",
            "payment_intent_data": {"metadata": {"order_id": "order-7"}},
            **more,
        }
        return self.client.v1.checkout.sessions.create(wanted)

    def session(self, made: stripe.checkout.Session) -> stripe.checkout.Session:
        return self.client.v1.checkout.sessions.retrieve(made.id)

    def events(self) -> list[str]:
        return [event.type for event in self.client.v1.events.list({"limit": 100}).data]


@pytest.fixture(scope="module")
def seller(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seller]:
    """On a stack of its own, because it reads that stack's keys."""
    running = RunningStack(tmp_path_factory.mktemp("stripe") / "home")
    try:
        made = Seller(running.start())
        yield made
        made.transport.close()  # type: ignore[no-untyped-call]
    finally:
        running.stop()


@pytest.fixture
def stack(seller: Seller) -> Mapping[str, Any]:
    """The visitor's."""
    return seller.running.stack


def sound(page: Page) -> None:
    """Nothing that axe, a thumb or a narrow window would complain about."""
    assert audit(page) == []
    assert small_targets(page) == []
    assert sideways(page) == []
    page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_declined_then_paid(seller: Seller, new_visitor: Any, scheme: str) -> None:
    visitor: Visitor = new_visitor(color_scheme=scheme, java_script_enabled=True)
    session, page = seller.checkout(), visitor.page
    page.goto(str(session.url))
    expect(page.get_by_role("heading", name="Pay $18.00")).to_be_visible()
    expect(page.get_by_text("Restored photo × 2")).to_be_visible()
    page.get_by_text("Delayed payment").click()
    sound(page)
    page.locator("#email").fill("ada@example.com")
    page.get_by_role("button", name="Decline").click()
    expect(page.get_by_role("alert")).to_contain_text("Your card was declined.")
    sound(page)
    page.locator("#email").fill("ada@example.com")
    page.get_by_role("button", name="Pay", exact=True).click()
    expect(page).to_have_url(re.compile(f"paid={session.id}$"))
    assert seller.session(session).payment_status == "paid"
    page.goto(str(session.url))
    expect(page.get_by_role("heading", name="This payment is complete")).to_be_visible()
    sound(page)
    page.get_by_role("link", name="Go on").click()
    expect(page).to_have_url(re.compile(f"paid={session.id}$"))


def test_it_needs_no_script(seller: Seller, new_visitor: Any) -> None:
    visitor: Visitor = new_visitor(java_script_enabled=False)
    session, page = seller.checkout(customer_email="ada@example.com"), visitor.page
    page.goto(str(session.url))
    page.get_by_role("button", name="Cancel").click()
    expect(page).to_have_url(re.compile("/register$"))
    assert seller.session(session).status == "open"
    page.goto(str(session.url))
    page.get_by_role("button", name="Pay", exact=True).press("Enter")
    expect(page).to_have_url(re.compile(f"paid={session.id}$"))


def test_expired(seller: Seller, visitor: Visitor) -> None:
    session, page = seller.checkout(), visitor.page
    seller.client.v1.checkout.sessions.expire(session.id)
    page.goto(str(session.url))
    expect(page.get_by_role("heading", name="This payment page has expired")).to_be_visible()
    sound(page)


def test_a_delayed_payment_arrives(seller: Seller, visitor: Visitor) -> None:
    session, page = seller.checkout(customer_email="ada@example.com"), visitor.page
    page.goto(str(session.url))
    page.get_by_text("Delayed payment").click()
    page.get_by_label("After so many seconds").fill("1")
    page.get_by_role("button", name="Pay with a delay").click()
    expect(page).to_have_url(re.compile(f"paid={session.id}$"))
    eventually(lambda: True if seller.session(session).payment_status == "paid" else None)
    assert "checkout.session.async_payment_succeeded" in seller.events()


def test_by_hand_in_the_dashboard(seller: Seller, visitor: Visitor) -> None:
    session, page = seller.checkout(customer_email="ada@example.com"), visitor.page
    assert httpx.post(str(session.url), data={"action": "pay"}, trust_env=False).status_code == 303
    page.goto(f"{seller.address}/dashboard")
    payment = page.locator(f"[data-session={session.id}]")
    payment.get_by_label("Cents").fill("900")
    payment.get_by_role("button", name="Refund", exact=True).click()
    expect(payment).to_contain_text("Refund of $9.00: succeeded")
    payment.get_by_role("button", name="Let the refund of $9.00 fail").click()
    expect(payment).to_contain_text("Refund of $9.00: failed")
    payment.get_by_role("button", name="Open a dispute").click()
    expect(payment).to_contain_text("disputed (needs response)")
    sound(page)
    payment.get_by_role("button", name="Close as won").click()
    expect(payment).to_contain_text("disputed (won)")
    payment.get_by_role("button", name="Refund", exact=True).click()
    expect(payment).to_contain_text("Refund of $18.00: succeeded")
    told = ["refund.created", "refund.failed", "charge.dispute.created", "charge.dispute.closed", "charge.refunded"]
    assert set(told) <= set(seller.events())
    row = next(row for row in seller.running.get("/_local/services/stripe/dashboard/payments").json() if row["refunds"])
    assert (row["amount_refunded"], row["dispute"]["status"]) == (1800, "won")


def test_the_console_leads_to_the_dashboard(seller: Seller, visitor: Visitor) -> None:
    page = visitor.open("/_local#stand-ins")
    page.get_by_role("link", name="dashboard").click()
    expect(page.get_by_role("heading", name="Payments", exact=True)).to_be_visible()


def test_webhooks_reach_the_platform(seller: Seller) -> None:
    session = seller.checkout(customer_email="ada@example.com")
    assert httpx.post(str(session.url), data={"action": "pay"}, trust_env=False).status_code == 303

    def look() -> dict[str, Any] | None:
        rows = seller.running.get("/_local/stand-ins/stripe").json()["webhooks"]
        return next((row for row in rows if row["type"] == "checkout.session.completed" and row["attempts"]), None)

    assert eventually(look)["last"].isdigit()


def test_functions_ask_the_stand_in(seller: Seller) -> None:
    import boto3

    client = boto3.client(
        "lambda",
        endpoint_url=seller.running.stack["aws"],
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )
    variables = client.get_function_configuration(FunctionName="darkroom-local-operations-api")["Environment"]
    assert variables["Variables"]["STRIPE_URL"] == seller.address
    client.close()


def test_no_other_site_can_press_the_buttons(seller: Seller) -> None:
    session = seller.checkout(customer_email="ada@example.com")
    foreign = {"origin": "https://elsewhere.example"}
    answer = httpx.post(str(session.url), data={"action": "pay"}, headers=foreign, trust_env=False)
    assert answer.status_code == 403
    assert seller.session(session).status == "open"


def test_a_killed_stack_remembers_what_was_paid(seller: Seller) -> None:
    paid, opened = (seller.checkout(customer_email="ada@example.com") for _ in range(2))
    assert httpx.post(str(paid.url), data={"action": "pay"}, trust_env=False).status_code == 303
    seller.running.kill()
    seller.running.start()
    assert seller.session(paid).payment_status == "paid"
    assert seller.session(opened).status == "open"
    assert httpx.get(str(opened.url), trust_env=False).is_success
