"""Each hour: sessions, links and ZIPs that are over, and what tries have left."""

from typing import Any
from uuid import UUID

import pytest

from darkroom import db, ids, storage
from darkroom.db import Tx
from restorations import cleanup
from restorations.service import uploads
from restorations.sweeping import SweepsFailed
from tests.factories import restored
from tests.factories.restored import Restored
from tests.fakes.bucket import Bucket
from tests.integration.restorations.inout.conftest import PHOTO, Session, World
from tests.reaper import Killed, Reaper


def end(world: World, session: Session, minutes: int = 60) -> None:
    world.execute(
        "UPDATE upload_sessions SET expires_at = now() - make_interval(mins => %s) WHERE id = %s", minutes, session.id
    )


def ordered(world: World, session: Session, status: str, photo: str = "pending") -> Restored:
    """An order of a session, whose one photo stands so."""
    with db.transaction() as tx:
        made = restored.order(tx, [b"x"], status=status, session_id=UUID(session.id))
        tx.execute("ALTER TABLE order_images DISABLE TRIGGER order_images_status_order")
        tx.execute("UPDATE order_images SET status = %s WHERE order_id = %s", (photo, made.order_id))
        tx.execute("ALTER TABLE order_images ENABLE TRIGGER order_images_status_order")
    return made


class TestSessions:
    def test_that_are_over_go_with_everything_of_them(self, world: World) -> None:
        over, living = world.open(PHOTO, PHOTO).arrive(), world.open(PHOTO).arrive()
        end(world, over)
        assert len(world.bucket.objects) == 6
        assert world.clean_up()["sessions"] == 1
        assert {key.split("/")[-2] for key in world.bucket.objects} == {living.id}
        assert over.get().status == 410
        assert living.get().status == 200
        assert world.clean_up()["sessions"] == 0

    def test_of_a_moment_ago_wait_for_uploads_that_are_under_way(self, world: World) -> None:
        session = world.open(PHOTO).arrive()
        end(world, session, minutes=10)
        assert world.clean_up()["sessions"] == 0

    @pytest.mark.parametrize(
        ("status", "photo", "goes"),
        [
            ("pending_payment", "pending", 0),
            ("processing", "pending", 0),
            ("processing", "uploaded", 1),
            ("completed", "completed", 1),
            ("failed", "pending", 1),
            ("refunded", "pending", 1),
        ],
    )
    def test_keep_the_photos_of_orders_that_need_them(self, world: World, status: str, photo: str, goes: int) -> None:
        session = world.open(PHOTO).arrive()
        order = ordered(world, session, status, photo)
        end(world, session)
        with db.transaction() as tx:
            assert uploads.forget_over(tx, 10) == goes
        assert bool(world.bucket.objects) is not bool(goes)
        assert world.value("SELECT session_id IS NULL FROM orders WHERE id = %s", order.order_id) is bool(goes)

    def test_with_an_order_that_nobody_paid_in_time_go_with_it(self, world: World) -> None:
        session = world.open(PHOTO).arrive()
        order = ordered(world, session, "pending_payment", "pending")
        end(world, session)
        done = world.clean_up()
        assert (done["unpaid"], done["sessions"]) == (1, 1)
        assert world.value("SELECT status FROM orders WHERE id = %s", order.order_id) == "failed"

    def test_whose_files_were_all_left_out_go_too(self, world: World) -> None:
        session = world.open(PHOTO)
        world.execute("DELETE FROM upload_files WHERE session_id = %s", session.id)
        end(world, session)
        assert world.clean_up()["sessions"] == 1
        assert world.value("SELECT count(*) FROM upload_sessions") == 0


def test_links_past_their_end_go(world: World) -> None:
    order = world.order()
    for _ in range(3):
        world.token(order, order.image_ids[:1])
    world.execute(
        "UPDATE download_links SET expires_at = now() - interval '1 second'"
        " WHERE id <> (SELECT id FROM download_links ORDER BY id DESC LIMIT 1)"
    )
    assert world.clean_up()["links"] == 2
    assert world.value("SELECT count(*) FROM download_links") == 1


def test_zips_of_a_week_ago_go(world: World) -> None:
    order = world.order()
    world.token(order)
    world.token(order, order.image_ids[:2])
    world.work("archives")
    world.execute("UPDATE order_archives SET ready_at = ready_at - interval '7 days' WHERE cardinality(image_ids) = 2")
    assert world.clean_up()["archives"] == 1
    assert world.value("SELECT cardinality(image_ids) FROM order_archives") == 3
    assert len([key for key in world.bucket.objects if key.startswith("downloads/")]) == 1


def test_what_tries_have_left_goes_once_their_photo_is_done_with(world: World) -> None:
    order = world.order([b"x", b"y"])
    for image_id, status, tries in zip(order.image_ids, ("completed", "processing"), (3, 2), strict=True):
        world.execute(
            """INSERT INTO restoration_jobs (id, order_id, image_id, status, try_number, fidelity, completed_at)
               VALUES (%s, %s, %s, %s, %s, 0.7, now() - interval '2 hours')""",
            *(ids.new_id(), order.order_id, image_id, status, tries),
        )
    folder = f"uploads/restored/{order.order_id}"
    for name in ("IMG_001_try1", "IMG_001_try3", "IMG_002_try1"):
        world.bucket.objects[f"{folder}/{name}"] = b"result"
    assert world.clean_up()["results"] == 1
    assert sorted(key.rpartition("/")[2] for key in world.bucket.objects) == [
        "IMG_001_restored.jpg",
        "IMG_002_restored.jpg",
        "IMG_002_try1",
    ]
    assert world.clean_up()["results"] == 0


def test_one_sweep_that_fails_does_not_keep_the_others(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(tx: Tx, limit: int) -> int:
        raise ConnectionError("for a test")

    end(world, world.open(PHOTO).arrive())
    monkeypatch.setattr(cleanup, "SWEEPS", {"broken": broken, **cleanup.SWEEPS})
    with pytest.raises(SweepsFailed, match="broken"):
        world.clean_up()
    assert world.bucket.objects == {}


def test_it_stops_when_its_time_is_over(world: World) -> None:
    class Context:
        aws_request_id = "request"

        def get_remaining_time_in_millis(self) -> int:
            return 10_000

    end(world, world.open(PHOTO).arrive())
    assert set(cleanup.handler({}, Context()).values()) == {0}
    assert world.bucket.objects


def test_killed_anywhere_it_does_the_rest_next_time(committed_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world, reaper = committed_world, Reaper()
    monkeypatch.setattr(Tx, "commit", reaper.around(Tx.commit))
    monkeypatch.setattr(storage, "delete_many", reaper.around(Bucket.delete_many.__get__(world.bucket)))
    kill_at, was_killed = 0, True
    while was_killed:
        kill_at += 1
        session = world.open(PHOTO).arrive()
        end(world, session)
        was_killed = _killed(world, reaper, kill_at)
        world.clean_up()
        assert world.bucket.objects == {}, f"killed at effect {kill_at}"
        assert world.value("SELECT count(*) FROM upload_sessions") == 0, f"killed at effect {kill_at}"
    assert kill_at > 6


def _killed(world: World, reaper: Reaper, kill_at: int) -> bool:
    reaper.passed, reaper.at = 0, kill_at
    try:
        world.clean_up()
    except Killed:
        db.close()
        return True
    finally:
        reaper.at = 0
    return False


def test_batches_are_gone_through_until_none_is_left(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cleanup, "_BATCH", 2)
    calls: list[Any] = []
    forget = uploads.forget_over
    monkeypatch.setattr(
        cleanup,
        "SWEEPS",
        {"sessions": lambda tx, limit: calls.append(limit) or forget(tx, limit)},  # type: ignore[func-returns-value]
    )
    for _ in range(5):
        end(world, world.open(PHOTO).arrive())
    assert world.clean_up() == {"sessions": 5}
    assert calls == [2, 2, 2]
