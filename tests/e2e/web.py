"""A visitor of the web app: a real browser on the running stack, which notices whatever the console says."""

import json
import os
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Playwright, expect, sync_playwright

from infra.tools import browser as chromium
from infra.tools.screenshots import settle

ROOT = Path(__file__).parents[2]
PASSWORD = "correct horse battery"
PHONE = (390, 844)
WIDTHS = (320, 390, 768, 1440, 2560)
_PATIENCE_SECONDS = 60
Found = TypeVar("Found")

expect.set_options(timeout=20_000)


class Visitor:
    """One person in one browser, with any number of tabs."""

    def __init__(self, context: BrowserContext, stack: Mapping[str, Any]) -> None:
        self.context, self.stack = context, stack
        self.origin: str = stack["web"]
        self._said: list[str] = []
        # A page that is left while its socket opens is no page's fault.
        self._forgiven: list[str] = ["WebSocket is closed before the connection is established"]
        self.email = f"ada-{uuid4()}@example.com"
        context.set_default_timeout(20_000)
        context.on("console", self._heard)
        context.on("weberror", lambda error: self._said.append(f"uncaught: {error.error}"))
        self.page: Page = context.new_page()

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self._said.append(f"{message.type}: {message.text} ({message.location.get('url')})")

    def forgive(self, pattern: str) -> None:
        """What the browser itself writes about an answer that the test wanted, before or after this line."""
        self._forgiven.append(pattern)

    @property
    def complaints(self) -> list[str]:
        return [said for said in self._said if not any(re.search(pattern, said) for pattern in self._forgiven)]

    def open(self, path: str, page: Page | None = None) -> Page:
        page = page or self.page
        page.goto(self.origin + path)
        return page

    def register(self, name: str = "Ada Lovelace") -> None:
        """As a person does it."""
        page = self.open("/register")
        page.get_by_label("Name").fill(name)
        page.get_by_label("E-mail").fill(self.email)
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        page.get_by_role("button", name="Create account").click()
        expect(page.get_by_role("heading", name="Overview")).to_be_visible()

    def sign_in(self, page: Page | None = None) -> None:
        page = page or self.open("/sign-in")
        page.get_by_label("E-mail").fill(self.email)
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("heading", name="Overview")).to_be_visible()

    def mail(self, subject: str) -> dict[str, Any]:
        """The mail with these words in its subject, as soon as it came."""

        def look() -> dict[str, Any] | None:
            mails = httpx.get(f"{self.stack['console']}/mails", timeout=30).json()
            return next((mail for mail in mails if self.email in mail["to"] and subject in mail["subject"]), None)

        return eventually(look)

    def link(self, subject: str, path: str) -> str:
        """The link of a mail, as an address of the running stack."""
        found = re.search(rf"https?://\S+{re.escape(path)}\S+", self.mail(subject)["text"])
        assert found is not None, f"no link to {path} in the mail"
        return found.group()


def eventually(look: Callable[[], Found | None]) -> Found:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while (found := look()) is None:
        assert time.monotonic() < deadline, "nothing came"
        time.sleep(0.2)
    return found


def comes(page: Page, look: Callable[[], object]) -> None:
    """As `eventually`, for what the browser tells this test: it is heard only while the page is waited for."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while not look():
        assert time.monotonic() < deadline, "nothing came"
        page.wait_for_timeout(50)


def walk(visitor: Visitor, paths: Sequence[str]) -> Iterator[tuple[str, Page]]:
    """Each page when it stands still. Most of opening one is waiting: the next loads in another tab meanwhile."""
    tabs = visitor.page, visitor.context.new_page()
    size = visitor.page.viewport_size
    assert size is not None

    def begin(at: int) -> None:
        if at < len(paths):
            tabs[at % 2].set_viewport_size(size)
            tabs[at % 2].goto(visitor.origin + paths[at], wait_until="commit")

    begin(0)
    for at, path in enumerate(paths):
        settle(tabs[at % 2])
        begin(at + 1)
        yield path, tabs[at % 2]
    tabs[1].close()


def audit(page: Page) -> list[str]:
    """What axe finds wrong. It is evaluated, not added as a script: the page's policy would refuse that."""
    page.evaluate((ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js").read_text())
    # What moves in has no final colours yet: wait until it stands.
    page.evaluate("Promise.all(document.getAnimations().filter(a => a.effect.getTiming().iterations === 1)"
                  ".map(a => a.finished.catch(() => {})))")  # fmt: skip
    found = page.evaluate("axe.run(document, { resultTypes: ['violations'] })")
    return [
        f"{violation['id']}: {violation['help']}: {json.dumps([node['html'][:160] for node in violation['nodes']])}"
        for violation in found["violations"]
    ]


def sideways(page: Page) -> list[str]:
    """Where a page is wider than its window."""
    found = []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        page.evaluate("new Promise(drawn => requestAnimationFrame(() => requestAnimationFrame(drawn)))")
        wide: int = page.evaluate("document.documentElement.scrollWidth")
        if wide > width:
            found.append(f"{wide} px wide at {width}")
    return found


def small_targets(page: Page) -> list[str]:
    """What a finger must hit is 44 px high; links inside a sentence are read, not hit."""
    page.set_viewport_size({"width": 390, "height": 844})
    found: list[str] = page.evaluate(
        """() => [...document.querySelectorAll('button, input:not([type=radio]):not([hidden]), nav a, a.button')]
            .map(element => [element, element.getBoundingClientRect()])
            .filter(([element, box]) => box.height > 0 && box.height < 43.5 && element.checkVisibility())
            .map(([element, box]) => `${Math.round(box.height)} px: ${element.outerHTML.slice(0, 120)}`)"""
    )
    return found


@pytest.fixture(scope="module")  # it runs an event loop, which other modules' tests want for themselves
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="module")
def browser(playwright: Playwright) -> Iterator[Browser]:
    try:
        found = chromium.find()
    except chromium.Unavailable as reason:
        pytest.skip(f"no browser: {reason}")
    launched = playwright.chromium.launch(
        executable_path=found.path, args=found.arguments, env={**os.environ, **found.environment}
    )
    yield launched
    launched.close()


@pytest.fixture
def new_visitor(browser: Browser, stack: Mapping[str, Any]) -> Iterator[Callable[..., Visitor]]:
    """Makes visitors; at the end, none of their consoles may have said anything."""
    visitors: list[Visitor] = []

    def make(**options: Any) -> Visitor:
        # A new version's worker would reload pages under the test; the one test about it asks for it.
        options = {"locale": "en-US", "service_workers": "block", "reduced_motion": "reduce", **options}
        visitors.append(Visitor(browser.new_context(**options), stack))
        if options["service_workers"] == "block":
            # Playwright blocks by refusing to register, and says so on the page's console.
            visitors[-1].context.add_init_script("delete Navigator.prototype.serviceWorker")
        return visitors[-1]

    yield make
    complaints = [complaint for visitor in visitors for complaint in visitor.complaints]
    for visitor in visitors:
        visitor.context.close()
    if complaints:
        pytest.fail("the console said: " + "; ".join(complaints))


@pytest.fixture
def visitor(new_visitor: Callable[..., Visitor]) -> Visitor:
    return new_visitor()
