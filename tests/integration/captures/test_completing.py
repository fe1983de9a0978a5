"""A photo that was brought becomes an image, once, and only if it is what was announced."""

import hashlib
from datetime import timedelta
from uuid import UUID

import pytest

from darkroom import clock, events, pictures
from darkroom.images import NotAPhoto
from tests.conftest import FrozenTime
from tests.factories.photos import png_bomb
from tests.integration.captures.bringing import (
    TAKEN,
    bring,
    brought,
    captured,
    erased,
    images,
    photo,
    placed,
    published,
    report,
    requested,
    said,
    told,
)
from tests.integration.captures.conftest import World


def test_a_photo_becomes_an_image_and_everybody_is_told(world: World) -> None:
    agent = world.camera("Küche/1")
    capture_id, where = brought(world, agent)
    answer = agent.complete(capture_id, said(where, photo()))
    assert answer.status == 200, answer.text
    shown = answer.json()
    assert shown["status"] == "completed"
    assert (shown["image"]["width"], shown["image"]["height"]) == (320, 240), "what was announced is not believed"
    assert shown["taken_at"] == clock.rfc3339(TAKEN)
    [image] = images(world)
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
    assert published(world) == [events.PHOTO_CAPTURED]
    assert captured(world, capture_id)["earned_cents"] is None


def test_completing_again_changes_nothing(world: World) -> None:
    agent = world.camera()
    capture_id, where = brought(world, agent)
    first = agent.complete(capture_id, said(where, photo())).json()
    again = agent.complete(capture_id, said(where, photo()))
    other = agent.complete(capture_id, said({"storage_key": "elsewhere"}, photo(2)))
    assert (again.status, again.json()) == (other.status, other.json()) == (200, first)
    assert published(world) == [events.PHOTO_CAPTURED]
    assert len(images(world)) == 1


def test_what_the_photo_says_of_itself_is_kept(world: World) -> None:
    agent = world.camera()
    picture = photo(3, taken="2024:07:01 12:30:00", offset="+02:00")
    capture_id, where = brought(world, agent, picture)
    assert agent.complete(capture_id, said(where, picture)).status == 200
    [image] = images(world)
    assert (image["taken_at_offset"], image["taken_at"]) == ("+02:00", TAKEN), "the agent knows when it took it"
    assert image["latitude"] == pytest.approx(48.1416667)


def test_the_time_is_in_the_files_name_however_long_the_devices_is(world: World) -> None:
    agent = world.camera("x" * 120)
    bring(world, agent, requested(world, agent), photo())
    assert images(world)[0]["original_filename"].endswith("x 2026-03-01 09.00.00.jpg")


def test_the_real_type_counts(world: World) -> None:
    agent, picture = world.camera(), photo(4, "PNG")
    capture_id, where = brought(world, agent, picture)
    assert agent.complete(capture_id, said(where, picture)).status == 200
    [image] = images(world)
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
    capture_id, where = brought(world, agent)
    answer = agent.complete(capture_id, said(where, photo()) | changes)
    assert answer.status == 400
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert captured(world, capture_id)["status"] == "uploading"
    assert agent.complete(capture_id, said(where, photo())).status == 200


@pytest.mark.parametrize(
    "content",
    [photo(2), photo()[:-200], b"no photo", b"", png_bomb()],
    ids=["another", "torn", "no photo", "nothing", "a bomb"],
)
def test_bytes_that_do_not_match_the_announcement_are_refused_and_their_key_is_spent(
    world: World, content: bytes
) -> None:
    agent = world.camera()
    capture_id, where = brought(world, agent)
    world.bucket.objects[where["storage_key"]] = content
    answer = agent.complete(capture_id, said(where, photo()))
    assert answer.status == 400, answer.text
    assert captured(world, capture_id)["status"] == "uploading"
    assert where["storage_key"] in erased(world)
    assert agent.complete(capture_id, said(where, photo())).status == 400, "the key is spent"
    second = placed(agent, capture_id, photo())
    assert second["storage_key"] != where["storage_key"]
    world.bucket.objects[second["storage_key"]] = photo()
    assert agent.complete(capture_id, said(second, photo())).status == 200
    assert len(images(world)) == 1
    assert published(world) == [events.PHOTO_CAPTURED]


def test_a_photo_that_no_pictures_can_be_made_of_is_refused(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: object) -> None:
        raise NotAPhoto("This photo is damaged.")

    agent = world.camera()
    capture_id, where = brought(world, agent)
    with monkeypatch.context() as patch:
        patch.setattr("darkroom.images.derivatives", refuse)
        answer = agent.complete(capture_id, said(where, photo()))
    assert (answer.status, answer.json()["detail"]) == (400, "This photo is damaged.")
    assert where["storage_key"] in erased(world)


def test_announcing_no_photo_truthfully_does_not_make_it_one(world: World) -> None:
    agent, lie = world.camera(), b"GIF89a is not taken here"
    capture_id, where = brought(world, agent, lie)
    answer = agent.complete(capture_id, said(where, lie))
    assert answer.status == 400
    assert answer.json()["detail"]
    assert images(world) == []


@pytest.mark.parametrize("status", ["requested", "dispatched", "failed", "expired"])
def test_only_what_is_on_its_way_is_completed(world: World, status: str) -> None:
    agent = world.camera()
    answer = agent.complete(world.capture(agent.id, status), said({"storage_key": "x"}, photo()))
    assert answer.status == 409


def test_what_an_agent_took_while_paused_is_not_kept(world: World, frozen_time: FrozenTime) -> None:
    agent = world.camera()
    capture_id, where = brought(world, agent)
    world.execute(
        "INSERT INTO device_pauses (device_id, began_at) VALUES (%s, %s)", agent.id, TAKEN - timedelta(minutes=1)
    )
    assert agent.complete(capture_id, said(where, photo())).status == 409
    assert captured(world, capture_id)["status"] == "failed"
    assert where["storage_key"] in erased(world)
    assert images(world) == []


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
