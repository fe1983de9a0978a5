"""Photos completed by several at once, or while something else happens, and what becomes of them afterwards."""

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from psycopg.pq import TransactionStatus

from captures import completing
from captures.service import arrivals, captures
from darkroom import db, events, pictures, qstash_client, storage
from darkroom.errors import NotFound
from galleries import curate, tidy
from galleries.service import curations
from tests.fakes import queues
from tests.integration.captures.bringing import (
    TAKEN,
    bring,
    brought,
    captured,
    erased,
    images,
    photo,
    place,
    published,
    requested,
    said,
)
from tests.integration.captures.conftest import Agent, World
from tests.threads import at_once, own_connections, requests_at_once


def test_completed_at_once_by_several_is_one_image(committed_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world = committed_world
    agent = world.camera()
    bring(world, agent, requested(world, agent), photo(9))  # every handler has answered before
    capture_id, where = brought(world, agent)
    answers = requests_at_once([lambda: agent.complete(capture_id, said(where, photo()))] * 4, monkeypatch)
    assert [answer.status for answer in answers] == [200] * 4
    assert len({answer.body for answer in answers}) == 1
    assert len(images(world)) == 2
    assert published(world) == [events.PHOTO_CAPTURED] * 2
    assert len(world.pushed(kind="capture.completed")) == 2
    assert erased(world) == set()


def _meanwhile(monkeypatch: pytest.MonkeyPatch, act: Any) -> None:
    """Something happens while a photo is looked at."""
    store = completing._store_pictures

    def stored(*args: Any) -> None:
        store(*args)
        act()

    monkeypatch.setattr(completing, "_store_pictures", stored)


def test_a_device_that_is_deleted_meanwhile_gets_no_image(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    agent = world.camera()
    capture_id, where = brought(world, agent)
    _meanwhile(monkeypatch, lambda: world.execute("UPDATE devices SET deleted_at = now() WHERE id = %s", agent.id))
    assert agent.complete(capture_id, said(where, photo())).status == 404
    assert captured(world, capture_id)["status"] == "failed"
    _nothing_is_left(world, where)


def test_an_account_that_is_deleted_meanwhile_gets_no_image(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    agent = world.camera()
    capture_id, where = brought(world, agent)
    _meanwhile(
        monkeypatch, lambda: world.execute("UPDATE users SET deleted_at = now() WHERE id = %s", world.person.user_id)
    )
    assert agent.complete(capture_id, said(where, photo())).status == 404
    _nothing_is_left(world, where)


def test_what_is_stored_after_an_account_was_erased_goes_too(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    agent = world.camera()
    capture_id, where = brought(world, agent)

    def leave() -> None:
        world.execute("UPDATE users SET deleted_at = now() WHERE id = %s", world.person.user_id)
        world.execute("DELETE FROM storage_erasures")  # the erasing worker has been here already

    _meanwhile(monkeypatch, leave)
    assert agent.complete(capture_id, said(where, photo())).status == 404
    _nothing_is_left(world, where)


def test_no_transaction_is_open_while_bytes_are_read(committed_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world = committed_world
    agent = world.camera()
    capture_id, where = brought(world, agent)
    states = []

    def watched(effect: Callable[..., Any]) -> Callable[..., Any]:
        def act(*args: Any, **options: Any) -> Any:
            states.append(db.connection().info.transaction_status)
            return effect(*args, **options)

        return act

    monkeypatch.setattr(storage, "download", watched(storage.download))
    monkeypatch.setattr(storage, "write", watched(storage.write))
    assert agent.complete(capture_id, said(where, photo())).status == 200
    assert states == [TransactionStatus.IDLE] * 3


def test_a_capture_that_is_given_up_meanwhile_gets_no_image(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    agent = world.camera()
    capture_id, where = brought(world, agent)

    def fail() -> None:
        with db.transaction() as tx:
            arrivals.fail(tx, agent.id, capture_id, "changed my mind")

    _meanwhile(monkeypatch, fail)
    assert agent.complete(capture_id, said(where, photo())).status == 409
    assert captured(world, capture_id)["status"] == "failed"
    _nothing_is_left(world, where)


def _nothing_is_left(world: World, where: dict[str, Any]) -> None:
    assert images(world) == []
    assert published(world) == []
    image_id = UUID(where["storage_key"].rpartition("/")[2].partition(".")[0])
    assert {where["storage_key"], *pictures.keys(image_id)} <= erased(world)
    assert set(world.bucket.objects) <= erased(world)


def test_leaving_lists_what_is_on_its_way(world: World) -> None:
    """Also the pictures that whoever was killed may have made of it."""
    agent = world.camera()
    _, where = brought(world, agent)
    world.execute("UPDATE users SET deleted_at = now() WHERE id = %s", world.person.user_id)
    image_id = UUID(where["storage_key"].rpartition("/")[2].partition(".")[0])
    assert erased(world) == {where["storage_key"], *pictures.keys(image_id)}


def test_somebody_leaves_while_photos_are_asked_for(committed_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither the leaving nor the asking fails, and nothing is left."""
    world = committed_world
    agents = [world.camera() for _ in range(3)]

    def leave() -> None:
        world.execute("UPDATE users SET deleted_at = now() WHERE id = %s", world.person.user_id)

    def ask(agent: Agent) -> None:
        with suppress(NotFound), db.transaction() as tx:
            captures.request(tx, world.person.user_id, agent.id, when_online=False)

    asking: list[Callable[[], Any]] = [partial(ask, agent) for agent in agents]
    with own_connections(monkeypatch):
        at_once([*asking, leave, *asking])
    assert world.value("SELECT count(*) FROM captures") == 0
    assert world.value("SELECT count(*) FROM devices") == 0


# --- what galleries make of it ---------------------------------------------------------------------------------------


def test_a_photo_that_is_purged_leaves_its_capture(world: World) -> None:
    agent = world.camera()
    shown = bring(world, agent, requested(world, agent), photo())
    world.execute("UPDATE images SET trashed_at = now() - interval '31 days' WHERE id = %s", shown["image"]["id"])
    assert tidy.handler({}, None)["purged"] == 1
    capture = captured(world, shown["id"])
    assert (capture["status"], capture["image"]) == ("completed", None)
    row = world.row("captures", shown["id"])
    assert row["image_id"] is None
    assert row["phash"] is not None, "nobody is paid twice for the same view"
    world.execute("UPDATE storage_erasures SET created_at = now() - interval '2 hours'")
    assert tidy.handler({}, None)["erased"] == 3
    assert world.bucket.objects == {}
    again = agent.complete(shown["id"], said({"storage_key": row["storage_key"]}, photo()))
    assert (again.status, again.json()["image"]) == (200, None)


def test_a_cameras_photos_go_into_albums_like_others(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """They come without a look, which only galleries take of photos, and are grouped all the same."""
    monkeypatch.setattr(qstash_client, "publish", lambda *_, **__: None)
    agent, keys = world.camera(), []
    for number in range(3):
        capture_id, where = brought(world, agent, photo(number))
        assert agent.complete(capture_id, said(where, photo(number), taken_at=TAKEN)).status == 200
        keys.append(where["storage_key"])
    with db.transaction() as tx:
        job = curations.start(tx, world.person.user_id, curations.Wish(keys))
    with db.transaction() as tx:
        curations.accept(tx, job.id)
    while messages := world.sqs.take("curations"):
        for message in messages:
            assert queues.failures(curate.handler(queues.event("curations", message), None)) == []
    done = world.job(str(job.id))
    assert (done["status"], done["result"]["albums_created"], done["result"]["skipped"]) == ("completed", 1, [])
    assert world.value("SELECT count(*) FROM album_images") == 3


def test_a_place_for_what_is_complete_is_a_conflict(world: World) -> None:
    agent = world.camera()
    shown = bring(world, agent, requested(world, agent), photo())
    answer = place(agent, UUID(shown["id"]), photo())
    assert answer.status == 409


def test_announcements_know_no_names_of_files(world: World) -> None:
    agent = world.camera()
    assert place(agent, requested(world, agent), photo(), filename="../../x").status == 400
