"""ZIPs are written part by part, and whoever comes next goes on where the last one was."""

import io
import zipfile
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest

from darkroom import db, ids, messages, outbox, storage
from darkroom.db import Tx
from restorations import archive
from restorations.service import archives
from tests.factories import restored
from tests.factories.restored import Restored
from tests.fakes import queues
from tests.fakes.bucket import Bucket
from tests.integration.restorations.inout.conftest import World
from tests.reaper import Failed, Killed, Reaper
from tests.threads import at_once, own_connections

PART = 100
CONTENTS = [bytes([n]) * (90 + 60 * n) for n in range(1, 6)]


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storage, "PART_BYTES", PART)


def begin(world: World, order: Restored) -> UUID:
    with db.transaction() as tx:
        archives.begin(tx, order.order_id, order.image_ids)
    found: UUID = world.value("SELECT id FROM order_archives WHERE status <> 'failed'")
    return found


def row(world: World, archive_id: UUID) -> dict[str, Any]:
    with db.reading() as tx:
        found = tx.one("SELECT * FROM order_archives WHERE id = %s", (archive_id,))
    assert found is not None
    return found


def opened(world: World, archive_id: UUID) -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(world.bucket.objects[row(world, archive_id)["storage_key"]]))


def deliver(archive_id: UUID, context: Any = None, receives: int = 1) -> list[str]:
    message = messages.new(archives.BUILD, {"archive_id": archive_id})
    return queues.failures(archive.handler(queues.event("archives", message, receives=receives), context))


class Clock:
    """Lambda's context: time for so many parts."""

    aws_request_id = "request"

    def __init__(self, parts: int) -> None:
        self.left = parts + 1  # the worker itself asks once before it begins

    def get_remaining_time_in_millis(self) -> int:
        self.left -= 1
        return 60_000 if self.left >= 0 else 20_000


def test_it_holds_the_photos_in_their_order(world: World) -> None:
    order = world.order(CONTENTS, filenames=["a.png", "A.PNG", "ü.webp", "a.jpg", "sea"])
    archive_id = begin(world, order)
    assert world.work("archives") == [archives.BUILD]
    packed = opened(world, archive_id)
    assert packed.testzip() is None
    assert packed.namelist() == [
        "a_restored.jpg",
        "A_restored (2).jpg",
        "ü_restored.jpg",
        "a_restored (3).jpg",
        "sea_restored.jpg",
    ]
    assert [packed.read(name) for name in packed.namelist()] == CONTENTS
    found = row(world, archive_id)
    assert (found["status"], found["leased_until"]) == ("ready", None)
    assert found["size_bytes"] == len(world.bucket.objects[found["storage_key"]])
    assert world.bucket.largest_piece == PART
    assert world.bucket.uploads == {}


def test_without_time_another_message_goes_on(world: World) -> None:
    order = world.order(CONTENTS)
    archive_id = begin(world, order)
    runs = 0
    while waiting := world.sqs.take("archives"):
        before = len(row(world, archive_id)["parts"])
        event = queues.event("archives", *waiting)
        assert queues.failures(archive.handler(event, Clock(parts=3))) == []
        found = row(world, archive_id)
        assert len(found["parts"]) - before <= 3
        runs += 1
    assert runs > 3
    assert found["status"] == "ready"
    interrupted = world.bucket.objects[found["storage_key"]]
    world.execute("DELETE FROM order_archives")
    again = begin(world, order)
    world.work("archives")
    uninterrupted = world.bucket.objects[row(world, again)["storage_key"]]
    assert interrupted == uninterrupted


def test_a_message_that_comes_twice_writes_nothing_more(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    archive_id = begin(world, world.order(CONTENTS))
    world.work("archives")
    monkeypatch.setattr(storage, "begin_parts", None)
    monkeypatch.setattr(storage, "write_part", None)
    assert deliver(archive_id) == []
    assert deliver(ids.new_id()) == []


def test_while_somebody_writes_it_others_leave_it_alone(world: World) -> None:
    archive_id = begin(world, world.order(CONTENTS))
    world.execute("UPDATE order_archives SET leased_until = now() + interval '1 minute'")
    assert deliver(archive_id) == []
    assert row(world, archive_id)["status"] == "pending"


def test_a_passing_failure_goes_on_with_the_next_part(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    archive_id = begin(world, world.order(CONTENTS))
    written: list[int] = []
    write = world.bucket.write_part

    def flaky(key: str, upload_id: str, number: int, content: bytes) -> str:
        written.append(number)
        if len(written) == 4:
            raise ConnectionError("for a test")
        return write(key, upload_id, number, content)

    monkeypatch.setattr(storage, "write_part", flaky)
    assert len(deliver(archive_id)) == 1
    assert deliver(archive_id) == []
    assert written == [1, 2, 3, 4, *range(4, written[-1] + 1)]
    assert opened(world, archive_id).testzip() is None


def test_an_upload_that_storage_has_forgotten_begins_anew(world: World) -> None:
    archive_id = begin(world, world.order(CONTENTS))
    (message,) = world.sqs.take("archives")
    archive.handler(queues.event("archives", message), Clock(parts=2))
    world.bucket.uploads.clear()
    assert len(deliver(archive_id)) == 1
    assert deliver(archive_id) == []
    assert opened(world, archive_id).testzip() is None


def test_other_bytes_than_before_begin_anew(world: World) -> None:
    order = world.order(CONTENTS)
    archive_id = begin(world, order)
    (message,) = world.sqs.take("archives")
    archive.handler(queues.event("archives", message), Clock(parts=2))
    world.execute("UPDATE order_images SET filename = 'another' WHERE id = %s", order.image_ids[0])
    assert deliver(archive_id) == []
    packed = opened(world, archive_id)
    assert packed.testzip() is None
    assert packed.namelist()[0] == "another_restored.jpg"
    assert world.bucket.uploads == {}


@pytest.mark.parametrize("damage", ["gone", "shorter"])
def test_photos_that_are_not_what_they_were_give_it_up(world: World, damage: str) -> None:
    order = world.order(CONTENTS)
    archive_id = begin(world, order)
    key = restored.key(order.order_id, 3)
    if damage == "gone":
        del world.bucket.objects[key]
    else:
        world.bucket.objects[key] = CONTENTS[2][:-1]
    assert [len(deliver(archive_id)) for _ in range(3)] == [1, 1, 1], "it ends among the dead letters"
    assert {queue for queue, seconds in world.sqs.pauses if seconds == 0} == {"archives"}
    assert row(world, archive_id)["status"] == "failed"
    assert world.bucket.uploads
    world.execute("UPDATE order_archives SET created_at = now() - interval '2 hours'")
    assert world.clean_up()["archives"] == 1
    assert world.bucket.uploads == {}


def test_an_order_that_went_back_gives_it_up(world: World) -> None:
    archive_id = begin(world, world.order(CONTENTS))
    world.execute("UPDATE orders SET status = 'refunded'")
    assert deliver(archive_id) == []
    assert row(world, archive_id)["status"] == "failed"


def test_given_up_meanwhile_nothing_more_is_written(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    archive_id = begin(world, world.order(CONTENTS))
    write, written = world.bucket.write_part, []

    def given_up(key: str, upload_id: str, number: int, content: bytes) -> str:
        written.append(number)
        world.execute("UPDATE order_archives SET status = 'failed', error = 'the account was deleted'")
        return write(key, upload_id, number, content)

    monkeypatch.setattr(storage, "write_part", given_up)
    assert deliver(archive_id) == []
    assert written == [1]
    assert row(world, archive_id)["status"] == "failed"


def test_begun_too_often_it_is_given_up(world: World) -> None:
    archive_id = begin(world, world.order(CONTENTS))
    world.execute("UPDATE order_archives SET attempts = 20")
    assert len(deliver(archive_id)) == 1
    assert row(world, archive_id)["status"] == "failed"


class TestTheWatch:
    def test_takes_up_what_nobody_has_begun(self, world: World) -> None:
        archive_id = begin(world, world.order(CONTENTS))
        world.sqs.take("archives")  # the message is lost
        assert world.watch()["archives"] == 0
        world.execute("UPDATE order_archives SET created_at = created_at - interval '6 minutes'")
        assert world.watch()["archives"] == 1
        assert world.watch()["archives"] == 0
        world.work("archives")
        assert row(world, archive_id)["status"] == "ready"
        assert world.watch()["archives"] == 0

    def test_takes_up_what_was_left_half_done(self, world: World) -> None:
        archive_id = begin(world, world.order(CONTENTS))
        (message,) = world.sqs.take("archives")
        archive.handler(queues.event("archives", message), Clock(parts=2))
        world.sqs.take("archives")  # killed before it could hand over
        self.leave(world, seconds=20, attempts=0)
        assert world.watch()["archives"] == 1
        world.work("archives")
        assert opened(world, archive_id).testzip() is None

    def leave(self, world: World, seconds: int, attempts: int) -> None:
        world.execute(
            "UPDATE order_archives SET status = 'building', attempts = %s,"
            " leased_until = clock_timestamp() - make_interval(secs => %s)",
            *(attempts, seconds),
        )

    def test_waits_longer_each_time_that_it_was_in_vain(self, world: World) -> None:
        begin(world, world.order(CONTENTS))
        self.leave(world, seconds=200, attempts=4)
        assert world.watch()["archives"] == 0
        self.leave(world, seconds=250, attempts=4)
        assert world.watch()["archives"] == 1

    def test_leaves_alone_what_somebody_writes(self, world: World) -> None:
        begin(world, world.order(CONTENTS))
        self.leave(world, seconds=-30, attempts=0)
        assert world.watch()["archives"] == 0


@pytest.fixture(params=[Killed])
def reaper(request: pytest.FixtureRequest, committed_world: World, monkeypatch: pytest.MonkeyPatch) -> Reaper:
    found = Reaper(request.param)
    bucket = committed_world.bucket
    monkeypatch.setattr(Tx, "commit", found.around(Tx.commit))
    for name in ("begin_parts", "write_part", "finish_parts", "abandon_parts"):
        monkeypatch.setattr(storage, name, found.around(getattr(Bucket, name).__get__(bucket)))
    monkeypatch.setattr("darkroom.outbox._send", found.around(outbox._send))
    return found


def relay() -> None:
    with db.transaction() as tx:
        tx.execute("UPDATE outbox SET leased_until = '-infinity'")
    outbox.relay()


def test_killed_between_any_two_effects_it_goes_on(committed_world: World, reaper: Reaper) -> None:
    world = committed_world
    contents = [b"a" * 80, b"b" * 150]
    order = world.order(contents)
    archives_seen: list[bytes] = []
    kill_at = 0
    while True:
        kill_at += 1
        world.execute("DELETE FROM order_archives")
        world.bucket.uploads.clear()
        archive_id = begin(world, order)
        world.sqs.take("archives")
        reaper.passed, reaper.at = 0, kill_at
        try:
            deliver(archive_id, Clock(parts=2))
        except Killed:
            was_killed = True
            db.close()
        else:
            was_killed = False
        reaper.at = 0
        world.execute("UPDATE order_archives SET leased_until = NULL")  # the lease ends
        relay()
        deliver(archive_id)
        world.work("archives")
        where = f"killed at effect {kill_at}"
        found = row(world, archive_id)
        assert found["status"] == "ready", where
        archives_seen.append(world.bucket.objects[found["storage_key"]])
        assert len(world.bucket.uploads) <= 1, where  # begun and never written down: storage clears it in a day
        if not was_killed:
            break
    assert kill_at > 12, "the kill came nowhere"
    assert len(set(archives_seen)) == 1
    packed = zipfile.ZipFile(io.BytesIO(archives_seen[0]))
    assert [packed.read(name) for name in packed.namelist()] == contents


@pytest.mark.parametrize("reaper", [Failed], indirect=True)
def test_failed_at_any_effect_the_very_next_delivery_goes_on(committed_world: World, reaper: Reaper) -> None:
    """It comes after seconds, long before a lease of the first one would end, and must not be taken for done."""
    world = committed_world
    order = world.order([b"a" * 80, b"b" * 150])
    fails_at = 0
    while True:
        fails_at += 1
        world.execute("DELETE FROM order_archives")
        archive_id = begin(world, order)
        world.sqs.take("archives")
        reaper.passed, reaper.at = 0, fails_at
        has_failed = deliver(archive_id) != []
        reaper.at = 0
        where = f"failed at effect {fails_at}"
        if has_failed:
            assert deliver(archive_id, receives=2) == [], where
        assert row(world, archive_id)["status"] == "ready", where
        if not has_failed:
            break
    assert fails_at > 12, "it failed nowhere"


def test_two_that_write_at_once_write_the_same(committed_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The lease of one has ended while it was slow."""
    world = committed_world
    archive_id = begin(world, world.order(CONTENTS))
    (message,) = world.sqs.take("archives")
    archive.handler(queues.event("archives", message), Clock(parts=1))
    world.sqs.take("archives")
    monkeypatch.setattr(archives, "_LEASE_SECONDS", -1)

    def run() -> list[str]:
        with db.transaction() as tx:
            archives.build(tx, archive_id, lambda: True)
        return []

    with own_connections(monkeypatch):
        try:
            at_once([run, run, run])
        except storage.UploadGone:
            pass  # another one had finished it a moment before
    found = row(world, archive_id)
    if found["status"] != "ready":
        world.execute("UPDATE order_archives SET leased_until = NULL")
        assert deliver(archive_id) == []
    packed = opened(world, archive_id)
    assert packed.testzip() is None
    assert [packed.read(name) for name in packed.namelist()] == CONTENTS


def test_no_transaction_is_open_while_bytes_move(committed_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world, seen = committed_world, set()

    def watched(effect: Any) -> Any:
        def call(*args: Any) -> Any:
            seen.add(db.connection().info.transaction_status.name)
            return effect(*args)

        return call

    for name in ("begin_parts", "write_part", "finish_parts", "stream"):
        monkeypatch.setattr(storage, name, watched(getattr(world.bucket, name)))
    archive_id = begin(world, world.order(CONTENTS))
    assert deliver(archive_id) == []
    assert row(world, archive_id)["status"] == "ready"
    assert seen == {"IDLE"}


def test_what_is_left_of_the_time_is_asked_of_lambda() -> None:
    from darkroom import worker

    asked: list[float] = []
    handler = worker.sqs_worker(guarded={archives.BUILD: lambda tx, message: asked.append(worker.seconds_left())})
    message = messages.new(archives.BUILD, {"archive_id": ids.new_id()})
    context = SimpleNamespace(get_remaining_time_in_millis=lambda: 45_000, aws_request_id="r")
    handler(queues.event("archives", message), context)
    handler(queues.event("archives", message), None)
    assert asked == [45.0, float("inf")]


def test_many_photos_are_one_choice_too(world: World) -> None:
    order = world.order([bytes([n % 256]) for n in range(500)])
    archive_id = begin(world, order)
    assert begin(world, order) == archive_id
    assert deliver(archive_id) == []
    assert len(opened(world, archive_id).namelist()) == 500
