"""What the browser tests of restorations share: photos that look old, and somebody who brings them."""

import io
import re
from pathlib import Path

import numpy as np
import psycopg
import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from tests.e2e.web import Visitor
from tests.factories import photos
from tests.factories.ageing import aged, usual

SLOW_MS = 120_000  # a restoration on a busy machine


@pytest.fixture(scope="module")
def old_photos(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("old")
    return [_old(folder, "Grandma 1931.jpg", 1, (480, 360)), _old(folder, "The house.png", 2, (360, 480))]


def _old(folder: Path, name: str, seed: int, size: tuple[int, int]) -> Path:
    worn = Image.fromarray(aged(np.asarray(photos.scene(*size)), usual(seed), seed))
    content = io.BytesIO()
    worn.save(content, "PNG" if name.endswith("png") else "JPEG")
    path = folder / name
    path.write_bytes(content.getvalue())
    return path


@pytest.fixture(scope="module")
def no_photos(tmp_path_factory: pytest.TempPathFactory, old_photos: list[Path]) -> list[Path]:
    """A text that calls itself a photo, and the upper half of one."""
    folder = tmp_path_factory.mktemp("none")
    letter, half = folder / "letter.jpg", folder / "half.jpg"
    letter.write_text("Dear Ada, here are the photos that you asked for.")
    content = old_photos[0].read_bytes()
    half.write_bytes(content[: len(content) // 2])
    return [letter, half]


def card(page: Page, name: str) -> Locator:
    return page.locator(f'[data-photo="{name}"]')


def bring(page: Page, files: list[Path], ready: int | None = None) -> None:
    """Chosen as a person does it, until so many are ready."""
    page.get_by_label("Choose photos").set_input_files(files)
    expect(page.locator("li.ready")).to_have_count(len(files) if ready is None else ready, timeout=60_000)


def go_to_pay(page: Page, email: str, amount: str) -> None:
    page.get_by_label("E-mail").fill(email)
    page.get_by_role("button", name=f"Pay {amount}").click()
    expect(page.get_by_role("heading", name=f"Pay {amount}")).to_be_visible()


def pay(page: Page) -> None:
    """On the provider's page; it leads back to the order's."""
    page.get_by_role("button", name="Pay", exact=True).click()
    expect(page).to_have_url(re.compile("/restore/orders/"))


def ordered(visitor: Visitor, files: list[Path], amount: str) -> Page:
    page = visitor.open("/restore")
    bring(page, files)
    go_to_pay(page, visitor.email, amount)
    pay(page)
    return page


def line(page: Page, name: str) -> Locator:
    return page.get_by_role("slider", name=f"Before and after: {name}")


def give_credits(visitor: Visitor, cents: int) -> None:
    with psycopg.connect(visitor.stack["database"]) as connection:
        connection.execute(
            """INSERT INTO ledger_entries (id, user_id, kind, amount_cents, balance_after_cents, reference, reason)
               SELECT uuidv7(), id, 'adjustment', %(cents)s, %(cents)s, uuidv7()::text, 'thank you'
                 FROM users WHERE email = %(email)s""",
            {"cents": cents, "email": visitor.email},
        )
