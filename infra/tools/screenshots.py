"""Pictures of every page, in both themes, for a phone and a desk.

    make screenshots [FOLDER=…]        needs a running stack (`make run`)

A new person is made on the stack for it, with an administrator's role and some entries in the books, so that pages are
seen with something in them and, of another new person, with nothing. They go to `.darkroom/screenshots` otherwise.
"""

import json
import os
import sys
from pathlib import Path
from typing import Any, Literal
from uuid import uuid4

import httpx
import psycopg
from playwright.sync_api import Browser, Page, sync_playwright

from infra.tools import browser as chromium

ROOT = Path(__file__).resolve().parents[2]
WIDTHS = {"desk": (1440, 900), "phone": (390, 844)}
THEMES: dict[str, Literal["light", "dark"]] = {"paper": "light", "safelight": "dark"}
PASSWORD = "correct horse battery"  # noqa: S105 - of people who live as long as a picture takes

# name: address, and who must look at it (nobody in particular, a person, an administrator)
PAGES: dict[str, tuple[str, str | None]] = {
    "sign-in": ("/sign-in", None),
    "register": ("/register", None),
    "password-reset": ("/password-reset", None),
    "new-password": ("/password-reset?token=a-link-of-a-mail", None),
    "confirm-email": ("/confirm-email?token=a-link-of-a-mail", None),
    "docs": ("/docs", None),
    "docs-operation": ("/docs#signIn", None),
    "not-here": ("/not-here", None),
    "overview": ("/", "user"),
    "photos": ("/photos", "user"),
    "account": ("/account", "user"),
    "people": ("/admin/users", "admin"),
}

_ENTRIES = [
    ("adjustment", 500, "thank you for trying Darkroom"),
    ("capture", 50, None),
    ("capture", 50, None),
    ("capture", 0, "near-duplicate of a photo already paid"),
    ("capture", 50, None),
    ("hold", -400, None),
    ("release", 400, None),
    ("restoration", -400, None),
    ("capture", 50, None),
]


def settle(page: Page) -> None:
    """Until what was asked for has come and nothing moves."""
    page.wait_for_load_state("networkidle")
    page.wait_for_function("!document.querySelector('[aria-busy=true]') && document.fonts.status === 'loaded'")


def _register(stack: dict[str, Any], name: str, *, role: str) -> str:
    email = f"{name.split(maxsplit=1)[0].lower()}-{uuid4().hex[:6]}@example.com"
    body = {"email": email, "password": PASSWORD, "name": name}
    httpx.post(f"{stack['api']}/auth/register", json=body, timeout=30).raise_for_status()
    with psycopg.connect(stack["database"]) as connection:
        connection.execute("UPDATE users SET role = %s WHERE email = %s", [role, email])
    return email


def _fill(stack: dict[str, Any], email: str) -> None:
    balance = 0
    with psycopg.connect(stack["database"]) as connection:
        connection.execute("UPDATE users SET email_confirmed_at = now() WHERE email = %s", [email])
        for amount_kind, amount, reason in _ENTRIES:
            balance += amount
            connection.execute(
                """INSERT INTO ledger_entries (id, user_id, kind, amount_cents, balance_after_cents, reference, reason)
                   SELECT uuidv7(), id, %s, %s, %s, %s, %s FROM users WHERE email = %s""",
                [amount_kind, amount, balance, str(uuid4()), reason, email],
            )


def _sign_in(page: Page, origin: str, email: str) -> None:
    page.goto(f"{origin}/sign-in")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("heading", name="Overview").wait_for()


def _shoot(page: Page, width: int, height: int, into: Path) -> None:
    """The whole page, as if the window were as tall: what is fixed to its edges stays at its edges."""
    settle(page)
    tall: int = page.evaluate("document.documentElement.scrollHeight")
    page.set_viewport_size({"width": width, "height": max(height, min(tall, 2400))})
    page.screenshot(path=into, animations="disabled")
    page.set_viewport_size({"width": width, "height": height})
    print(f"  {into.name}", flush=True)


def _take(browser: Browser, stack: dict[str, Any], folder: Path, people: dict[str, str], *, only_empty: bool) -> None:
    origin = stack["web"]
    for theme, scheme in THEMES.items():
        for window, (width, height) in WIDTHS.items():
            size: Any = {"width": width, "height": height}
            context = browser.new_context(
                viewport=size,
                color_scheme=scheme,
                locale="en-US",
                reduced_motion="reduce",
                device_scale_factor=2,
                has_touch=window == "phone",
                is_mobile=window == "phone",
            )
            page = context.new_page()
            signed_in = None
            for name, (address, needs) in PAGES.items():
                if only_empty and needs != "user":
                    continue
                if needs is not None and signed_in is None:
                    signed_in = people["empty" if only_empty else "full"]
                    _sign_in(page, origin, signed_in)
                page.goto(origin + address)
                _shoot(page, width, height, folder / f"{name}{'-empty' if only_empty else ''}-{theme}-{window}.png")
            context.close()


def main(folder: Path) -> None:
    home = Path(os.environ.get("DARKROOM_HOME") or ROOT / ".darkroom")
    stack = json.loads((home / "stack.json").read_text())
    folder.mkdir(parents=True, exist_ok=True)
    people = {
        "full": _register(stack, "Ada Lovelace", role="admin"),
        "empty": _register(stack, "Grace Hopper", role="user"),
    }
    _fill(stack, people["full"])
    found = chromium.find()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=found.path, args=found.arguments, env={**os.environ, **found.environment}
        )
        _take(browser, stack, folder, people, only_empty=False)
        _take(browser, stack, folder, people, only_empty=True)
        browser.close()
    print(f"\n  {len(list(folder.glob('*.png')))} pictures in {folder}")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / ".darkroom" / "screenshots")
