"""A photo that was brought becomes an image, once, and only if it is what was announced."""

import hashlib
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

import pytest

from captures import completing
from captures.service import arrivals, captures
from darkroom import clock, db, events, pictures, qstash_client
from darkroom.errors import NotFound
from galleries import curate, tidy
from galleries.service import curations
from tests.conftest import FrozenTime
from tests.factories.photos import png_bomb
from tests.fakes import queues
from tests.integration.captures.bringing import (
    TAKEN,
    bring,
    captured,
    erased,
    photo,
    place,
    placed,
    report,
    requested,
    said,
    told,
)
from tests.integration.captures.conftest import Agent, World, requests_at_once
from tests.threads import at_once, own_connections


def _brought(world: World, agent: Agent, picture: bytes | None = None) -> tuple[UUID, dict[str, Any]]:
    """A capture whose photo is in storage; its place."""
    picture = photo() if picture is None else picture
    capture_id = requested(world, agent)
    where = placed(agent, capture_id, picture)
    world.bucket.objects[where["storage_key"]] = picture
    return capture_id, where


def _images(world: World) -> list[dict[str, Any]]:
    with db.reading() as tx:
        return tx.all("SELECT * FROM images WHERE user_id = %s ORDER BY id", (world.person.user_id,))


def _published(world: World) -> list[str]:
    return [event["DetailType"] for event in world.sqs.events]


def test_a_photo_becomes_an_image_and_everybody_is_told(world: World) -> None:
    agent = world.camera("Küche/1")
    capture_id, where = _brought(world, agent)
    answer = agent.complete(capture_id, said(where, photo()))
    assert answer.status == 200, answer.text
    shown = answer.json()
    assert shown["status"] == "completed"
    assert (shown["image"]["width"], shown["image"]["height"]) == (320, 240), "what was announced is not believed"
    assert shown["taken_at"] == clock.rfc3339(TAKEN)
    [image] = _images(world)
    assert str(image["id"]) == shown["image"]["id"]
    assert image["id"] == UUID(where["storage_key"].rpartition("/")[2].partition(".")[0])
    assert (image["source"], image["original_filename"]) == ("capture", "Küche_1 2026-03-01 09.00.00.jpg")
    assert (image["sha256"], image["file_size_bytes"]) == (hashlib.sha256(photo()).digest(), len(photo()))
    assert image["derived_at"] is not None
    assert set(pictures.keys(image["id"])) <= set(world.bucket.objects)
    row = world.row("captures", capture_id)
    assert (row["image_id"], row["phash"], row["thumbhash"]) == (image["id"], image["phash"], image["thumbhash"])
    assert told(world, capture_id) == ["requested", "uploading", "completed"]
    assert world.pushed(kind="capture.completed")[0][1]["image"]["id"] == shown["image"]["id"]
    assert _published(world) == [events.PHOTO_CAPTURED]
    assert captured(world, capture_id)["earned_cents"] is None


def test_completing_again_changes_nothing(world: World) -> None:
    agent = world.camera()
    capture_id, where = _brought(world, agent)
    first = agent.complete(capture_id, said(where, photo())).json()
    again = agent.complete(capture_id, said(where, photo()))
    other = agent.complete(capture_id, said({"storage_key": "elsewhere"}, photo(2)))
    assert (again.status, again.json()) == (other.status, other.json()) == (200, first)
    assert _published(world) == [events.PHOTO_CAPTURED]
    assert len(_images(world)) == 1


def test_what_the_photo_says_of_itself_is_kept(world: World) -> None:
    agent = world.camera()
    picture = photo(3, taken="2024:07:01 12:30:00", offset="+02:00")
    capture_id, where = _brought(world, agent, picture)
    assert agent.complete(capture_id, said(where, picture)).status == 200
    [image] = _images(world)
    assert (image["taken_at_offset"], image["taken_at"]) == ("+02:00", TAKEN), "the agent knows when it took it"
    assert image["latitude"] == pytest.approx(48.1416667)


def test_the_real_type_counts(world: World) -> None:
    agent, picture = world.camera(), photo(4, "PNG")
    capture_id, where = _brought(world, agent, picture)
    assert agent.complete(capture_id, said(where, picture)).status == 200
    [image] = _images(world)
    assert image["content_type"] == "image/png"
    assert image["original_filename"].endswith(".png")


def test_a_photo_that_is_not_there_has_to_be_brought_first(world: World) -> None:
    agent = world.camera()
    capture_id = requested(world, agent)
    where = placed(agent, capture_id, photo())
    answer = agent.complete(capture_id, said(where, photo()))
    assert answer.status == 400
    assert answer.json()["errors"][0]["field"] == "storage_key"
    world.bucket.objects[where["storage_key"]] = photo()
    assert agent.complete(capture_id, said(where, photo())).status == 200, "the place is still good"


@pytest.mark.parametrize(
    ("changes", "field"), [({"storage_key": "captures/x/y.jpg"}, "storage_key"), ({"sha256": "0" * 64}, "sha256")]
)
def test_words_that_do_not_match_the_announcement_spend_nothing(
    world: World, changes: dict[str, str], field: str
) -> None:
    agent = world.camera()
    capture_id, where = _brought(world, agent)
    answer = agent.complete(capture_id, said(where, photo()) | changes)
    assert answer.status == 400
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert captured(world, capture_id)["status"] == "uploading"
    assert agent.complete(capture_id, said(where, photo())).status == 200


@pytest.mark.parametrize(
    "brought",
    [photo(2), photo()[:-200], b"no photo", b"", png_bomb()],
    ids=["another", "torn", "no photo", "nothing", "a bomb"],
)
def test_bytes_that_do_not_match_the_announcement_are_refused_and_their_key_is_spent(
    world: World, brought: bytes
) -> None:
    agent = world.camera()
    capture_id, where = _brought(world, agent)
    world.bucket.objects[where["storage_key"]] = brought
    answer = agent.complete(capture_id, said(where, photo()))
    assert answer.status == 400, answer.text
    assert captured(world, capture_id)["status"] == "uploading"
    assert where["storage_key"] in erased(world)
    assert agent.complete(capture_id, said(where, photo())).status == 400, "the key is spent"
    second = placed(agent, capture_id, photo())
    assert second["storage_key"] != where["storage_key"]
    world.bucket.objects[second["storage_key"]] = photo()
    assert agent.complete(capture_id, said(second, photo())).status == 200
    assert len(_images(world)) == 1
    assert _published(world) == [events.PHOTO_CAPTURED]


def test_announcing_no_photo_truthfully_does_not_make_it_one(world: World) -> None:
    agent, lie = world.camera(), b"GIF89a is not taken here"
    capture_id, where = _brought(world, agent, lie)
    answer = agent.complete(capture_id, said(where, lie))
    assert answer.status == 400
    assert answer.json()["detail"]
    assert _images(world) == []


@pytest.mark.parametrize("status", ["requested", "dispatched", "failed", "expired"])
def test_only_what_is_on_its_way_is_completed(world: World, status: str) -> None:
    agent = world.camera()
    answer = agent.complete(world.capture(agent.id, status), said({"storage_key": "x"}, photo()))
    assert answer.status == 409


def test_what_an_agent_took_while_paused_is_not_kept(world: World, frozen_time: FrozenTime) -> None:
    agent = world.camera()
    capture_id, where = _brought(world, agent)
    world.execute(
        "INSERT INTO device_pauses (device_id, began_at) VALUES (%s, %s)", agent.id, TAKEN - timedelta(minutes=1)
    )
    assert agent.complete(capture_id, said(where, photo())).status == 409
    assert captured(world, capture_id)["status"] == "failed"
    assert where["storage_key"] in erased(world)
    assert _images(world) == []


def test_a_report_says_when_a_photo_was_taken(world: World) -> None:
    agent = world.camera()
    where = report(agent, photo(), taken_at=TAKEN - timedelta(days=1))
    world.bucket.objects[where["storage_key"]] = photo()
    shown = agent.complete(where["capture_id"], said(where, photo())).json()
    assert shown["taken_at"] == clock.rfc3339(TAKEN - timedelta(days=1))


def test_nothing_was_taken_in_the_future(world: World, frozen_time: FrozenTime) -> None:
    agent = world.camera()
    shown = bring(world, agent, requested(world, agent), photo(), taken_at=frozen_time.moment + timedelta(days=1))
    assert shown["taken_at"] == clock.rfc3339(frozen_time.moment)


# --- at once, and meanwhile ------------------------------------------------------------------------------------------


def test_completed_at_once_by_several_is_one_image(committed_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world = committed_world
    agent = world.camera()
    bring(world, agent, requested(world, agent), photo(9))  # every handler has answered before
    capture_id, where = _brought(world, agent)
    answers = requests_at_once([lambda: agent.complete(capture_id, said(where, photo()))] * 4, monkeypatch)
    assert [answer.status for answer in answers] == [200] * 4
    assert len({answer.body for answer in answers}) == 1
    assert len(_images(world)) == 2
    assert _published(world) == [events.PHOTO_CAPTURED] * 2
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
    capture_id, where = _brought(world, agent)
    _meanwhile(monkeypatch, lambda: world.execute("UPDATE devices SET deleted_at = now() WHERE id = %s", agent.id))
    assert agent.complete(capture_id, said(where, photo())).status == 404
    assert captured(world, capture_id)["status"] == "failed"
    _nothing_is_left(world, where)


def test_an_account_that_is_deleted_meanwhile_gets_no_image(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    agent = world.camera()
    capture_id, where = _brought(world, agent)
    _meanwhile(
        monkeypatch, lambda: world.execute("UPDATE users SET deleted_at = now() WHERE id = %s", world.person.user_id)
    )
    assert agent.complete(capture_id, said(where, photo())).status == 404
    _nothing_is_left(world, where)


def test_a_capture_that_is_given_up_meanwhile_gets_no_image(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    agent = world.camera()
    capture_id, where = _brought(world, agent)

    def fail() -> None:
        with db.transaction() as tx:
            arrivals.fail(tx, agent.id, capture_id, "changed my mind")

    _meanwhile(monkeypatch, fail)
    assert agent.complete(capture_id, said(where, photo())).status == 409
    assert captured(world, capture_id)["status"] == "failed"
    _nothing_is_left(world, where)


def _nothing_is_left(world: World, where: dict[str, Any]) -> None:
    assert _images(world) == []
    assert _published(world) == []
    image_id = UUID(where["storage_key"].rpartition("/")[2].partition(".")[0])
    assert {where["storage_key"], *pictures.keys(image_id)} <= erased(world)
    assert set(world.bucket.objects) <= erased(world)


def test_leaving_lists_what_is_on_its_way(world: World) -> None:
    """Also the pictures that whoever was killed may have made of it."""
    agent = world.camera()
    _, where = _brought(world, agent)
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
        capture_id, where = _brought(world, agent, photo(number))
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
