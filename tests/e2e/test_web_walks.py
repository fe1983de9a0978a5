"""The web app as a person walks through it: a browser, a keyboard, a phone, a bad network."""

import re
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Route, expect

from tests.e2e.web import PASSWORD, PHONE, Visitor, audit
from tests.factories import photos


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "harbour.jpg"
    path.write_bytes(photos.jpeg(640, 480))
    return path


def test_from_registering_to_signing_out(visitor: Visitor, photo: Path) -> None:
    page = visitor.page
    visitor.register()
    expect(page.get_by_text("Good").first).to_contain_text("Ada")
    expect(page.get_by_text("Nothing in the books yet")).to_be_visible()

    # The link of the mail, opened in another tab: this one knows when it is looked at again.
    page.goto(visitor.link("Confirm your e-mail address", "/confirm-email"))
    expect(page.get_by_text("Your address is confirmed")).to_be_visible()
    page.get_by_role("link", name="Go to Darkroom").click()
    expect(page.get_by_role("heading", name="Overview")).to_be_visible()
    expect(page.get_by_text("Please confirm")).to_have_count(0)

    page.get_by_role("navigation", name="Main").get_by_role("link", name="Photos").click()
    expect(page.get_by_role("heading", name="Photos", exact=True)).to_be_focused()
    page.get_by_label("Choose photos").set_input_files(photo)
    expect(page.get_by_text("1 photo stored").first).to_be_visible()
    expect(page.get_by_role("link", name=re.compile("harbour.jpg"))).to_be_visible(timeout=90_000)

    page.get_by_role("link", name="Ada Lovelace").click()
    page.get_by_label("Name").fill("Ada Byron")
    page.get_by_role("button", name="Save name").click()
    expect(page.get_by_role("link", name="Ada Byron")).to_be_visible()
    changed = page.get_by_role("status").filter(has_text="Your name is changed")
    changed.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("link", name="Ada Lovelace")).to_be_visible()

    page.get_by_role("button", name="Prepare an export").click()
    ready = page.get_by_role("link", name="Download")
    expect(ready).to_be_visible(timeout=90_000)
    archive = httpx.get(ready.get_attribute("href") or "", timeout=30)
    assert archive.content.startswith(b"PK")

    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    visitor.open("/account")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_a_forgotten_password(visitor: Visitor) -> None:
    visitor.register()
    page = visitor.page
    page.get_by_role("link", name="Ada Lovelace").click()
    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("link", name="Forgot your password?").click()
    expect(page.get_by_role("heading", name="Reset your password")).to_be_visible()  # both pages ask for an e-mail
    page.get_by_label("E-mail").fill(visitor.email)
    page.get_by_role("button", name="Send the link").click()
    expect(page.get_by_role("heading", name="Look into your mail")).to_be_visible()

    page.goto(visitor.link("password", "/password-reset?token="))
    page.get_by_label("New password", exact=True).fill("another horse battery")
    page.get_by_role("button", name="Change the password").click()
    expect(page.get_by_text("Your password is changed")).to_be_visible()
    page.get_by_label("E-mail").fill(visitor.email)
    page.get_by_label("Password", exact=True).fill("another horse battery")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Overview")).to_be_visible()


def test_a_wrong_password_keeps_what_was_typed(visitor: Visitor) -> None:
    page = visitor.open("/sign-in")
    page.get_by_label("E-mail").fill(visitor.email)
    page.get_by_label("Password", exact=True).fill("not the right one")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("The e-mail address or the password is wrong.")
    expect(page.get_by_label("E-mail")).to_have_value(visitor.email)
    visitor.forgive(r"status of 401.*/auth/login")


def test_mistakes_stand_beside_their_fields(new_visitor: Callable[..., Visitor]) -> None:
    first, second = new_visitor(), new_visitor()
    first.register()
    page = second.open("/register")
    page.get_by_label("Name").fill("Eve")
    page.get_by_label("E-mail").fill(first.email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Create account").click()
    expect(page.get_by_text("There is an account with this e-mail address already.")).to_be_visible()
    expect(page.get_by_label("E-mail")).to_be_focused()
    expect(page.get_by_label("Name")).to_have_value("Eve")
    second.forgive(r"status of 409.*/auth/register")


def test_everything_by_keyboard(visitor: Visitor) -> None:
    visitor.register()
    page, keys = visitor.page, visitor.page.keyboard
    page.reload()
    expect(page.get_by_role("heading", name="Overview")).to_be_visible()
    keys.press("Tab")
    expect(page.get_by_role("link", name="Skip to the page")).to_be_focused()
    keys.press("Enter")
    expect(page.locator("main")).to_be_focused()

    keys.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    keys.press("Escape")
    keys.press("g")
    keys.press("a")
    expect(page.get_by_role("heading", name="Account", exact=True)).to_be_focused()

    keys.press("Control+k")
    expect(page.get_by_role("combobox")).to_be_focused()
    keys.type("phot")
    keys.press("Enter")
    expect(page.get_by_role("heading", name="Photos", exact=True)).to_be_visible()

    keys.press("Control+k")
    expect(page.get_by_role("combobox")).to_be_focused()
    keys.type("sign out")
    keys.press("Enter")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    expect(page.get_by_label("E-mail")).to_be_focused()
    keys.type(visitor.email)
    keys.press("Tab")
    keys.type(PASSWORD)
    keys.press("Enter")
    # Back where one was.
    expect(page.get_by_role("heading", name="Photos", exact=True)).to_be_visible()


def test_many_tabs_share_one_session(visitor: Visitor) -> None:
    """Tabs that open at once all lack an access token: one refreshes, none replays, nobody is signed out."""
    # A tab that is reloaded while it refreshes leaves its question running; the next one with that key waits for it.
    visitor.forgive(r"409 \(Conflict\).*/auth/refresh")
    visitor.register()
    tabs = [visitor.context.new_page() for _ in range(4)]
    for tab in tabs:
        tab.goto(visitor.origin + "/account", wait_until="commit")
    for tab in tabs:
        expect(tab.get_by_role("heading", name="Account", exact=True)).to_be_visible()
    for _ in range(2):
        for tab in [visitor.page, *tabs]:
            tab.reload(wait_until="commit")
    for tab in tabs:
        expect(tab.get_by_role("heading", name="Account", exact=True)).to_be_visible()
        tab.get_by_label("Name").fill("Ada Byron")
    tabs[0].get_by_role("button", name="Save name").click()
    expect(tabs[0].get_by_text("Your name is changed")).to_be_visible()

    tabs[0].get_by_role("button", name="Sign out").click()
    for tab in [visitor.page, *tabs]:
        expect(tab.get_by_role("heading", name="Sign in")).to_be_visible()


def test_uploads_wait_for_the_network_and_are_followed_everywhere(visitor: Visitor, photo: Path) -> None:
    visitor.register()
    page = visitor.page
    page.get_by_role("link", name="Add photos").click()
    expect(page.get_by_role("button", name="Choose photos")).to_be_focused()
    visitor.context.set_offline(True)
    page.get_by_label("Choose photos").set_input_files(photo)
    expect(page.get_by_role("heading", name="1 photo on the way")).to_be_visible()
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Overview").click()
    page.get_by_role("button", name="Activity").click()
    expect(page.get_by_role("complementary", name="Activity")).to_contain_text("harbour.jpg")
    visitor.context.set_offline(False)
    expect(page.get_by_role("complementary", name="Activity")).to_contain_text("Stored")
    visitor.forgive("ERR_INTERNET_DISCONNECTED")


def test_without_its_socket_a_page_says_so_and_asks(visitor: Visitor) -> None:
    visitor.register()
    page = visitor.page
    page.route_web_socket(re.compile("/ws"), lambda socket: socket.close())

    def unfinished(route: Route) -> None:
        """The job goes on for as long as this stands: a fast one would be over before the page had said anything."""
        answer = route.fetch()
        route.fulfill(response=answer, json=answer.json() | {"status": "processing", "result": None})

    page.route(re.compile("/jobs/.*/status"), unfinished)
    visitor.open("/account")
    page.get_by_role("button", name="Prepare an export").click()
    expect(page.get_by_text("The live connection is gone for now.")).to_be_visible()
    page.unroute_all(behavior="wait")  # one that is being answered
    expect(page.get_by_role("link", name="Download")).to_be_visible(timeout=90_000)


def test_what_is_no_photo_is_refused_in_words(visitor: Visitor, tmp_path: Path) -> None:
    visitor.register()
    page = visitor.open("/photos")
    letter = tmp_path / "letter.jpg"
    letter.write_text("Dear Ada, this is not a photo.")
    page.get_by_label("Choose photos").set_input_files(letter)
    expect(page.get_by_text("it is not a JPEG, PNG, WebP or HEIC photo")).to_be_visible()


def test_a_hundred_photos_go_a_few_at_a_time(visitor: Visitor, tmp_path: Path) -> None:
    visitor.register()
    page = visitor.open("/photos")
    names = []
    for at in range(100):
        path = tmp_path / f"{at:03}.jpg"
        path.write_bytes(photos.jpeg(32, 24) + bytes([at]))
        names.append(path)
    page.get_by_label("Choose photos").set_input_files(names)
    expect(page.get_by_text("Albums of 100 new photos").first).to_be_visible(timeout=90_000)


def test_deleting_an_account_needs_its_address(visitor: Visitor) -> None:
    visitor.register()
    page = visitor.open("/account")
    page.get_by_role("button", name="Delete my account…").click()
    dialog = page.get_by_role("dialog", name="Delete your account?")
    expect(dialog.get_by_role("button", name="Delete my account")).to_be_disabled()
    dialog.get_by_role("textbox").fill(visitor.email.upper())
    dialog.get_by_role("button", name="Delete my account").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    expect(page.get_by_text("Your account is deleted")).to_be_visible()
    expect(page.get_by_text("What we keep")).to_be_visible()


def test_the_shell_opens_without_a_network(new_visitor: Callable[..., Visitor]) -> None:
    visitor = new_visitor(service_workers="allow")
    visitor.register()
    page = visitor.page
    page.evaluate(  # once, since a polled script would be refused by the page
        """new Promise(served => navigator.serviceWorker.controller
            ? served(true) : navigator.serviceWorker.addEventListener('controllerchange', () => served(true)))"""
    )
    kept = page.evaluate(
        "caches.keys().then(names => Promise.all(names.map(name => caches.open(name).then(cache => cache.keys()))))"
        ".then(all => all.flat().map(request => new URL(request.url).pathname))"
    )
    assert "/" in kept
    assert not [path for path in kept if path.startswith(("/api/", "/ws", "/_local"))]
    visitor.context.set_offline(True)
    page.goto(visitor.origin + "/account")
    expect(page.get_by_role("heading", name="Account", exact=True)).to_be_visible()
    visitor.context.set_offline(False)
    visitor.forgive("ERR_INTERNET_DISCONNECTED|ERR_FAILED")


def test_no_theme_flashes(new_visitor: Callable[..., Visitor]) -> None:
    visitor = new_visitor(color_scheme="light")
    page = visitor.open("/sign-in")
    page.evaluate("localStorage.setItem('darkroom-theme', 'safelight')")
    # The first thing that is painted, before any of the app's own script.
    page.route("**/_app/immutable/entry/**", lambda route: route.abort())
    page.goto(visitor.origin + "/sign-in", wait_until="domcontentloaded")
    assert page.evaluate("document.documentElement.dataset.theme") == "safelight"
    visitor.forgive("ERR_FAILED|dynamically imported module")


@pytest.mark.parametrize("width", [320, PHONE[0]])
def test_the_bar_of_a_phone(new_visitor: Callable[..., Visitor], width: int) -> None:
    """Every place in one touch or two."""
    visitor = new_visitor(viewport={"width": width, "height": 640}, has_touch=True, is_mobile=True)
    visitor.register()
    page = visitor.page
    bar = page.get_by_role("navigation", name="Main")
    for name, title in (("Captures", "Captures"), ("Galleries", "Galleries"), ("Photos", "Photos"),
                        ("Restore", "Restorations"), ("Overview", "Overview")):  # fmt: skip
        place = bar.get_by_role("link", name=name)
        box = place.bounding_box()
        assert box is not None
        assert box["width"] >= 44
        place.tap()
        expect(page.get_by_role("heading", name=title, exact=True)).to_be_visible()

    more = bar.get_by_role("button", name="More")
    sheet = page.get_by_role("dialog", name="More")
    for name in ("Earnings", "Account"):
        more.tap()
        sheet.get_by_role("link", name=name).tap()
        expect(page.get_by_role("heading", name=name, exact=True)).to_be_focused()
        expect(sheet).to_be_hidden()
        expect(more).to_have_attribute("aria-current", "true")
    more.tap()
    assert audit(page) == []
    sheet.get_by_role("button", name="Activity").tap()
    expect(page.get_by_role("complementary", name="Activity")).to_be_visible()
    more.tap()
    sheet.get_by_role("button", name="Find").tap()
    expect(page.get_by_role("combobox")).to_be_focused()
    page.keyboard.press("Escape")

    # By keyboard: the sheet holds the focus and gives it back. A touch beside it closes it too.
    more.focus()
    page.keyboard.press("Enter")
    expect(sheet.get_by_role("button", name="Find")).to_be_focused()
    page.keyboard.press("Escape")
    expect(more).to_be_focused()
    expect(more).to_have_attribute("aria-expanded", "false")
    more.tap()
    page.touchscreen.tap(width / 2, 20)
    expect(sheet).to_be_hidden()

    # Where the window becomes wide there is a rail, and no sheet that nobody sees.
    more.tap()
    page.set_viewport_size({"width": 1024, "height": 640})
    expect(sheet).to_be_hidden()
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Photos").click()
    expect(page.get_by_role("heading", name="Photos", exact=True)).to_be_visible()
