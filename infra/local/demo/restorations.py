"""Restorations: old photos that the demo person has had restored, and an order that waits to be paid."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import httpx
import numpy as np
from PIL import Image

from darkroom_client import DarkroomError, Order, Wishes
from infra.local.demo import stories
from infra.local.demo.painting import scans
from infra.local.demo.painting.canvas import Random
from infra.local.demo.person import EMAIL, Person, say
from infra.local.demo.stories import Shot

PAID: Final = 3
WAITING: Final = 2
WIDE: Final = 1_000  # so many pixels: a print in a few seconds
_CREDITS: Final = 1


def fill(person: Person) -> None:
    """One order paid by card, one by credits where there are enough of them, and one that is not paid."""
    there = list(person.client.restoring.orders())
    if not there:
        files = write(person.folder / "old photos", PAID + WAITING + _CREDITS)
        _order(person, files[:PAID], is_paid=True)
        _by_credits(person, files[PAID + WAITING :])
        _order(person, files[PAID : PAID + WAITING], is_paid=False)
        there = list(person.client.restoring.orders())
    say("")
    restored = sum(order.restored for order in there)
    print(f"\r  {len(there)} orders with {restored} restored photos: {person.web}/restorations")


def write(folder: Path, count: int) -> list[Path]:
    """Prints of long ago, scanned: painted once and kept. The same print is the same bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    for number, shot in enumerate(_chosen(count), 1):
        say(f"scanning old prints: {number} of {count}")
        path = folder / f"scan {number:03}.jpg"
        if not path.exists():
            partial = folder / f".{path.name}"
            _scan(shot, black_and_white=number % 2 == 0).save(partial, "JPEG", quality=88)
            partial.rename(path)
        files.append(path)
    return files


def _chosen(count: int) -> list[Shot]:
    """Views from everywhere in the demo's stories, and none that is a scan already."""
    fresh = [shot for shot in stories.shots() if shot.taken is not None]
    return [fresh[at * len(fresh) // count] for at in range(count)]


def _scan(shot: Shot, *, black_and_white: bool) -> Image.Image:
    random: Random = np.random.default_rng(int.from_bytes(hashlib.sha256(f"old {shot.name}".encode()).digest()[:8]))
    found = scans.scanned(shot.paint(random), random, black_and_white=black_and_white)
    return found.resize((WIDE, WIDE * found.height // found.width), Image.Resampling.LANCZOS)


def _order(person: Person, files: Sequence[Path], *, is_paid: bool) -> None:
    say(f"ordering {len(files)} restorations")
    restoring = person.client.restoring
    tray = restoring.bring(files)
    restoring.wait_for_files(tray)
    checkout = restoring.check_out(tray, EMAIL, Wishes(fidelity=0.8))
    if is_paid and checkout.url is not None:
        _pay(checkout.url)
        _finish(person, checkout.order_id)


def _by_credits(person: Person, files: Sequence[Path]) -> None:
    price = len(files) * int(person.client.restoring.offer()["price_cents"])
    if int(person.client.call("GET", "/users/me/stats")["available_credits_cents"]) < price:
        return
    say("paying with credits")
    restoring = person.client.restoring
    tray = restoring.bring(files)
    restoring.wait_for_files(tray)
    _finish(person, restoring.check_out(tray, EMAIL, pay_with="credits").order_id)


def _pay(url: str) -> None:
    """As a person does it: the button Pay on the page that takes the money."""
    with httpx.Client(timeout=60, trust_env=False) as page:
        answer = page.post(url, data={"action": "pay"})
    if not (answer.is_redirect or answer.is_success):
        raise DarkroomError(
            f"the payment page answered {answer.status_code}; is it Stripe's own, and not the stand-in?"
        )


def _finish(person: Person, order_id: str) -> None:
    def told(order: Order) -> None:
        say(f"restoring: {order.ended} of {len(order.photos)} photos")

    order = person.client.restoring.wait(order_id, told=told)
    if order.status != "completed":
        raise DarkroomError(f"the order {order_id} ended as {order.status}")
