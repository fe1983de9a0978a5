"""Whoever works on a paid order is killed between any two effects, once at each of them in turn. What it held comes
again, an hour passes, and in the end everything is there exactly once: the order, a job a photo, a mail of each kind,
one ZIP, and money equal to the work done.

The effects are the commits, what is written to storage, what is asked of Stripe and Replicate, what goes to queues,
and mails that leave. One photo of two comes out well and the other never does, so that tries, refunds and both kinds
of mails are on the way.
"""

from collections import deque
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from darkroom import db, outbox, storage
from darkroom.db import Tx
from restorations import replicate_client, stripe_client
from tests.integration.restorations.conftest import EMAIL, PRICE
from tests.integration.restorations.money.conftest import Bought
from tests.integration.restorations.whole.conftest import OLD, Due, Failed, Whole
from tests.reaper import Killed, Reaper

_HOURS = 12
_PARTS = 4  # the kills are shared out among so many tests, so that they can run side by side
_EFFECTS_AT_LEAST = 50


@pytest.fixture
def reaper(whole: Whole, monkeypatch: pytest.MonkeyPatch) -> Reaper:
    found = Reaper()
    monkeypatch.setattr(Tx, "commit", found.after(Tx.commit))
    monkeypatch.setattr(outbox, "_send", found.after(outbox._send))
    for name in ("write", "copy", "begin_parts", "write_part", "finish_parts"):
        monkeypatch.setattr(storage, name, found.after(getattr(storage, name)))
    for name in ("open_page", "refund", "expire_page"):
        monkeypatch.setattr(stripe_client, name, found.after(getattr(stripe_client, name)))
    for name in ("submit", "look", "fetch"):
        method = getattr(replicate_client.Replicate, name)
        monkeypatch.setattr(replicate_client.Replicate, name, found.after(method))
    whole.after_carried = found.point
    return found


class Story:
    """One order, from files to its end, with one kill on the way."""

    def __init__(self, whole: Whole, reaper: Reaper, kill_at: int) -> None:
        self.whole = whole
        self.reaper = reaper
        self.was_killed = False
        self.kill_at = kill_at

    def insist(self, do: Callable[[], Any]) -> Any:
        """Somebody does it, and does it again when nothing comes back."""
        try:
            return do()
        except (Killed, AssertionError):
            if not self.has_struck():
                raise
            self.reborn()
            return do()

    def has_struck(self) -> bool:
        """Mangum makes a 500 of whatever ends a request; a real process would answer nothing."""
        return 0 < self.reaper.at <= self.reaper.passed

    def reborn(self) -> None:
        """The process is gone, and its connection with it. It dies once."""
        self.was_killed, self.reaper.at = True, 0
        db.close()

    def until_quiet(self) -> None:
        due: deque[Due] = deque(self.whole.due())
        for _ in range(1_000):
            if not due:
                return
            one = due.popleft()
            try:
                one.happen()
            except (Killed, AssertionError):
                if not self.has_struck():
                    raise
                self.reborn()
                due.append(one)  # SQS and Stripe deliver it again
            except Failed:
                due.append(one)
                self.insist(self.whole.later)
            due += self.whole.due()
        raise AssertionError(f"it never comes to rest: {[one.name for one in due]}")

    def told(self) -> UUID:
        whole = self.whole
        session = whole.brought(OLD, OLD)
        self.reaper.passed, self.reaper.at = 0, self.kill_at
        order: Bought = self.insist(lambda: whole.ordered(session))
        whole.stripe.pay(order.page)
        for _ in range(_HOURS):
            self.until_quiet()
            if order.row["status"] in {"completed", "failed"} and not whole.unsettled(order.id):
                break
            self.insist(whole.later)
        self.until_quiet()
        return order.id


@pytest.mark.timeout(900)
@pytest.mark.parametrize("part", range(_PARTS))
def test_whenever_it_is_killed_everything_is_there_once_in_the_end(whole: Whole, reaper: Reaper, part: int) -> None:
    whole.admin()
    whole.spoiled = {"IMG_002"}
    kill_at, last = part + 1, 0
    while True:
        whole.forget()
        story = Story(whole, reaper, kill_at)
        order_id = story.told()
        check(whole, order_id, f"killed at effect {kill_at}")
        if not story.was_killed:
            break
        last, kill_at = kill_at, kill_at + _PARTS
    assert last > _EFFECTS_AT_LEAST, "the kills came nowhere"


def check(whole: Whole, order_id: UUID, where: str) -> None:
    assert whole.value("SELECT count(*) FROM orders") == 1, where
    order = whole.row("orders", order_id)
    assert (order["status"], order["payment_status"], order["refunded_cents"]) == (
        "completed",
        "partially_refunded",
        PRICE,
    ), where
    photos = sorted(whole.rows("order_images", order_id), key=lambda row: row["position"])
    assert [photo["status"] for photo in photos] == ["completed", "failed"], where
    jobs = {job["image_id"]: job["status"] for job in whole.rows("restoration_jobs", order_id)}
    assert jobs == {photos[0]["id"]: "completed", photos[1]["id"]: "failed"}, where
    assert [(row["amount_cents"], row["status"]) for row in whole.rows("refunds", order_id)] == [
        (PRICE, "succeeded")
    ], where
    assert len(whole.value("SELECT array_agg(id) FROM customers")) == 1, where
    assert whole.sent(order_id) == {
        "order_paid": 1,
        "order_completed": 1,
        "order_photos_failed": 1,
        "order_refunded": 1,
        "admin_photo_failed": 1,
    }, where
    # A carrier may get a mail a second time when the process dies before it can write that it has gone (ADR 0041).
    assert 5 <= len(whole.carried) <= 6, where
    assert {mail.to for mail in whole.carried if EMAIL in mail.to} == {EMAIL}, where
    assert len(whole.zipped(order_id)) == 1, where
    assert [key for key in whole.bucket.objects if key.endswith("_restored.png")] == [photos[0]["restored_key"]], where
    # Money: what came less what went back is the price of what was done.
    paid, back = whole.till_says()
    assert (paid, back) == (2 * PRICE, PRICE), where
