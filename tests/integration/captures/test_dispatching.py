"""Devices are asked for photos: when a schedule's moment has come, and when they are back."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from captures import dispatch
from captures.service import captures, devices, dispatching, schedules
from darkroom import clock, db, ids, messages
from darkroom.messages import Message
from tests.conftest import FrozenTime
from tests.contract import schemas
from tests.factories import cameras
from tests.fakes import queues
from tests.integration.captures.bringing import (
    captured,
    commanded,
    listed,
    open_socket,
    photo,
    place,
    report,
    reported,
    requested,
    told,
)
from tests.integration.captures.conftest import Agent, World
from tests.threads import at_once, own_connections, requests_at_once

EVERY_DAY = "cron(0 9 * * ? *)"


def _schedule(agent: Agent, expression: str = "rate(1 minute)", **changes: Any) -> UUID:
    with db.transaction() as tx:
        return cameras.schedule(tx, agent.id, expression, **changes)


def _due(schedule_id: UUID, moment: datetime) -> Message:
    return messages.new(dispatching.DUE, {"schedule_id": schedule_id, "due_at": clock.rfc3339(moment)})


def _event(*bodies: Any, receives: int = 1) -> dict[str, Any]:
    """What Lambda hands over of bodies that are not ours."""
    event = queues.event("dispatches", *(messages.new(dispatching.DUE) for _ in bodies), receives=receives)
    for record, body in zip(event["Records"], bodies, strict=True):
        record["body"] = body if isinstance(body, str) else json.dumps(body)
    return event


def _scheduled(schedule_id: UUID | str, due_at: str) -> dict[str, str]:
    """The input of our schedules, as Scheduler fills it in."""
    return {"schedule_id": str(schedule_id), "due_at": due_at}


def _fire(schedule_id: UUID, moment: datetime) -> None:
    due = clock.rfc3339(moment.replace(microsecond=0))
    assert queues.failures(dispatch.handler(_event(_scheduled(schedule_id, due)), None)) == []


def _now() -> datetime:
    return clock.now().replace(microsecond=0)


# --- what Scheduler sends --------------------------------------------------------------------------------------------


def test_what_scheduler_sends_becomes_a_message(world: World) -> None:
    schedule_id = ids.new_id()
    [message] = dispatching.read_scheduled(_scheduled(schedule_id, "2026-11-26T09:00:00Z"))
    [again] = dispatching.read_scheduled(_scheduled(schedule_id, "2026-11-26T09:00:00+00:00"))
    [other] = dispatching.read_scheduled(_scheduled(schedule_id, "2026-11-26T09:01:00Z"))
    assert message.id == again.id != other.id
    assert message.data == {"schedule_id": str(schedule_id), "due_at": "2026-11-26T09:00:00Z"}
    schemas.check(messages.to_document(message))


@pytest.mark.parametrize(
    "body",
    [
        {"schedule_id": "nonsense", "due_at": "2026-11-26T09:00:00Z"},
        {"schedule_id": "019aa5c2-8f3a-7c11-9d55-2f4b6c1d7e17", "due_at": "<aws.scheduler.scheduled-time>"},
        {"schedule_id": "019aa5c2-8f3a-7c11-9d55-2f4b6c1d7e17", "due_at": "2026-11-26T09:00:00"},
        {"schedule_id": "019aa5c2-8f3a-7c11-9d55-2f4b6c1d7e17", "due_at": 7},
        {"schedule_id": "019aa5c2-8f3a-7c11-9d55-2f4b6c1d7e17"},
        {"schedule_id": None, "due_at": None},
        ["no", "object"],
        "no JSON",
    ],
)
def test_what_is_not_understood_is_given_back(world: World, body: Any) -> None:
    assert len(queues.failures(dispatch.handler(_event(body), None))) == 1


def test_a_message_of_ours_without_a_moment_is_given_back(world: World) -> None:
    strange = messages.new(dispatching.DUE, {"schedule_id": ids.new_id(), "due_at": "soon"})
    assert len(queues.failures(dispatch.handler(queues.event("dispatches", strange), None))) == 1


# --- a schedule's moment ---------------------------------------------------------------------------------------------


def test_a_moment_that_has_come_is_one_capture(world: World) -> None:
    agent, now = world.camera(), _now()
    schedule_id = _schedule(agent, starts_at=now)
    for _ in range(2):
        _fire(schedule_id, now)
    [shown] = listed(world)
    assert (shown["status"], shown["schedule_id"]) == ("requested", str(schedule_id))
    assert shown["due_at"] == shown["requested_at"] == clock.rfc3339(now)
    [command] = commanded(world, agent)
    assert (command["capture_id"], command["due_at"]) == (shown["id"], shown["due_at"])
    assert told(world, shown["id"]) == ["requested"]


def test_another_message_of_the_same_moment_makes_no_second_capture(world: World) -> None:
    agent, now = world.camera(), _now()
    schedule_id = _schedule(agent, starts_at=now)
    for moment in (now, now, now + timedelta(seconds=9)):  # Scheduler is as precise as a minute
        assert queues.failures(dispatch.handler(queues.event("dispatches", _due(schedule_id, moment)), None)) == []
    assert [shown["due_at"] for shown in listed(world)] == [clock.rfc3339(now)]


def test_a_device_that_listens_is_asked_at_once(world: World) -> None:
    agent, now = world.camera(), _now()
    open_socket(agent)
    _fire(_schedule(agent, starts_at=now), now)
    assert listed(world)[0]["status"] == "dispatched"


def test_a_device_that_is_away_is_asked_all_the_same(world: World, frozen_time: FrozenTime) -> None:
    agent, now = world.camera(heard_seconds_ago=1_000), frozen_time.moment
    schedule_id = _schedule(agent, starts_at=now)
    _fire(schedule_id, now)
    [shown] = listed(world)
    frozen_time.advance(300)
    with db.transaction() as tx:
        assert captures.expire(tx, 10) == 1
    assert captured(world, shown["id"])["status"] == "expired"
    where = report(agent, photo(), schedule_id=schedule_id, due_at=now)
    assert where["capture_id"] == shown["id"]
    assert told(world, shown["id"]) == ["requested", "expired", "uploading"]


@pytest.mark.parametrize("why", ["off", "over", "before", "paused", "deleted", "gone", "suspended"])
def test_nothing_is_taken_when_it_is_not_wanted(world: World, why: str) -> None:
    agent, now = world.camera(is_paused=why == "paused"), _now()
    special: dict[str, dict[str, Any]] = {
        "off": {"enabled": False},
        "over": {"starts_at": now - timedelta(hours=2), "ends_at": now - timedelta(hours=1)},
        "before": {"starts_at": now + timedelta(hours=1)},
    }
    schedule_id = _schedule(agent, **special.get(why, {"starts_at": now}))
    if why == "deleted":
        world.execute("UPDATE devices SET deleted_at = now() WHERE id = %s", agent.id)
    if why == "gone":
        world.execute("DELETE FROM schedules WHERE id = %s", schedule_id)
    if why == "suspended":
        world.execute("UPDATE users SET suspended_at = now() WHERE id = %s", world.person.user_id)
    _fire(schedule_id, now)
    assert world.value("SELECT count(*) FROM captures WHERE device_id = %s", agent.id) == 0


def test_a_message_that_comes_too_late_is_no_capture(world: World, frozen_time: FrozenTime) -> None:
    agent, now = world.camera(), frozen_time.moment
    schedule_id = _schedule(agent, starts_at=now - timedelta(hours=1))
    _fire(schedule_id, now - timedelta(minutes=5))
    assert listed(world) == []
    _fire(schedule_id, now - timedelta(minutes=4))
    [shown] = listed(world)
    assert world.row("captures", shown["id"])["expires_at"] == now + timedelta(minutes=1)


def test_a_moment_that_the_schedule_does_not_have_is_taken_as_it_is(world: World, frozen_time: FrozenTime) -> None:
    """The schedule was changed since, or somebody fires it by hand."""
    frozen_time.moment = datetime(2026, 3, 1, 15, 30, 12, tzinfo=UTC)
    _fire(_schedule(world.camera(), EVERY_DAY), frozen_time.moment)
    assert listed(world)[0]["due_at"] == "2026-03-01T15:30:12Z"


def test_once_is_once_whatever_else_the_schedule_says(world: World, frozen_time: FrozenTime) -> None:
    frozen_time.moment = datetime(2026, 3, 1, 9, 0, 30, tzinfo=UTC)
    schedule_id = _schedule(world.camera(), "at(2026-03-01T10:00:00)", timezone="Europe/Berlin")
    _fire(schedule_id, frozen_time.moment)
    assert listed(world)[0]["due_at"] == "2026-03-01T09:00:00Z"


# --- the cloud and the agent -----------------------------------------------------------------------------------------


def test_the_cloud_makes_no_capture_of_what_the_agent_has_reported(world: World) -> None:
    agent, now = world.camera(), _now()
    schedule_id = _schedule(agent, starts_at=now)
    where = report(agent, photo(), schedule_id=schedule_id, due_at=now)
    _fire(schedule_id, now)
    [shown] = listed(world)
    assert (shown["id"], shown["status"]) == (where["capture_id"], "uploading")


def test_the_cloud_and_the_agent_at_once_make_one_capture(
    committed_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = committed_world
    agent = world.camera()
    now = _now()
    schedule_id = _schedule(agent, starts_at=now - timedelta(minutes=3))
    place(agent, requested(world, agent), photo())
    for minutes in range(3):
        due_at = now - timedelta(minutes=minutes)

        def cloud(due_at: datetime = due_at) -> Any:
            return dispatch.handler(queues.event("dispatches", _due(schedule_id, due_at)), None)

        def offline(due_at: datetime = due_at) -> Any:
            return agent.say("/captures", reported(photo(), schedule_id=schedule_id, due_at=due_at))

        work: list[Callable[[], Any]] = [cloud, offline, cloud, offline]
        answers: list[Any] = requests_at_once(work, monkeypatch)
        assert [queues.failures(answer) for answer in answers[::2]] == [[], []]
        assert {answer.status for answer in answers[1::2]} == {201}
        assert len({answer.json()["capture_id"] for answer in answers[1::2]}) == 1
        assert len([shown for shown in listed(world) if shown["due_at"] == clock.rfc3339(due_at)]) == 1


def test_a_pause_and_a_schedule_at_once_leave_nothing_waiting(
    committed_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = committed_world
    for _ in range(3):
        agent, now = world.camera(), _now()
        schedule_id = _schedule(agent, starts_at=now)
        world.device(agent.id)

        def cloud(schedule_id: UUID = schedule_id, now: datetime = now) -> Any:
            return dispatch.handler(queues.event("dispatches", _due(schedule_id, now)), None)

        def pause(agent: Agent = agent) -> None:
            with db.transaction() as tx:
                devices.change(tx, world.person.user_id, agent.id, {"paused": True})

        work: list[Callable[[], Any]] = [cloud, pause]
        with own_connections(monkeypatch):
            at_once(work)
        assert {shown["status"] for shown in listed(world, device_id=agent.id)} <= {"expired"}


# --- a device is back ------------------------------------------------------------------------------------------------


@pytest.fixture
def ahead(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What schedules say of a day ahead."""
    planned = [{"id": ids.new_id(), "name": "Nine", "next": [datetime(2026, 3, 1, 9, tzinfo=UTC)]}]
    monkeypatch.setattr(schedules, "day_ahead", lambda *_: planned)
    return planned


def _welcome(world: World) -> None:
    """What the bus puts into the queue of a device that has connected."""
    waiting, world.sqs.events = world.sqs.events, []
    bodies = [{"source": entry["Source"], "detail": json.loads(entry["Detail"])} for entry in waiting]
    assert bodies
    assert queues.failures(dispatch.handler(_event(*bodies), None)) == []


def test_a_device_that_is_back_hears_of_everything(world: World, ahead: list[dict[str, Any]]) -> None:
    agent = world.camera()
    first, second = requested(world, agent), world.capture(agent.id, "dispatched")
    world.capture(agent.id, "requested", expires_in=-1)
    open_socket(agent)
    before = len(commanded(world, agent))
    _welcome(world)
    heard = commanded(world, agent)[before:]
    assert [command["type"] for command in heard] == ["paused", "schedules", "capture", "capture"]
    assert heard[0]["paused"] is False
    assert heard[1]["schedules"] == [{"id": str(ahead[0]["id"]), "name": "Nine", "next": ["2026-03-01T09:00:00Z"]}]
    assert [command["capture_id"] for command in heard[2:]] == [str(first), str(second)]
    assert captured(world, first)["status"] == "dispatched"
    assert told(world, first) == ["requested", "dispatched"]
    assert told(world, second) == []


def test_a_device_that_is_gone_again_takes_nothing(world: World, ahead: list[dict[str, Any]]) -> None:
    agent = world.camera()
    capture_id = requested(world, agent)
    open_socket(agent)
    world.execute("DELETE FROM realtime_connections")
    _welcome(world)
    assert captured(world, capture_id)["status"] == "requested"


def test_a_device_that_was_deleted_meanwhile_hears_nothing(world: World, ahead: list[dict[str, Any]]) -> None:
    agent = world.camera()
    open_socket(agent)
    world.execute("UPDATE devices SET deleted_at = now() WHERE id = %s", agent.id)
    _welcome(world)
    assert commanded(world, agent) == []
