"""A worker is killed between any two of its effects; what it held is delivered again, and in the end all is there once.

The effects are the commits and the writes to storage. The kill comes before and after each of them in turn, as a
BaseException: nothing catches it, as nothing catches SIGKILL. The connection is lost with the process.
"""

import pytest

from darkroom import db, outbox
from darkroom.db import Tx
from galleries import curate
from tests.fakes import queues
from tests.fakes.bucket import Bucket
from tests.integration.galleries.conftest import World, picture
from tests.reaper import Killed, Reaper


@pytest.fixture
def reaper(committed_world: World, monkeypatch: pytest.MonkeyPatch) -> Reaper:
    found = Reaper()
    monkeypatch.setattr(Tx, "commit", found.around(Tx.commit))
    monkeypatch.setattr("darkroom.storage.write", found.around(Bucket.write.__get__(committed_world.bucket)))
    monkeypatch.setattr("darkroom.outbox._send", found.around(outbox._send))
    return found


def _relay() -> None:
    """The relay, a minute later."""
    with db.transaction() as tx:
        tx.execute("UPDATE outbox SET leased_until = '-infinity'")
    outbox.relay()


def _work_through(world: World, reaper: Reaper, kill_at: int) -> bool:
    """Everything until the queue is empty, killed once on the way; whether the kill came."""
    reaper.passed, reaper.at = 0, kill_at
    was_killed = False
    waiting = world.sqs.take("curations")
    while waiting:
        message = waiting.pop(0)
        try:
            failed = queues.failures(curate.handler(queues.event("curations", message), None))
        except Killed:
            was_killed, reaper.at = True, 0
            db.close()
            _relay()
            waiting.append(message)  # SQS delivers it again
        else:
            waiting += [message] if failed else []
        waiting += world.sqs.take("curations")
    return was_killed


def test_whenever_the_worker_is_killed_everything_is_there_once_in_the_end(
    committed_world: World, reaper: Reaper
) -> None:
    kill_at = 0
    while True:
        kill_at += 1
        other = committed_world.other()
        job_id = other.process(other.bring(picture(1), picture(2, day=20), b"no photo", picture(1)))
        other.deliver_all()
        if not _work_through(other, reaper, kill_at):
            break
        where = f"killed at effect {kill_at}"
        job = other.status(job_id)
        assert job["status"] == "completed", where
        assert job["progress"]["done"] == job["progress"]["total"] == 5, where
        assert len(job["result"]["skipped"]) == len(job["result"]["duplicates"]) == 1, where
        assert [album["image_count"] for album in other.albums()] == [1, 1], where
        assert job["albums_created"] == 2, where
        assert len(other.images()) == 2, where
    assert kill_at > 40, "the kill came nowhere"


def test_an_undo_that_is_killed_is_done_in_the_end_and_once(committed_world: World, reaper: Reaper) -> None:
    kill_at = 0
    while True:
        kill_at += 1
        other = committed_world.other()
        job = other.curate(picture(1), picture(2, day=20))
        undo_id = other.post(f"/jobs/{job['job_id']}/undo").json()["job_id"]
        if not _work_through(other, reaper, kill_at):
            break
        assert other.status(undo_id)["result"] == {"albums_removed": 2, "albums_kept": 0}
        assert other.albums() == []
        assert len(other.images()) == 2
    assert kill_at > 2
