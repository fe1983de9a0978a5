"""Every page, in both themes: axe finds nothing, nothing scrolls sideways at any width, a finger hits what it must, the
console is empty.
"""

import re
from collections.abc import Callable

import psycopg
import pytest
from playwright.sync_api import Page, expect

from infra.tools.screenshots import PAGES, settle
from tests.e2e.web import Visitor, audit, sideways, small_targets, walk

PUBLIC = [path for path, needs in PAGES.values() if needs is None]
PRIVATE = [path for path, needs in PAGES.values() if needs is not None]


def _make_admin(visitor: Visitor) -> None:
    with psycopg.connect(visitor.stack["database"]) as connection:
        connection.execute("UPDATE users SET role = 'admin' WHERE email = %s", [visitor.email])


# By day with a mouse, in windows of every width; by night with a finger. Opening one takes the longest.
MEASURES: dict[str, Callable[[Page], list[str]]] = {"light": sideways, "dark": small_targets}


def _unsound(visitor: Visitor, theme: str, paths: list[str]) -> list[str]:
    found = []
    for path, page in walk(visitor, paths):
        found += [f"{path}: {finding}" for finding in (*audit(page), *MEASURES[theme](page))]
    visitor.forgive("status of 40[04].*(confirm-email|shared)")
    return found


@pytest.mark.parametrize("theme", MEASURES)
def test_every_page_before_signing_in(new_visitor: Callable[..., Visitor], theme: str) -> None:
    assert _unsound(new_visitor(color_scheme=theme, has_touch=theme == "dark"), theme, PUBLIC) == []


@pytest.mark.parametrize("theme", MEASURES)
def test_every_page_after_signing_in(new_visitor: Callable[..., Visitor], theme: str) -> None:
    visitor = new_visitor(color_scheme=theme, has_touch=theme == "dark")
    visitor.register()
    _make_admin(visitor)
    assert _unsound(visitor, theme, PRIVATE) == []
    page = visitor.open("/")
    settle(page)
    for key, name in (("Control+k", "Find and go"), ("?", "Keys")):
        page.keyboard.press(key)
        expect(page.get_by_role("dialog", name=name)).to_be_visible()
        assert audit(page) == []
        page.keyboard.press("Escape")


def test_an_administrator_suspends_and_changes_their_mind(new_visitor: Callable[..., Visitor]) -> None:
    admin, person = new_visitor(), new_visitor()
    person.register("Dorothea Lange")
    admin.register("Ansel Adams")
    _make_admin(admin)
    page = admin.open("/admin/users")
    page.get_by_label("Search").fill(person.email)
    expect(page).to_have_url(re.compile("q="))
    row = page.get_by_role("listitem").filter(has_text=person.email)
    row.get_by_role("button", name="Suspend").click()
    expect(row.get_by_text("Suspended")).to_be_visible()

    # The suspended person's next step ends at the door.
    person.open("/account")
    expect(person.page.get_by_role("heading", name="Sign in")).to_be_visible()
    person.forgive("status of 40[13]")

    page.get_by_role("button", name="Undo").click()
    expect(row.get_by_role("button", name="Suspend")).to_be_visible()
    person.open("/sign-in")
    person.sign_in(person.page)


def test_a_person_who_is_no_administrator_is_told_so(visitor: Visitor) -> None:
    visitor.register()
    page = visitor.open("/admin/users")
    expect(page.get_by_text("For administrators")).to_be_visible()
    expect(page.get_by_role("navigation", name="Main").get_by_role("link", name="People")).to_have_count(0)


def test_the_api_reference_needs_nothing_from_elsewhere(visitor: Visitor) -> None:
    asked: list[str] = []
    visitor.page.on("request", lambda request: asked.append(request.url))
    page = visitor.open("/docs#signIn")
    expect(page.get_by_role("heading", name="POST /api/v1/auth/login")).to_be_visible()
    expect(page.get_by_text("refresh_token").first).to_be_visible()
    page.get_by_label("Find").fill("earnings")
    expect(page.get_by_role("heading", name="GET /api/v1/users/me/earnings")).to_be_visible()
    assert [url for url in asked if not url.startswith((visitor.origin, "data:"))] == []
