"""Photos that were taken while the platform could not be reached: reported later, perhaps twice, kept once."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from captures.service import captures
from darkroom import clock, db, ids
from tests.conftest import FrozenTime
from tests.factories import cameras
from tests.integration.captures.bringing import (
    bring,
    captured,
    erased,
    listed,
    photo,
    place,
    placed,
    report,
    reported,
    requested,
    said,
    told,
)
from tests.integration.captures.conftest import Agent, World
from tests.threads import requests_at_once


def _paused(world: World, agent: Agent, began: datetime, ended: datetime | None = None) -> None:
    world.execute(
        "INSERT INTO device_pauses (device_id, began_at, ended_at) VALUES (%s, %s, %s)", agent.id, began, ended
    )


def _schedule(agent: Agent, expression: str = "rate(10 minutes)", **changes: Any) -> UUID:
    with db.transaction() as tx:
        return cameras.schedule(tx, agent.id, expression, **changes)


def test_a_photo_that_was_taken_offline_becomes_a_capture(world: World) -> None:
    agent = world.camera()
    taken_at = clock.now() - timedelta(hours=3)
    where = report(agent, photo(), taken_at=taken_at)
    shown = captured(world, where["capture_id"])
    assert shown["status"] == "uploading"
    assert shown["requested_at"] == shown["taken_at"] == clock.rfc3339(taken_at)
    assert told(world, where["capture_id"]) == ["uploading"]


def test_a_repeated_report_is_the_same_capture(world: World) -> None:
    agent, client_id = world.camera(), ids.new_id()
    first, again = (report(agent, photo(), client_id) for _ in range(2))
    assert (first["capture_id"], first["storage_key"]) == (again["capture_id"], again["storage_key"])
    assert report(agent, photo(2), client_id)["capture_id"] == first["capture_id"]
    assert len(listed(world)) == 1
    assert report(world.camera(), photo(), client_id)["capture_id"] != first["capture_id"]


def test_two_reports_of_one_photo_at_once_are_one_capture(
    committed_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world, body = committed_world, reported(photo())
    agent = world.camera()
    placed(agent, requested(world, agent), photo())
    answers = requests_at_once([lambda: agent.say("/captures", body)] * 6, monkeypatch)
    assert {answer.status for answer in answers} == {201}
    assert len({(answer.json()["capture_id"], answer.json()["storage_key"]) for answer in answers}) == 1
    assert len(listed(world)) == 2


def test_a_report_of_what_is_complete_is_answered_with_what_there_is(world: World) -> None:
    agent, client_id = world.camera(), ids.new_id()
    first = report(agent, photo(), client_id)
    world.bucket.objects[first["storage_key"]] = photo()
    done = agent.complete(first["capture_id"], said(first, photo()))
    assert done.status == 200
    again = report(agent, photo(2), client_id)
    assert (again["capture_id"], again["storage_key"]) == (first["capture_id"], first["storage_key"])
    assert agent.complete(first["capture_id"], said(again, photo(2))).json() == done.json()
    assert world.value("SELECT count(*) FROM images") == 1


def test_a_photo_that_its_owner_deleted_does_not_come_back(world: World) -> None:
    agent, client_id = world.camera(), ids.new_id()
    first = report(agent, photo(), client_id)
    world.bucket.objects[first["storage_key"]] = photo()
    assert agent.complete(first["capture_id"], said(first, photo())).status == 200
    world.execute("DELETE FROM images")
    again = report(agent, photo(), client_id)
    assert again["capture_id"] == first["capture_id"]
    assert first["storage_key"] in erased(world)
    assert agent.complete(first["capture_id"], said(again, photo())).json()["image"] is None


def test_a_report_whose_capture_failed_is_a_new_one(world: World, frozen_time: FrozenTime) -> None:
    """The agent was away for longer than its upload was waited for, and has the photo still."""
    agent, client_id = world.camera(), ids.new_id()
    schedule_id, due_at = _schedule(agent), frozen_time.moment - timedelta(hours=1)
    first = report(agent, photo(), client_id, schedule_id=schedule_id, due_at=due_at)
    frozen_time.advance(90_000)
    with db.transaction() as tx:
        assert captures.expire(tx, 10) == 1
    assert place(agent, first["capture_id"], photo()).status == 409
    second, again = (report(agent, photo(), client_id, schedule_id=schedule_id, due_at=due_at) for _ in range(2))
    assert second["capture_id"] == again["capture_id"] != first["capture_id"]
    assert captured(world, first["capture_id"])["status"] == "failed"
    shown = captured(world, second["capture_id"])
    assert (shown["schedule_id"], shown["due_at"]) == (str(schedule_id), None)


@pytest.mark.parametrize("status", ["requested", "dispatched", "expired", "uploading"])
def test_a_scheduled_photo_takes_over_what_the_cloud_wrote(world: World, status: str) -> None:
    agent = world.camera()
    schedule_id, due_at = _schedule(agent), clock.now() - timedelta(hours=1)
    capture_id = world.capture(agent.id, status, schedule_id=schedule_id, due_at=due_at)
    client_id = ids.new_id()
    for _ in range(2):
        where = report(agent, photo(), client_id, schedule_id=schedule_id, due_at=due_at)
        assert where["capture_id"] == str(capture_id)
    shown = captured(world, capture_id)
    assert (shown["status"], shown["error"]) == ("uploading", None)
    assert len(listed(world)) == 1


def test_a_scheduled_photo_that_the_command_brought_already_is_that_one(world: World) -> None:
    agent = world.camera()
    schedule_id, due_at = _schedule(agent), clock.now() - timedelta(minutes=1)
    capture_id = world.capture(agent.id, schedule_id=schedule_id, due_at=due_at)
    done = bring(world, agent, capture_id, photo())
    where = report(agent, photo(2), schedule_id=schedule_id, due_at=due_at)
    assert where["capture_id"] == str(capture_id)
    assert agent.complete(capture_id, said(where, photo(2))).json()["image"]["id"] == done["image"]["id"]


def test_a_moment_is_the_schedules_own(world: World) -> None:
    """A clock a few seconds off means the same moment; one that the schedule does not have is taken as it is."""
    agent = world.camera()
    schedule_id = _schedule(agent, "cron(0 9 * * ? *)")
    nine = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
    first = report(agent, photo(), schedule_id=schedule_id, due_at=nine)
    close = report(agent, photo(2), schedule_id=schedule_id, due_at=nine + timedelta(seconds=4))
    assert close["capture_id"] == first["capture_id"]
    other = report(agent, photo(3), schedule_id=schedule_id, due_at=nine + timedelta(minutes=30))
    assert captured(world, other["capture_id"])["due_at"] == "2026-03-01T09:30:00Z"


def test_a_moment_is_known_by_its_old_name_after_the_schedule_has_changed(world: World) -> None:
    agent, nine = world.camera(), datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
    schedule_id = _schedule(agent, "cron(0 9 * * ? *)")
    capture_id = world.capture(agent.id, "expired", schedule_id=schedule_id, due_at=nine)
    world.execute(
        "UPDATE schedules SET expression = 'rate(1 minute)', starts_at = %s WHERE id = %s",
        nine - timedelta(seconds=40),
        schedule_id,
    )
    assert report(agent, photo(), schedule_id=schedule_id, due_at=nine)["capture_id"] == str(capture_id)


def test_a_moment_of_which_another_device_has_the_capture_is_not_taken_from_it(world: World) -> None:
    """The schedule moved from one camera to the other, and both took a photo."""
    first, second, due_at = world.camera(), world.camera(), clock.now() - timedelta(minutes=1)
    schedule_id = _schedule(first)
    theirs = world.capture(first.id, schedule_id=schedule_id, due_at=due_at)
    world.execute("UPDATE schedules SET device_id = %s WHERE id = %s", second.id, schedule_id)
    mine = report(second, photo(), schedule_id=schedule_id, due_at=due_at)["capture_id"]
    assert mine != str(theirs)
    assert captured(world, theirs)["status"] == "requested"
    assert (captured(world, mine)["schedule_id"], captured(world, mine)["due_at"]) == (str(schedule_id), None)


@pytest.mark.parametrize("whose", ["nobody", "foreign", "other device", "future", "ancient"])
def test_a_schedule_that_cannot_be_meant_makes_it_an_ordinary_photo(world: World, whose: str) -> None:
    agent, due_at = world.camera(), clock.now()
    owners = {"foreign": world.other().camera(), "other device": world.camera()}
    schedule_id = ids.new_id() if whose == "nobody" else _schedule(owners.get(whose, agent))
    if whose == "future":
        due_at += timedelta(minutes=6)
    if whose == "ancient":
        due_at = datetime(1, 1, 1, tzinfo=UTC)
    answer = agent.say("/captures", reported(photo(), schedule_id=schedule_id, due_at=due_at))
    assert answer.status == 201
    shown = captured(world, answer.json()["capture_id"])
    assert shown["schedule_id"] is shown["due_at"] is None


def test_a_schedules_photo_of_no_told_moment_is_the_schedules(world: World) -> None:
    agent = world.camera()
    schedule_id = _schedule(agent)
    body = reported(photo(), schedule_id=schedule_id, due_at=clock.now())
    del body["due_at"]
    shown = captured(world, agent.say("/captures", body).json()["capture_id"])
    assert (shown["schedule_id"], shown["due_at"]) == (str(schedule_id), None)


@pytest.mark.parametrize(
    "taken_at", [5, "1700000000", "2026-11-26 10:00:00Z", "2026-11-26T10:00Z", "2026-11-26T10:00:00"]
)
def test_a_time_is_written_as_rfc_3339_writes_it(world: World, taken_at: object) -> None:
    answer = world.camera().say("/captures", reported(photo()) | {"taken_at": taken_at})
    assert answer.status == 400
    assert [error["field"] for error in answer.json()["errors"]] == ["taken_at"]


def test_what_was_taken_while_paused_is_not_accepted_whenever_it_comes(world: World) -> None:
    agent, now = world.camera(), clock.now()
    _paused(world, agent, now - timedelta(hours=2), now - timedelta(hours=1))
    _paused(world, agent, now - timedelta(minutes=10))
    for minutes, status in ((121, 201), (120, 409), (90, 409), (60, 201), (30, 201), (10, 409), (1, 409)):
        answer = agent.say("/captures", reported(photo(), taken_at=now - timedelta(minutes=minutes)))
        assert answer.status == status, minutes
    assert len(listed(world)) == 3


@pytest.mark.parametrize(
    ("ahead", "believed"),
    [
        (timedelta(minutes=4), timedelta(minutes=4)),
        (timedelta(minutes=6), timedelta()),
        (timedelta(days=9), timedelta()),
    ],
)
def test_nothing_was_taken_in_the_future(
    world: World, frozen_time: FrozenTime, ahead: timedelta, believed: timedelta
) -> None:
    agent, now = world.camera(), frozen_time.moment
    where = report(agent, photo(), taken_at=now + ahead)
    assert captured(world, where["capture_id"])["taken_at"] == clock.rfc3339(now + believed)


@pytest.mark.parametrize("taken_at", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "1969-12-31T00:00:00Z"])
def test_clocks_that_are_far_off_lose_no_photo(world: World, taken_at: str) -> None:
    answer = world.camera().say("/captures", reported(photo()) | {"taken_at": taken_at})
    assert answer.status == 201, answer.text
    assert listed(world)[0]["taken_at"] is not None


def test_a_device_that_is_deleted_meanwhile_reports_nothing(world: World) -> None:
    agent = world.camera()
    world.execute("UPDATE devices SET deleted_at = now() WHERE id = %s", agent.id)
    assert agent.say("/captures", reported(photo())).status == 404
