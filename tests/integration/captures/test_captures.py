"""Captures as people ask for them and see them."""

from datetime import timedelta

import pytest

from captures.service import captures
from darkroom import auth, db, ids
from darkroom.settings import settings
from tests.conftest import FrozenTime
from tests.integration.captures.bringing import (
    captured,
    commanded,
    erased,
    listed,
    open_socket,
    photo,
    placed,
    requested,
    told,
)
from tests.integration.captures.conftest import World
from tests.threads import at_once, own_connections, requests_at_once


def test_a_capture_that_is_asked_for_waits_for_its_device(world: World) -> None:
    agent = world.camera()
    capture_id = requested(world, agent)
    shown = captured(world, capture_id)
    assert shown["status"] == "requested"
    assert shown["image"] is shown["earned_cents"] is shown["taken_at"] is shown["error"] is None
    [command] = commanded(world, agent)
    assert (command["type"], command["capture_id"]) == ("capture", str(capture_id))
    assert told(world, capture_id) == ["requested"]


def test_an_open_socket_gets_the_command_at_once(world: World) -> None:
    agent = world.camera()
    open_socket(agent)
    capture_id = requested(world, agent)
    assert captured(world, capture_id)["status"] == "dispatched"
    assert told(world, capture_id) == ["dispatched"]
    assert world.row("captures", capture_id)["dispatched_at"] is not None


def test_a_socket_whose_token_was_revoked_hears_nothing(world: World) -> None:
    agent = world.camera()
    open_socket(agent)
    with db.transaction() as tx:
        auth.revoke_opaque(tx, "device", agent.id)
    assert captured(world, requested(world, agent))["status"] == "requested"


def test_what_is_not_the_callers_is_not_there(world: World) -> None:
    agent, other = world.camera(), world.other()
    assert other.post("/captures", {"device_id": str(agent.id)}).status == 404
    assert world.post("/captures", {"device_id": str(ids.new_id())}).status == 404
    capture_id = requested(world, agent)
    assert other.get(f"/captures/{capture_id}").status == 404
    assert world.get("/captures/nonsense").status == 404
    world.execute("UPDATE devices SET deleted_at = now() WHERE id = %s", agent.id)
    assert world.post("/captures", {"device_id": str(agent.id)}).status == 404


def test_a_device_that_cannot_be_reached_or_is_paused_is_a_conflict(world: World) -> None:
    away, never = world.camera(heard_seconds_ago=91), world.camera(heard_seconds_ago=None)
    paused = world.camera(is_paused=True)
    for agent in (away, never, paused):
        answer = world.post("/captures", {"device_id": str(agent.id)})
        assert answer.status == 409
    assert "paused" in answer.json()["detail"]
    assert world.post("/captures", {"device_id": str(paused.id), "when_online": True}).status == 202


def test_a_wish_is_taken_back_as_long_as_its_device_has_not_heard(world: World) -> None:
    agent = world.camera(heard_seconds_ago=None)
    waiting, told = requested(world, agent, when_online=True), world.capture(agent.id, "dispatched")
    assert world.other().post(f"/captures/{waiting}/cancel").status == 404
    answer = world.post(f"/captures/{waiting}/cancel")
    assert (answer.status, answer.json()["status"], answer.json()["error"]) == (200, "expired", captures.TAKEN_BACK)
    assert world.pushed(kind="capture.updated")[-1][1] == answer.json()
    for over in (waiting, told):
        assert world.post(f"/captures/{over}/cancel").status == 409


def test_a_wish_for_a_device_that_is_away_waits_for_a_day(world: World, frozen_time: FrozenTime) -> None:
    agent = world.camera(heard_seconds_ago=None)
    capture_id = requested(world, agent, when_online=True)
    assert world.row("captures", capture_id)["expires_at"] == frozen_time.moment + timedelta(days=1)
    soon = requested(world, world.camera())
    assert world.row("captures", soon)["expires_at"] == frozen_time.moment + timedelta(minutes=5)


def test_only_so_many_wait_for_a_device(
    committed_world: World, environment: pytest.MonkeyPatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = committed_world
    environment.setenv("CAPTURES_WAITING_PER_DEVICE", "3")
    settings.cache_clear()
    agent = world.camera()
    requested(world, agent)
    wish = {"device_id": str(agent.id)}
    answers = requests_at_once([lambda: world.post("/captures", wish)] * 6, monkeypatch)
    assert sorted(answer.status for answer in answers) == [202, 202, 409, 409, 409, 409]
    assert len(listed(world)) == 3


def test_only_so_many_an_hour(world: World, environment: pytest.MonkeyPatch) -> None:
    environment.setenv("CAPTURES_PER_CALLER_HOUR", "2")
    settings.cache_clear()
    agent = world.camera()
    requested(world, agent)
    requested(world, agent)
    answer = world.post("/captures", {"device_id": str(agent.id)})
    assert answer.status == 429
    assert int(answer.headers["retry-after"]) > 0


def test_a_repeated_wish_is_one_capture(world: World) -> None:
    wish = {"device_id": str(world.camera().id)}
    first, again = (world.post("/captures", wish, key="once") for _ in range(2))
    assert first.json() == again.json()
    assert len(listed(world)) == 1


# --- what nobody comes for -------------------------------------------------------------------------------------------


def _swept(limit: int = 200) -> int:
    with db.transaction() as tx:
        return captures.expire(tx, limit)


def test_what_nobody_came_for_expires(world: World, frozen_time: FrozenTime) -> None:
    agent = world.camera()
    late, waits = requested(world, agent), requested(world, agent, when_online=True)
    frozen_time.advance(299)
    assert _swept() == 0
    frozen_time.advance(1)
    assert _swept() == 1
    shown = captured(world, late)
    assert (shown["status"], shown["error"]) == ("expired", "The camera did not answer in time.")
    assert told(world, late) == ["requested", "expired"]
    assert captured(world, waits)["status"] == "requested"
    assert _swept() == 0


def test_a_photo_that_never_arrives_fails_and_leaves_nothing(world: World, frozen_time: FrozenTime) -> None:
    agent = world.camera()
    capture_id = requested(world, agent)
    key = placed(agent, capture_id, photo())["storage_key"]
    frozen_time.advance(86_399)
    assert _swept() == 0
    placed(agent, capture_id, photo())  # still at it
    frozen_time.advance(86_399)
    assert _swept() == 0
    frozen_time.advance(1)
    assert _swept() == 1
    shown = captured(world, capture_id)
    assert (shown["status"], shown["error"]) == ("failed", "The photo never arrived.")
    assert told(world, capture_id) == ["requested", "uploading", "failed"]
    assert key in erased(world)


def test_many_people_are_told_by_two_watches_at_once(
    committed_world: World, frozen_time: FrozenTime, monkeypatch: pytest.MonkeyPatch
) -> None:
    worlds = [committed_world, *(committed_world.other() for _ in range(4))]
    for world in worlds:
        agent = world.camera()
        for _ in range(3):
            requested(world, agent)
    frozen_time.advance(300)

    with own_connections(monkeypatch):
        done = [sum(at_once([lambda: _swept(4)] * 3)) for _ in range(3)]
    assert sum(done) == 15
    for world in worlds:
        assert [data["status"] for _, data in world.pushed(kind="capture.updated")].count("expired") == 3
