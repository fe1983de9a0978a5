"""Photos on their way: places to bring them, photos taken while offline, and those that do not come."""

from typing import Any

import pytest

from darkroom.settings import settings
from tests.integration.captures.bringing import (
    announced,
    bring,
    captured,
    erased,
    photo,
    place,
    placed,
    report,
    reported,
    requested,
    said,
    told,
)
from tests.integration.captures.conftest import World

# --- a place for what was asked for ----------------------------------------------------------------------------------


@pytest.mark.parametrize("status", ["requested", "dispatched"])
def test_a_photo_gets_a_place_of_its_own(world: World, status: str) -> None:
    agent = world.camera()
    capture_id = world.capture(agent.id, status)
    where = placed(agent, capture_id, photo())
    assert where["capture_id"] == str(capture_id)
    assert where["storage_key"].startswith(f"captures/{world.person.user_id}/")
    assert (where["method"], where["headers"]["If-None-Match"]) == ("PUT", "*")
    assert captured(world, capture_id)["status"] == "uploading"
    assert told(world, capture_id) == ["uploading"]


def test_asking_again_for_the_same_photo_is_the_same_place(world: World) -> None:
    agent = world.camera()
    capture_id = requested(world, agent)
    first, again = (placed(agent, capture_id, photo())["storage_key"] for _ in range(2))
    assert first == again
    assert told(world, capture_id) == ["requested", "uploading"]


def test_another_photo_gets_another_place_and_the_first_is_removed(world: World) -> None:
    agent = world.camera()
    capture_id = requested(world, agent)
    first, other = (placed(agent, capture_id, photo(number))["storage_key"] for number in (1, 2))
    assert first != other
    assert first in erased(world)
    assert other not in erased(world)


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"content_type": "image/gif"}, 415),
        ({"size_bytes": 50_000_001}, 413),
        ({"size_bytes": 0}, 400),
        ({"sha256": "00"}, 400),
        ({"sha256": "Z" * 64}, 400),
    ],
)
def test_what_could_never_be_taken_is_refused_at_once(world: World, changes: dict[str, Any], status: int) -> None:
    agent = world.camera()
    capture_id = requested(world, agent)
    assert place(agent, capture_id, photo(), **changes).status == status
    assert agent.say("/captures", reported(photo()) | changes).status == status
    assert captured(world, capture_id)["status"] == "requested"


def test_a_capture_of_another_device_is_not_there(world: World) -> None:
    agent, other = world.camera(), world.camera()
    capture_id = requested(world, agent)
    assert place(other, capture_id, photo()).status == 404
    assert other.say(f"/captures/{capture_id}/fail", {"reason": "no"}).status == 404
    assert other.complete(capture_id, said({"storage_key": "x"}, photo())).status == 404
    assert agent.say(f"/captures/{capture_id}/upload-url", announced(photo()), token=world.person.token).status == 401


@pytest.mark.parametrize("status", ["failed", "expired"])
def test_what_is_over_gets_no_place(world: World, status: str) -> None:
    agent = world.camera()
    answer = place(agent, world.capture(agent.id, status), photo())
    assert answer.status == 409
    assert status in answer.json()["detail"]


def test_a_paused_device_brings_nothing_that_was_asked_for(world: World) -> None:
    agent = world.camera()
    capture_id = requested(world, agent)
    world.execute("UPDATE devices SET paused_at = now() WHERE id = %s", agent.id)
    assert place(agent, capture_id, photo()).status == 409


def test_only_so_many_photos_an_hour(world: World, environment: pytest.MonkeyPatch) -> None:
    environment.setenv("PHOTOS_PER_DEVICE_HOUR", "2")
    settings.cache_clear()
    agent = world.camera()
    capture_id = requested(world, agent)
    placed(agent, capture_id, photo())
    report(agent, photo())
    assert place(agent, capture_id, photo()).status == 429
    placed(other := world.camera(), requested(world, other), photo())


# --- what does not come ----------------------------------------------------------------------------------------------


def test_a_photo_that_could_not_be_taken_says_why(world: World) -> None:
    agent = world.camera()
    capture_id = requested(world, agent)
    for reason in ("The camera is unplugged.", "Something else."):
        answer = agent.say(f"/captures/{capture_id}/fail", {"reason": reason})
        assert answer.status == 200
        assert (answer.json()["status"], answer.json()["error"]) == ("failed", "The camera is unplugged.")
    assert told(world, capture_id) == ["requested", "failed"]


def test_a_failure_on_the_way_leaves_nothing_in_storage(world: World) -> None:
    agent = world.camera()
    capture_id = requested(world, agent)
    key = placed(agent, capture_id, photo())["storage_key"]
    assert agent.say(f"/captures/{capture_id}/fail", {"reason": "disk"}).status == 200
    assert key in erased(world)


def test_what_is_complete_does_not_fail_and_what_expired_stays_so(world: World) -> None:
    agent = world.camera()
    done = requested(world, agent)
    bring(world, agent, done, photo())
    assert agent.say(f"/captures/{done}/fail", {"reason": "late"}).status == 409
    assert captured(world, done)["status"] == "completed"
    expired = world.capture(agent.id, "expired")
    assert agent.say(f"/captures/{expired}/fail", {"reason": "late"}).json()["status"] == "expired"
    assert agent.say(f"/captures/{expired}/fail", {"reason": " "}).status == 400
