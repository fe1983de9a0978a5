"""Somebody without an account has old photos restored: in a browser, by mouse, keyboard and finger."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import httpx
import psycopg
import pytest
from playwright.sync_api import Page, Route, expect

from tests.e2e.old_photos import SLOW_MS, bring, card, give_credits, go_to_pay, line, ordered, pay
from tests.e2e.web import PHONE, Visitor, audit, sideways, small_targets

pytestmark = pytest.mark.timeout(360)


def _ready(page: Page, words: str) -> None:
    expect(page.get_by_role("heading", name=words)).to_be_visible(timeout=SLOW_MS)


def test_old_photos_are_brought_paid_and_come_back(
    new_visitor: Callable[..., Visitor], old_photos: list[Path], no_photos: list[Path], tmp_path: Path
) -> None:
    visitor = new_visitor(accept_downloads=True)
    page = visitor.open("/sign-in")
    page.get_by_role("link", name="Restore photos").click()
    expect(page.get_by_role("heading", name="Old photos, clear again")).to_be_visible()
    expect(page.get_by_text("$9.00 a photo")).to_be_visible()
    assert audit(page) == []

    # What is no photo is told at once or after a look, next to the file; nobody pays for it.
    bring(page, [*old_photos, *no_photos], ready=2)
    expect(card(page, "letter.jpg")).to_contain_text("not a JPEG, PNG, WebP or HEIC photo")
    expect(card(page, "half.jpg")).to_contain_text("cut off or damaged")
    expect(card(page, "Grandma 1931.jpg").get_by_role("img", name="Preview of Grandma 1931.jpg")).to_be_visible()
    expect(page.get_by_role("heading", name="2 photos to restore")).to_be_visible()
    assert audit(page) == []

    page.get_by_label("How much may change?").focus()
    page.keyboard.press("End")
    expect(page.get_by_label("How much may change?")).to_have_attribute("aria-valuetext", "Keep every line")
    page.get_by_role("radio", name="2× larger").check(force=True)
    page.get_by_role("button", name="Pay $18.00").click()
    expect(page.get_by_label("E-mail")).to_be_focused()
    expect(page.get_by_text("Please type the address")).to_be_visible()
    go_to_pay(page, visitor.email, "$18.00")
    pay(page)

    _ready(page, "Your 2 photos are ready")
    assert "paid" not in page.url
    expect(page.get_by_text("Keep every line, 2× larger")).to_be_visible()
    expect(card(page, "Grandma 1931.jpg").locator(".compare.loaded")).to_be_visible()
    assert audit(page) == []
    _moves_by_keyboard(page)
    _is_looked_at_closely(page)

    with page.expect_download(timeout=SLOW_MS) as one:
        page.get_by_role("button", name="Download Grandma 1931.jpg").click()
    assert one.value.suggested_filename == "Grandma 1931_restored.jpg"
    with page.expect_download(timeout=SLOW_MS) as both:
        page.get_by_role("button", name="Download all 2 as ZIP").click()
    both.value.save_as(tmp_path / "all.zip")
    names = ZipFile(tmp_path / "all.zip").namelist()
    assert [name.split("_restored")[0] for name in names] == ["Grandma 1931", "The house"]

    # The mail's link opens it for somebody else's browser, and leaves no token in the address.
    friend = new_visitor()
    friend.open(visitor.link("Your photos are being restored", "/restore/orders/").removeprefix(visitor.origin))
    _ready(friend.page, "Your 2 photos are ready")
    expect(friend.page).to_have_url(page.url)
    friend.page.reload()
    _ready(friend.page, "Your 2 photos are ready")

    # Whoever comes back to bring more finds an empty bench.
    visitor.open("/restore")
    expect(page.get_by_role("heading", name="Old photos, clear again")).to_be_visible()


def _moves_by_keyboard(page: Page) -> None:
    slider = line(page, "Grandma 1931.jpg")
    slider.focus()
    expect(slider).to_have_attribute("aria-valuetext", "50 % as it was, 50 % restored")
    page.keyboard.press("ArrowRight")
    expect(slider).to_have_attribute("aria-valuenow", "52")
    page.keyboard.press("PageDown")
    expect(slider).to_have_attribute("aria-valuenow", "42")
    page.keyboard.press("Home")
    expect(slider).to_have_attribute("aria-valuetext", "Only the restored photo")
    page.keyboard.press("End")
    expect(slider).to_have_attribute("aria-valuetext", "Only the photo as it was")
    picture = card(page, "Grandma 1931.jpg").locator(".compare")
    box = picture.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] * 0.25, box["y"] + 20)
    page.mouse.down()
    expect(slider).to_have_attribute("aria-valuenow", "25")
    page.mouse.move(box["x"] + box["width"] * 0.75, box["y"] + 60)
    page.mouse.up()
    expect(slider).to_have_attribute("aria-valuenow", "75")


def _is_looked_at_closely(page: Page) -> None:
    page.get_by_role("button", name="Look closer at Grandma 1931.jpg").click()
    dialog = page.get_by_role("dialog", name="Before and after")
    expect(dialog.get_by_text("1 of 2", exact=True)).to_be_visible()
    expect(dialog.get_by_role("slider")).to_be_focused()
    assert audit(page) == []
    page.keyboard.press("ArrowLeft")
    expect(dialog.get_by_role("slider")).to_have_attribute("aria-valuenow", "48")
    page.keyboard.press("]")
    expect(dialog.get_by_role("slider", name="Before and after: The house.png")).to_be_focused()
    page.keyboard.press("z")
    expect(dialog.get_by_role("button", name="Look closer")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("[")
    expect(dialog.get_by_text("1 of 2", exact=True)).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(line(page, "Grandma 1931.jpg")).to_be_focused()


def test_photos_come_and_go_until_they_are_paid(
    visitor: Visitor, old_photos: list[Path], no_photos: list[Path]
) -> None:
    page = visitor.open("/restore")
    bring(page, old_photos)
    page.get_by_label("E-mail").fill(visitor.email)
    page.reload()
    expect(page.locator("li.ready")).to_have_count(2)
    expect(page.get_by_label("E-mail")).to_have_value(visitor.email)
    page.get_by_role("link", name="Find an order").click()
    expect(page.get_by_role("heading", name="Find an order")).to_be_visible()
    page.go_back()

    page.get_by_role("button", name="Leave Grandma 1931.jpg out").click()
    expect(card(page, "Grandma 1931.jpg")).to_have_count(0)
    expect(page.get_by_role("button", name="Leave The house.png out")).to_be_focused()
    expect(page.get_by_role("button", name="Pay $9.00")).to_be_visible()
    bring(page, [old_photos[0], no_photos[0]], ready=2)
    page.get_by_label("Choose photos").set_input_files(old_photos[0])
    expect(page.get_by_text("1 photo is here already.")).to_be_visible()
    page.reload()
    expect(page.locator("li.ready")).to_have_count(2)
    expect(page.get_by_role("button", name="Pay $18.00")).to_be_visible()


def test_a_file_that_did_not_arrive_is_sent_again(visitor: Visitor, old_photos: list[Path]) -> None:
    page = visitor.open("/restore")
    page.route("**/uploads/temp/**", lambda route: route.fulfill(status=400))
    page.get_by_label("Choose photos").set_input_files(old_photos[0])
    expect(card(page, "Grandma 1931.jpg")).to_contain_text("The storage refused this file")
    expect(page.get_by_role("button", name="1 photo needs your hand first")).to_be_visible()
    assert audit(page) == []
    page.unroute("**/uploads/temp/**")
    card(page, "Grandma 1931.jpg").get_by_role("button", name="Try again").click()
    expect(page.locator("li.ready")).to_have_count(1, timeout=60_000)

    # One whose tab was closed on the way can be chosen again.
    page.route("**/uploads/temp/**", lambda route: None)
    page.get_by_label("Choose photos").set_input_files(old_photos[1])
    expect(card(page, "The house.png")).to_contain_text("%")
    page.on("dialog", lambda dialog: dialog.accept())
    page.reload()
    lost = card(page, "The house.png")
    expect(lost).to_contain_text("Its upload was interrupted", timeout=60_000)
    page.unroute("**/uploads/temp/**")
    with page.expect_file_chooser() as chooser:
        lost.get_by_role("button", name="Choose it again").click()
    chooser.value.set_files(old_photos[1])
    expect(page.locator("li.ready")).to_have_count(2, timeout=60_000)
    visitor.forgive("status of 400|ERR_FAILED")


def test_a_payment_is_cancelled_declined_and_made(visitor: Visitor, old_photos: list[Path]) -> None:
    page = visitor.open("/restore")
    bring(page, old_photos[:1])
    go_to_pay(page, visitor.email, "$9.00")
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_text("The payment was not made, and nothing was charged.")).to_be_visible()
    expect(page).to_have_url(f"{visitor.origin}/restore")
    expect(card(page, "Grandma 1931.jpg")).to_be_visible()
    expect(page.get_by_label("E-mail")).to_have_value(visitor.email)

    # One more photo, on second thought; then the card is declined, and the order's page leads to the payment again.
    bring(page, old_photos[1:], ready=2)
    page.get_by_role("button", name="Pay $18.00").click()
    page.get_by_role("button", name="Decline").click()
    expect(page.get_by_role("alert")).to_be_visible()
    visitor.open(f"/restore/orders/{_order_id(visitor)}")
    expect(page.get_by_role("heading", name="Not paid yet")).to_be_visible()
    assert audit(page) == []
    page.get_by_role("link", name="Pay $18.00").click()
    pay(page)
    _ready(page, "Your 2 photos are ready")


def _order_id(visitor: Visitor) -> str:
    with psycopg.connect(visitor.stack["database"]) as connection:
        row = connection.execute("SELECT id FROM orders WHERE email = %s", [visitor.email]).fetchone()
    assert row is not None
    return str(row[0])


def test_a_photo_that_cannot_be_restored_costs_nothing(
    visitor: Visitor, stack: Mapping[str, Any], old_photos: list[Path]
) -> None:
    faults = f"{stack['console']}/stand-ins/replicate/faults"
    httpx.post(faults, json={"next": ["failed"] * 8}, timeout=30).raise_for_status()
    try:
        page = ordered(visitor, old_photos[:1], "$9.00")
        _ready(page, "This photo could not be restored")
    finally:
        httpx.post(faults, json={"next": []}, timeout=30)
    expect(card(page, "Grandma 1931.jpg")).to_contain_text("$9.00 goes back to you.")
    expect(page.get_by_text("Back to you", exact=True)).to_be_visible()
    expect(page.get_by_role("link", name="Restore other photos")).to_be_visible()
    assert audit(page) == []


@pytest.mark.parametrize(
    ("status", "headers", "words"),
    [
        (502, {}, "The payment page cannot be opened just now"),
        (429, {"Retry-After": "7"}, "press the button again in 7 seconds"),
        (409, {}, "These photos are paid for already."),
    ],
)
def test_what_goes_wrong_is_said_and_nothing_typed_is_lost(
    visitor: Visitor, old_photos: list[Path], status: int, headers: dict[str, str], words: str
) -> None:
    page = visitor.open("/restore")
    bring(page, old_photos[:1])
    body = json.dumps({"title": "Conflict", "status": status, "detail": "These photos are paid for already."})
    answer = {"status": status, "body": body, "headers": {"Content-Type": "application/problem+json", **headers}}
    page.route("**/api/v1/checkout", lambda route: route.fulfill(**answer))
    page.get_by_label("E-mail").fill(visitor.email)
    page.get_by_role("button", name="Pay $9.00").click()
    expect(page.get_by_role("alert")).to_contain_text(words)
    expect(page.get_by_label("E-mail")).to_have_value(visitor.email)
    page.unroute("**/api/v1/checkout")
    page.get_by_role("button", name="Pay $9.00").click()
    expect(page.get_by_role("heading", name="Pay $9.00")).to_be_visible()
    visitor.forgive(f"status of {status}")


def test_yesterdays_photos_are_gone_and_that_is_said(visitor: Visitor, old_photos: list[Path]) -> None:
    page = visitor.open("/restore")
    bring(page, old_photos[:1])
    with psycopg.connect(visitor.stack["database"]) as connection:
        kept = page.evaluate("JSON.parse(localStorage.getItem('darkroom-restore-upload')).id")
        connection.execute("UPDATE upload_sessions SET expires_at = now() WHERE id = %s", [kept])
    page.reload()
    expect(page.get_by_text("yours are gone now")).to_be_visible()
    bring(page, old_photos[:1])
    visitor.open("/restore?session=0199c2a0-0000-7000-8000-000000000001")
    expect(page.locator("li.ready")).to_have_count(1)
    visitor.forgive("status of 410")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"status": "completed", "payment_status": "disputed"}, "This payment is disputed"),
        ({"status": "refunded", "payment_status": "refunded", "refunded_cents": 900}, "This order was refunded"),
        (
            {"status": "pending_payment", "payment_status": "held", "held_reason": "amount"},
            "We are looking at your payment",
        ),
        ({"status": "failed", "payment_status": "unpaid", "paid_at": None}, "This order was not paid"),
    ],
)
def test_every_state_of_an_order_has_words(
    visitor: Visitor, old_photos: list[Path], changes: dict[str, Any], words: str
) -> None:
    page = visitor.open("/restore")
    bring(page, old_photos[:1])
    go_to_pay(page, visitor.email, "$9.00")

    def changed(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, json={**answer.json(), **changes})

    page.route("**/api/v1/orders/*", changed)
    visitor.open(f"/restore/orders/{_order_id(visitor)}")
    expect(page.get_by_role("heading", name=words)).to_be_visible()
    expect(page.get_by_role("button", name="Download")).to_have_count(0)
    assert audit(page) == []
    page.unroute("**/api/v1/orders/*")


def test_without_a_live_connection_the_page_asks(visitor: Visitor, old_photos: list[Path]) -> None:
    visitor.context.add_init_script(
        "window.WebSocket = class { constructor() { setTimeout(() => this.onclose?.(), 50) } send() {} close() {} }"
    )
    page = ordered(visitor, old_photos[:1], "$9.00")
    expect(page.get_by_text("The live connection is gone for now")).to_be_visible()
    _ready(page, "Your photo is ready")


def test_orders_are_found_by_their_address(visitor: Visitor, old_photos: list[Path]) -> None:
    page = ordered(visitor, old_photos[:1], "$9.00")
    _ready(page, "Your photo is ready")
    page.evaluate("localStorage.clear()")
    page.reload()
    expect(page.get_by_role("heading", name="Nothing here opens this order")).to_be_visible()
    assert audit(page) == []
    page.get_by_role("link", name="Send me the links").click()
    page.get_by_label("E-mail").fill("nobody")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Please type the address of your order")).to_be_visible()
    page.get_by_label("E-mail").fill(visitor.email)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Look into your mail").last).to_be_visible()
    assert audit(page) == []
    visitor.open(visitor.link("Your orders", "/restore/orders/").removeprefix(visitor.origin))
    _ready(page, "Your photo is ready")


def test_who_is_signed_in_pays_with_credits_and_finds_all_orders(visitor: Visitor, old_photos: list[Path]) -> None:
    visitor.register()
    page = visitor.page
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Restorations").click()
    expect(page.get_by_role("heading", name="Somewhere there is a box of prints")).to_be_visible()
    assert audit(page) == []
    page.get_by_role("link", name="Restore photos").click()
    bring(page, old_photos)
    expect(page.get_by_role("navigation", name="Main").get_by_role("link", name="Restorations")).to_have_attribute(
        "aria-current", "page"
    )
    expect(page.get_by_label("E-mail")).to_have_value(visitor.email)
    expect(page.get_by_role("radio", name="Credits $0.00 are not enough")).to_be_disabled()
    give_credits(visitor, 2_000)
    page.reload()
    page.get_by_role("radio", name="Credits $20.00 available").check()
    assert audit(page) == []
    page.get_by_role("button", name="Pay $18.00 with credits").click()
    _ready(page, "Your 2 photos are ready")
    assert audit(page) == []

    page.get_by_role("navigation", name="Main").get_by_role("link", name="Restorations").click()
    order = page.get_by_role("list", name="Orders").get_by_role("link")
    expect(order).to_contain_text("Ready")
    expect(order).to_contain_text("$18.00")
    expect(order.locator("img.loaded")).to_be_visible()
    assert audit(page) == []
    # The owner needs no token.
    page.evaluate("localStorage.removeItem('darkroom-restore-orders')")
    page.reload()
    order.click()
    _ready(page, "Your 2 photos are ready")
    with page.expect_download(timeout=SLOW_MS):
        page.get_by_role("button", name="Download The house.png").click()


def test_on_a_phone(new_visitor: Callable[..., Visitor], old_photos: list[Path]) -> None:
    width, height = PHONE
    visitor = new_visitor(viewport={"width": width, "height": height}, has_touch=True, is_mobile=True)
    page = visitor.open("/restore")
    expect(page.get_by_role("button", name="Take a photo")).to_be_visible()
    assert small_targets(page) == []
    bring(page, old_photos)
    assert small_targets(page) == []
    page.set_viewport_size({"width": width, "height": 600})
    page.get_by_role("button", name="Continue").tap()
    page.set_viewport_size({"width": width, "height": height})
    go_to_pay(page, visitor.email, "$18.00")
    pay(page)
    _ready(page, "Your 2 photos are ready")
    assert small_targets(page) == []
    slider = line(page, "Grandma 1931.jpg")
    slider.scroll_into_view_if_needed()
    box = card(page, "Grandma 1931.jpg").locator(".compare").bounding_box()
    assert box is not None
    page.touchscreen.tap(box["x"] + box["width"] * 0.8, box["y"] + box["height"] * 0.3)
    expect(slider).to_have_attribute("aria-valuenow", "80")
    page.get_by_role("button", name="Look closer at The house.png").tap()
    expect(page.get_by_role("dialog", name="Before and after")).to_be_visible()
    page.get_by_role("button", name="Close", exact=True).tap()
    assert sideways(page) == []
    visitor.open("/restore")
    bring(page, old_photos)
    assert sideways(page) == []


def test_progress_is_told_to_those_who_listen(visitor: Visitor, old_photos: list[Path]) -> None:
    page = visitor.open("/restore")
    bring(page, old_photos)
    expect(page.get_by_role("status").filter(has_text="2 photos ready")).to_be_attached()
    go_to_pay(page, visitor.email, "$18.00")
    pay(page)
    expect(page.get_by_role("status").filter(has_text="2 of 2 restored")).to_be_attached(timeout=SLOW_MS)
