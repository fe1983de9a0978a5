"""What administrators see and do in the web app: how the platform is, and other people's orders."""

import hashlib
import hmac
import json
import re
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import psycopg
import pytest
from playwright.sync_api import Page, expect

from darkroom_client import Client, MemoryTokens
from infra.local import emulated_aws
from infra.tools.screenshots import settle
from tests.e2e.web import PHONE, Visitor, audit, eventually, sideways, small_targets
from tests.factories import photos

Stack = Mapping[str, Any]


@pytest.fixture
def admin(new_visitor: Callable[..., Visitor]) -> Visitor:
    visitor = new_visitor()
    visitor.register("Ansel Adams")
    with psycopg.connect(visitor.stack["database"]) as connection:
        connection.execute("UPDATE users SET role = 'admin' WHERE email = %s", [visitor.email])
    return visitor


def sound(page: Page) -> None:
    """Nothing that axe, a thumb or a narrow window would complain about."""
    assert audit(page) == []
    assert small_targets(page) == []
    assert sideways(page) == []
    page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})


class Customer:
    """A stranger with some photos."""

    def __init__(self, stack: Stack, folder: Path, number: int) -> None:
        self.email = f"{uuid4()}@example.com"
        files = []
        for at in range(number):
            files.append(folder / f"{uuid4()}.jpg")
            files[-1].write_bytes(photos.jpeg(320 + at, 240))
        self.stack = stack
        self.client = Client(stack["web"], MemoryTokens())
        tray = self.client.restoring.bring(files)
        self.client.restoring.wait_for_files(tray)
        self.checkout = self.client.restoring.check_out(tray, self.email)
        self.id = self.checkout.order_id

    def pay(self) -> None:
        assert self.checkout.url is not None
        answer = httpx.post(self.checkout.url, data={"action": "pay"}, trust_env=False, timeout=30)
        assert answer.status_code == 303
        eventually(lambda: True if self.order()["paid_at"] else None)

    def order(self) -> Mapping[str, Any]:
        return self.client.restoring.order(self.id, self.checkout.token).document

    def pay_another_amount(self) -> None:
        """As Stripe would tell it, signed with the stack's own key."""
        session = self.checkout.url.rpartition("/")[2] if self.checkout.url else ""
        paid = {
            "id": session,
            "object": "checkout.session",
            "client_reference_id": self.id,
            "metadata": {"order_id": self.id},
            "payment_intent": f"pi_{uuid4().hex}",
            "payment_status": "paid",
            "status": "complete",
            "amount_total": 100,
            "currency": "usd",
            "mode": "payment",
        }
        event = {
            "id": f"evt_{uuid4().hex}",
            "object": "event",
            "type": "checkout.session.completed",
            "created": int(time.time()),
            "data": {"object": paid},
        }
        body, now = json.dumps(event), int(time.time())
        key = self.stack["secrets"]["stripe_webhook_secret"].encode()
        signature = hmac.new(key, f"{now}.{body}".encode(), hashlib.sha256).hexdigest()
        headers = {"Stripe-Signature": f"t={now},v1={signature}", "Content-Type": "application/json"}
        answer = httpx.post(
            f"{self.stack['api']}/webhooks/stripe", content=body, headers=headers, trust_env=False, timeout=30
        )
        assert answer.status_code == 200, answer.text


@pytest.fixture
def order_of(stack: Stack, tmp_path: Path) -> Iterator[Callable[[int], Customer]]:
    """Makes customers with so many photos."""
    made: list[Customer] = []

    def make(number: int) -> Customer:
        made.append(Customer(stack, tmp_path, number))
        return made[-1]

    yield make
    for customer in made:
        customer.client.close()


@pytest.fixture
def dead_letter(stack: Stack) -> Iterator[None]:
    sqs = emulated_aws.client("sqs", stack["aws"])
    url = f"{stack['aws']}/000000000000/darkroom-local-timelapses-dead"
    sqs.send_message(QueueUrl=url, MessageBody="{}")
    yield
    sqs.purge_queue(QueueUrl=url)


def test_an_alarm_that_rings_is_seen_and_leads_to_what_to_do(admin: Visitor, dead_letter: None) -> None:
    page = admin.open("/admin/operations")
    expect(page.get_by_role("heading", name="Operations")).to_be_visible()
    alarm = page.get_by_role("listitem").filter(has_text="Timelapses dead letters").filter(has_text="Rings")
    expect(alarm).to_be_visible(timeout=60_000)
    expect(page.get_by_text("need somebody", exact=False).first).to_be_visible()
    expect(page.get_by_role("row", name="timelapses")).to_contain_text("1")
    alarm.get_by_role("link", name="Investigate").click()
    chapter = page.get_by_role("dialog", name="Dead letters")
    expect(chapter).to_contain_text("A message failed five times")
    page.wait_for_url(re.compile(r"runbook=dead-letters"))
    sound(page)
    page.keyboard.press("Escape")
    expect(chapter).to_be_hidden()
    page.wait_for_url(re.compile(r"/admin/operations$"))
    sound(page)


def test_numbers_that_cannot_be_fetched_leave_what_was_known(admin: Visitor) -> None:
    page = admin.open("/admin/operations")
    settle(page)
    expect(page.get_by_role("heading", name="Queues")).to_be_visible()
    page.route("**/api/v1/ops/metrics", lambda route: route.fulfill(status=503, json={"title": "Away", "status": 503}))
    expect(page.get_by_text("The newest numbers could not be fetched", exact=False)).to_be_visible(timeout=40_000)
    expect(page.get_by_role("heading", name="Queues")).to_be_visible()
    admin.forgive("503")
    page.unroute("**/api/v1/ops/metrics")


def test_without_any_answer_the_page_offers_another_try(admin: Visitor) -> None:
    admin.page.route("**/api/v1/ops/**", lambda route: route.fulfill(status=503, json={"title": "Away", "status": 503}))
    page = admin.open("/admin/operations")
    again = page.get_by_role("button", name="Try again")
    expect(again).to_be_visible()
    admin.forgive("503")
    page.unroute("**/api/v1/ops/**")
    again.click()
    expect(page.get_by_role("heading", name="Alarms")).to_be_visible()


def test_pages_of_administrators_are_closed_to_others(visitor: Visitor) -> None:
    visitor.register()
    for path in ("/admin/operations", "/admin/orders"):
        page = visitor.open(path)
        expect(page.get_by_role("heading", name="For administrators")).to_be_visible()
    expect(page.get_by_role("navigation", name="Main").first).not_to_contain_text("Orders")


def test_photos_are_paid_back_with_a_reason_after_a_second_question(
    admin: Visitor, order_of: Callable[[int], Customer]
) -> None:
    customer = order_of(2)
    customer.pay()
    page = admin.open("/admin/orders")
    page.get_by_role("link", name=customer.email).click()
    order = page.get_by_role("dialog", name=customer.email)
    expect(order).to_contain_text("$18.00")
    sound(page)
    order.get_by_role("checkbox").first.check()
    order.get_by_role("button", name="Give back 1 photo · $9.00").click()
    expect(order).to_contain_text("Say why")  # nothing goes back without a reason
    order.get_by_label("Reason for giving money back").fill("It was the wrong photo.")
    page.keyboard.press("Enter")
    expect(order).to_contain_text("It cannot be taken back")
    assert customer.order()["refunded_cents"] == 0
    sound(page)
    order.get_by_role("button", name="Cancel").click()
    order.get_by_role("button", name="Give back 1 photo").click()
    order.get_by_role("button", name="Give it back").click()
    expect(page.get_by_text("$9.00 goes back").first).to_be_visible()
    expect(order).to_contain_text("$9.00 given back")
    eventually(lambda: True if customer.order()["refunded_cents"] == 900 else None)
    assert customer.order()["payment_status"] == "partially_refunded"
    page.keyboard.press("Escape")
    expect(order).to_be_hidden()
    expect(page.get_by_role("link", name=customer.email)).to_contain_text("Partly given back")


def test_a_payment_of_another_amount_waits_for_somebody_who_accepts_it(
    admin: Visitor, order_of: Callable[[int], Customer]
) -> None:
    customer = order_of(1)
    customer.pay_another_amount()
    page = admin.open("/admin/orders?show=held")
    page.get_by_role("link", name=customer.email).click()
    order = page.get_by_role("dialog", name=customer.email)
    expect(order).to_contain_text("The payment is held")
    sound(page)
    order.get_by_role("button", name="Accept the payment").click()
    order.get_by_role("button", name="Accept and begin").click()
    expect(page.get_by_text("The payment is accepted", exact=False).first).to_be_visible()
    eventually(lambda: True if customer.order()["status"] != "pending_payment" else None)
    page.keyboard.press("Escape")
    page.reload()
    expect(page.get_by_role("link", name=customer.email)).to_be_hidden()


def test_a_list_without_orders_says_what_will_stand_there(admin: Visitor) -> None:
    empty: dict[str, Any] = {"items": [], "next_cursor": None}
    admin.page.route("**/api/v1/admin/orders*", lambda route: route.fulfill(json=empty))
    page = admin.open("/admin/orders?show=disputed")
    expect(page.get_by_role("heading", name="No payment is disputed")).to_be_visible()
    page.get_by_role("button", name="Show every order").click()
    expect(page.get_by_role("heading", name="No orders yet")).to_be_visible()
    sound(page)
    page.unroute("**/api/v1/admin/orders*")
