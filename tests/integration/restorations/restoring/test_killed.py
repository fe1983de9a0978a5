"""Whoever works on an order is killed between any two effects; messages come again, a sweep comes by, and in the end
each photo was restored or given back once, and everybody was told once.

The effects are the commits, what is written to storage and copied in it, what the provider is asked, and what is sent
to queues. The kill comes before and after each of them in turn, as a BaseException: nothing catches it. The connection
is lost with the process.
"""

from collections.abc import Callable
from contextlib import suppress
from typing import Any
from uuid import UUID

import pytest

from darkroom import db, ids, outbox, storage
from darkroom.db import Tx
from restorations import replicate_client
from restorations.queries.orders import Order
from restorations.queries.photos import Photo
from restorations.service import refunds
from tests.factories import photos as factory
from tests.fakes import queues
from tests.integration.restorations.conftest import WORKERS
from tests.integration.restorations.restoring.conftest import Paid, Restoring, old_photo
from tests.reaper import Failed, Killed, Reaper

QUEUES = ("orders", "judgements", "restorations")


@pytest.fixture(params=[Killed])
def reaper(request: pytest.FixtureRequest, committed_restoring: Restoring, monkeypatch: pytest.MonkeyPatch) -> Reaper:
    found = Reaper(request.param)
    if found.how is Killed:
        monkeypatch.setattr(Tx, "commit", found.around(Tx.commit))
    else:
        monkeypatch.setattr(db, "_commit", _failing(found))
    monkeypatch.setattr("darkroom.outbox._send", found.around(outbox._send))
    for name in ("write", "copy"):
        monkeypatch.setattr(storage, name, found.around(getattr(committed_restoring.bucket, name)))
    for name in ("submit", "look", "fetch"):
        effect = found.around(getattr(replicate_client.Replicate, name))
        monkeypatch.setattr(replicate_client.Replicate, name, effect)
    monkeypatch.setattr(refunds, "give_back_photo", _give_back)
    monkeypatch.setattr(refunds, "settle_credits", lambda *_: None)
    return found


def _give_back(tx: Tx, order: Order, photo: Photo, reason: str) -> None:
    """A second time would be refused by the table."""
    tx.execute(
        "INSERT INTO refunds (id, order_id, key, amount_cents, reason) VALUES (%s, %s, %s, %s, %s)",
        (ids.new_id(), order.id, f"photo:{photo.id}", order.price_cents, reason),
    )


def _failing(reaper: Reaper) -> Callable[[Any], None]:
    """A COMMIT that fails: the database took it back, or has it and could not say so."""
    commit = db._commit

    def watched(opened: Any) -> None:
        try:
            reaper.point()
        except Failed:
            db._undo(opened)
            raise
        commit(opened)
        reaper.point()

    return watched


def _relay() -> None:
    """The relay, a minute later."""
    with db.transaction() as tx:
        tx.execute("UPDATE outbox SET leased_until = '-infinity'")
    outbox.relay()


def _work(restoring: Restoring, queue: str) -> bool:
    """What waits on a queue is worked on; who is killed leaves the message to come again."""
    restoring.time.advance(2)
    taken = restoring.sqs.take(queue)
    for number, message in enumerate(taken):
        try:
            WORKERS[queue](queues.event(queue, message), None)
        except Killed:
            db.close()
            restoring.sqs.sent.setdefault(queue, []).extend(taken[number:])
            _relay()
            break
    return bool(taken)


def _to_the_end(restoring: Restoring, order: Paid) -> None:
    for _ in range(100):
        if not any(_work(restoring, queue) for queue in QUEUES):
            if restoring.status(order) != "processing":
                return
            restoring.time.advance(1_300)
            try:
                restoring.sweep()
            except Killed:
                db.close()
                _relay()
    raise AssertionError("it never ends")


def _nothing_is_left(restoring: Restoring) -> None:
    for queue in (*QUEUES, "archives", "payments", "mail", "push"):
        restoring.sqs.take(queue)


def _count(restoring: Restoring, table: str, order_id: UUID) -> int:
    return int(restoring.value(f"SELECT count(*) FROM {table} WHERE order_id = %s", order_id))


@pytest.mark.timeout(400)
@pytest.mark.parametrize("bad", ["gone", "nsfw"])
def test_an_order_ends_once_whoever_is_killed(committed_restoring: Restoring, reaper: Reaper, bad: str) -> None:
    restoring = committed_restoring
    restoring.replicate.ends = [bad if bad == "nsfw" else "succeeded"]
    person = restoring.person()
    kill_at = 0
    while True:
        kill_at += 1
        order = _brought(restoring, person.user_id, bad)
        asked = len(restoring.replicate.predictions)
        reaper.passed, reaper.at = 0, kill_at
        _to_the_end(restoring, order)
        was_killed = reaper.passed >= kill_at
        reaper.at = 0
        _relay()
        where = f"killed at effect {kill_at}"
        _check(restoring, order, where, bad)
        assert len(restoring.replicate.predictions) - asked <= 2, where
        _nothing_is_left(restoring)
        if not was_killed:
            break
    assert kill_at > 20  # so many points there are at least


def _by_the_queue_alone(restoring: Restoring, order: Paid) -> None:
    """What failed comes again after seconds. What could not be sent is the relay's; no sweep comes by."""
    for _ in range(60):
        for queue in QUEUES:
            restoring.time.advance(2)
            for message in restoring.sqs.take(queue):
                if queues.failures(WORKERS[queue](queues.event(queue, message), None)):
                    restoring.sqs.sent.setdefault(queue, []).append(message)
        with suppress(db.CommitFailed):
            _relay()
        if restoring.status(order) != "processing":
            return
    raise AssertionError("a retry was taken for done")


@pytest.mark.timeout(400)
@pytest.mark.parametrize("reaper", [Failed], indirect=True)
def test_the_queue_alone_ends_an_order_wherever_something_fails(committed_restoring: Restoring, reaper: Reaper) -> None:
    restoring = committed_restoring
    person = restoring.person()
    fails_at = 0
    while True:
        fails_at += 1
        order = _brought(restoring, person.user_id, "gone")
        reaper.passed, reaper.at = 0, fails_at
        _by_the_queue_alone(restoring, order)
        has_failed = reaper.passed >= fails_at
        reaper.at = 0
        _check(restoring, order, f"failed at effect {fails_at}", "gone")
        _nothing_is_left(restoring)
        if not has_failed:
            break
    assert fails_at > 20  # so many points there are at least


def _brought(restoring: Restoring, owner: UUID, bad: str) -> Paid:
    """A photo that the model refuses, or a good one beside one that is gone."""
    content = factory.encoded(old_photo(128, 96), "JPEG", quality=92)
    order = restoring.paid(1 if bad == "nsfw" else 2, owner=owner, content=content)
    if bad == "gone":
        del restoring.bucket.objects[restoring.photos(order)[1]["temp_key"]]
    return order


def _check(restoring: Restoring, order: Paid, where: str, bad: str) -> None:
    photos = restoring.photos(order)
    assert photos[-1]["status"] == "failed", where
    assert _count(restoring, "refunds", order.id) == 1, where
    if bad == "nsfw":
        assert restoring.status(order) == "failed", where
        assert _mails(restoring, order) == ["order_photos_failed"], where
        return
    good = photos[0]
    assert (good["status"], restoring.status(order)) == ("completed", "completed"), where
    assert _mails(restoring, order) == ["order_completed", "order_photos_failed"], where
    assert restoring.value("SELECT count(*) FROM images WHERE id = %s", good["image_id"]) == 1, where
    assert sorted(each["status"] for each in restoring.rows("restoration_jobs", order.id)) == ["completed", "failed"]
    assert restoring.bucket.objects[good["restored_key"]], where


def _mails(restoring: Restoring, order: Paid) -> list[str]:
    with db.reading() as tx:
        rows: list[dict[str, Any]] = tx.all(
            "SELECT template FROM emails WHERE dedupe_key LIKE '%%' || %s ORDER BY template", (str(order.id),)
        )
    return [row["template"] for row in rows]
