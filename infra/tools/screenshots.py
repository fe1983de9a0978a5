"""Pictures of every page, in both themes, for a phone and a desk.

    make screenshots [FOLDER=…]        needs a running stack (`make run`)

A new person is made on the stack for it, with an administrator's role, some entries in the books and the demo's
photos in albums, so that pages are seen with something in them and, of another new person, with nothing. They go
to `.darkroom/screenshots` otherwise.
"""

import json
import os
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal, LiteralString
from uuid import uuid4

import httpx
import psycopg
from playwright.sync_api import Browser, Page, Route, sync_playwright

from darkroom_client import Client, Journal, MemoryTokens
from infra.local.demo import cameras, galleries, restorations
from infra.local.demo.person import Person
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
    "link-that-ended": ("/shared/a-link-that-ended", None),
    "restore": ("/restore", None),
    "find-order": ("/restore/find", None),
    "order-of-others": ("/restore/orders/0199c2a0-0000-7000-8000-000000000001", None),
    "overview": ("/", "user"),
    "captures": ("/captures", "user"),
    "cameras": ("/captures/cameras", "user"),
    "add-camera": ("/captures/cameras?add", "user"),
    "schedules": ("/captures/schedules", "user"),
    "new-schedule": ("/captures/schedules/new", "user"),
    "earnings": ("/earnings", "user"),
    "galleries": ("/galleries", "user"),
    "photos": ("/photos", "user"),
    "trash": ("/photos/trash", "user"),
    "restorations": ("/restorations", "user"),
    "account": ("/account", "user"),
    "people": ("/admin/users", "admin"),
    "orders": ("/admin/orders", "admin"),
    "operations": ("/admin/operations", "admin"),
    "runbook": ("/admin/operations?runbook=queue-age", "admin"),
}

_DAYS = 30
_SATURDAY = 5
# A day of a camera once more, some days earlier.
_EARLIER: LiteralString = """
    INSERT INTO captures (id, user_id, device_id, status, requested_at, expires_at, taken_at, completed_at,
                          storage_key, image_id, phash, thumbhash)
    SELECT uuidv7(), user_id, device_id, status, requested_at - days, expires_at - days, taken_at - days,
           completed_at - days, storage_key || '-' || %(days)s, image_id, phash, thumbhash
      FROM captures, make_interval(days => %(days)s) AS days
     WHERE device_id = %(device)s AND status = 'completed' AND taken_at < date_trunc('day', now(), 'UTC')
       AND taken_at >= date_trunc('day', now(), 'UTC') - interval '1 day'
     ORDER BY taken_at LIMIT %(many)s"""
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
    page.locator("[aria-busy=true]").first.wait_for(state="detached")  # a polled script would be refused by the page
    page.evaluate("document.fonts.ready.then(() => true)")


def _register(stack: dict[str, Any], name: str, *, role: str) -> str:
    email = f"{name.split(maxsplit=1)[0].lower()}-{uuid4().hex[:6]}@example.com"
    body = {"email": email, "password": PASSWORD, "name": name}
    httpx.post(f"{stack['api']}/auth/register", json=body, timeout=30).raise_for_status()
    with psycopg.connect(stack["database"]) as connection:
        connection.execute("UPDATE users SET role = %s WHERE email = %s", [role, email])
    return email


def _photos_of(days_ago: int) -> int:
    """How many a camera took on one of the last days: fewer at weekends, none while it stood without a network."""
    weekday = (datetime.now(UTC) - timedelta(days=days_ago)).weekday()
    return 0 if days_ago in (11, 12) else (14 if weekday >= _SATURDAY else 30) - days_ago * 7 % 9


def _as(api: httpx.Client, email: str) -> None:
    signed_in = api.post("/auth/login", json={"username": email, "password": PASSWORD}).json()
    api.headers["authorization"] = f"Bearer {signed_in['access_token']}"


def _fill(stack: dict[str, Any], email: str) -> None:
    now = datetime.now(UTC)
    before = [
        (("capture", 50, None), now - timedelta(days=days_ago, minutes=number))
        for days_ago in range(_DAYS - 1, 0, -1)
        for number in range(_photos_of(days_ago), 0, -1)
    ]
    balance = 0
    with psycopg.connect(stack["database"]) as connection:
        connection.execute("UPDATE users SET email_confirmed_at = now() WHERE email = %s", [email])
        for (amount_kind, amount, reason), at in [*before, *((entry, now) for entry in _ENTRIES)]:
            balance += amount
            connection.execute(
                """INSERT INTO ledger_entries
                       (id, user_id, kind, amount_cents, balance_after_cents, reference, reason, created_at)
                   SELECT uuidv7(), id, %s, %s, %s, %s, %s, %s FROM users WHERE email = %s""",
                [amount_kind, amount, balance, str(uuid4()), reason, at, email],
            )


def _watch(stack: dict[str, Any], folder: Path, email: str) -> dict[str, str]:
    """Cameras, with the demo's photos of today and yesterday, and days before that look like yesterday. What the
    addresses below need of them."""
    with httpx.Client(base_url=stack["api"], timeout=60) as api:
        _as(api, email)
        ids = cameras.fill(api, folder / "cameras")
        schedules = api.get("/schedules").json()["items"]
        with psycopg.connect(stack["database"]) as connection:
            # Their agent is not there, and they shall look as if it were.
            connection.execute(
                "UPDATE devices SET last_seen_at = now() + interval '1 hour' WHERE id = ANY(%s::uuid[])",
                [list(ids.values())],
            )
            connection.execute(
                "UPDATE captures SET completed_at = taken_at + interval '2 s' WHERE device_id = ANY(%s::uuid[])",
                [list(ids.values())],
            )
            for days_ago in range(2, _DAYS):
                connection.execute(
                    _EARLIER, {"days": days_ago - 1, "device": ids["town"], "many": _photos_of(days_ago)}
                )
        yesterday = (datetime.now(UTC) - timedelta(days=1)).date().isoformat()
        found = api.get("/captures", params={"device_id": ids["town"], "to": f"{yesterday}T16:45:00Z", "limit": 1})
    capture = found.json()["items"][0]["id"]
    return {"camera": ids["town"], "schedule": schedules[-1]["id"], "day": yesterday, "capture": capture}


def _curate(stack: dict[str, Any], folder: Path, email: str) -> dict[str, str]:
    """The demo's photos become this person's albums. What the addresses below need of them: the largest album, a photo
    in it, its link. Some photos of another one go to the trash."""
    with Client(stack["web"], MemoryTokens()) as client, TemporaryDirectory() as kept:
        client.sign_in(email, PASSWORD)
        with Journal(Path(kept) / "journal.sqlite") as journal:
            person = Person(client, journal, folder, stack["web"], Path(kept) / "agent")
            galleries.fill(person)
            restorations.fill(person)
            largest = sorted(client.restoring.orders(), key=lambda order: order.photos)
            orders = {order.status: order.id for order in largest}
    with httpx.Client(base_url=stack["api"], timeout=60) as api:
        _as(api, email)
        albums = api.get("/galleries/me").json()["items"]
        first, *_, last = sorted(albums, key=lambda album: -album["image_count"])
        share = api.post(f"/albums/{first['id']}/share", json={"expires_in": 86_400}).json()
        for image in last["images"][:3]:
            api.delete(f"/images/{image['id']}").raise_for_status()
    names = {"album": first["id"], "photo": first["images"][1]["id"], "token": share["token"]}
    return {**names, "order": orders["completed"], "unpaid": orders["pending_payment"]}


def _choose(page: Page, photos: int) -> None:
    for at in range(photos):
        page.locator("[data-photo] a").nth(at).focus()
        page.keyboard.press("Space")


def _press(page: Page, key: str) -> None:
    page.locator("[data-photo] a").nth(1).focus()
    page.keyboard.press(key)


def _pair(page: Page) -> None:
    """A code, without a camera that would stand on the pages after this one."""
    ends = (datetime.now(UTC) + timedelta(minutes=10)).isoformat()
    code = {"id": str(uuid4()), "name": "Attic window", "pairing_code": "K7QX4M", "expires_at": ends}
    page.route(
        "**/api/v1/devices",
        lambda route: route.fulfill(json=code) if route.request.method == "POST" else route.continue_(),
    )
    page.get_by_role("dialog").get_by_label("Name").fill("Attic window")
    page.keyboard.press("Enter")
    page.get_by_label("Command").wait_for()
    page.unroute("**/api/v1/devices")


def _details(page: Page) -> None:
    page.locator("dialog img.loaded").wait_for()
    page.keyboard.press("i")


def _home() -> Path:
    return Path(os.environ.get("DARKROOM_HOME") or ROOT / ".darkroom")


def _bring(page: Page) -> None:
    """Some photos that can be restored, and one file that is none."""
    files = sorted((_home() / "demo" / "old photos").glob("*.jpg"))[:4]
    letter: Any = {"name": "letter.jpg", "mimeType": "image/jpeg", "buffer": b"Dear Ada, here are the photos."}
    page.get_by_label("Choose photos").set_input_files(files)
    page.locator("li.ready").nth(len(files) - 1).wait_for()
    page.get_by_label("Choose photos").set_input_files(letter)
    page.get_by_text("1 not taken").first.wait_for()


def _half_way(page: Page) -> None:
    """An order as it is for some seconds."""

    def earlier(route: Route) -> None:
        answer = route.fetch()
        order = answer.json()
        for image, (status, progress) in zip(order["images"], HALF_WAY, strict=False):
            if status != "completed":
                image.update(status=status, progress=progress, restored_url=None, restored_view_url=None)
        route.fulfill(response=answer, json={**order, "status": "processing"})

    page.route("**/api/v1/orders/*", earlier)
    page.reload()
    page.get_by_text("Developing, 62 %").wait_for()
    page.unroute("**/api/v1/orders/*")


HALF_WAY = (("completed", 100), ("processing", 62), ("uploaded", 0))


def _look_closer(page: Page) -> None:
    page.get_by_role("button", name="Look closer at").first.click()
    page.locator("dialog .compare.loaded").wait_for()


# Pages of the person who has albums: name, address (of an album, a photo in it and its link), what to do there.
Act = Callable[[Page], Any]
FILLED: dict[str, tuple[str, Act | None]] = {
    "captures-day": ("/captures?day={day}&camera={camera}", None),
    "captures-film": (
        "/captures?day={day}&camera={camera}",
        lambda page: page.get_by_role("button", name="Make a film").click(),
    ),
    "captures-photo": ("/captures?day={day}&camera={camera}&photo={capture}", None),
    "camera": ("/captures/cameras/{camera}", None),
    "camera-code": ("/captures/cameras?add", _pair),
    "schedule": ("/captures/schedules/{schedule}", None),
    "album": ("/galleries/{album}", None),
    "album-chosen": ("/galleries/{album}", lambda page: _choose(page, 3)),
    "album-moving": ("/galleries/{album}", lambda page: _press(page, "m")),
    "album-share": ("/galleries/{album}", lambda page: page.get_by_role("button", name="Share").click()),
    "photo": ("/galleries/{album}?photo={photo}", lambda page: page.locator("dialog img.loaded").wait_for()),
    "photo-details": ("/galleries/{album}?photo={photo}", _details),
    "restore-chosen": ("/restore", _bring),
    "order": ("/restore/orders/{order}", None),
    "order-working": ("/restore/orders/{order}", _half_way),
    "order-photo": ("/restore/orders/{order}", _look_closer),
    "order-unpaid": ("/restore/orders/{unpaid}", None),
    "shared": ("/shared/{token}", None),
    "shared-photo": ("/shared/{token}?photo={photo}", lambda page: page.locator("dialog img.loaded").wait_for()),
}


def _sign_in(page: Page, origin: str, email: str) -> None:
    page.goto(f"{origin}/sign-in")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("heading", name="Overview").wait_for()


def _shoot(page: Page, width: int, height: int, into: Path) -> None:
    """The whole page, as if the window were as tall: what is fixed to its edges stays at its edges."""
    # What lies over the page is as tall as the window, and so is meant to be seen in one of its usual size.
    tall: int = page.evaluate("document.querySelector('dialog[open]') ? 0 : document.documentElement.scrollHeight")
    page.set_viewport_size({"width": width, "height": max(height, min(tall, 2400))})
    settle(page)
    page.screenshot(path=into, animations="disabled")
    page.set_viewport_size({"width": width, "height": height})
    print(f"  {into.name}", flush=True)


def _take(browser: Browser, origin: str, folder: Path, email: str, names: dict[str, str] | None) -> None:
    """Every page of a person with albums, which `names` leads to; of one without, only their own pages."""
    pages: dict[str, tuple[str, str | None, Act | None]] = {
        name: (address, needs, None) for name, (address, needs) in PAGES.items() if names or needs == "user"
    }
    if names:
        pages |= {name: (address.format(**names), "user", act) for name, (address, act) in FILLED.items()}
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
            signed_in = False
            for name, (address, needs, act) in pages.items():
                if needs is not None and not signed_in:
                    _sign_in(page, origin, email)
                    signed_in = True
                page.goto(origin + address)
                settle(page)
                if act is not None:
                    act(page)
                _shoot(page, width, height, folder / f"{name}{'' if names else '-empty'}-{theme}-{window}.png")
            context.close()


def main(folder: Path) -> None:
    home = _home()
    stack = json.loads((home / "stack.json").read_text())
    folder.mkdir(parents=True, exist_ok=True)
    full, empty = (
        _register(stack, "Ada Lovelace", role="admin"),
        _register(stack, "Grace Hopper", role="user"),
    )
    _fill(stack, full)
    names = _curate(stack, home / "demo", full) | _watch(stack, home / "demo", full)
    found = chromium.find()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=found.path, args=found.arguments, env={**os.environ, **found.environment}
        )
        _take(browser, stack["web"], folder, full, names)
        _take(browser, stack["web"], folder, empty, None)
        browser.close()
    print(f"\n  {len(list(folder.glob('*.png')))} pictures in {folder}")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / ".darkroom" / "screenshots")
