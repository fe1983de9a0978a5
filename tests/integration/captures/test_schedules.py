"""Schedules as people make, see, change and remove them."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from captures.service import schedules as service
from darkroom import clock, db, ids
from tests.factories.schedules import NOON, QUEUE, Schedules, camera
from tests.factories.schedules import mine as mine_in


@pytest.fixture
def mine(rolled_back_db: None, environment: pytest.MonkeyPatch) -> Schedules:
    return mine_in(environment)


def at(moment: Any) -> str:
    return clock.rfc3339(moment)


def test_one_is_made_and_told_to_scheduler_and_to_the_device(mine: Schedules) -> None:
    made = mine.made("cron(0/10 9-17 ? * MON-FRI *)", timezone="Europe/Berlin")
    assert made["description"] == "Every 10 minutes on weekdays, 9:00 to 17:59, Berlin time"
    assert made["enabled"]
    assert made["next_at"].endswith("Z")
    assert made == mine.get(f"/schedules/{made['id']}").json()
    (message,) = mine.sqs.take(QUEUE)
    assert message.name == "schedule.sync"
    assert message.data == {"schedule_id": made["id"]}
    (command,) = mine.commands()
    assert command["type"] == "schedules"
    assert command["revision"] == mine.revision() == 2
    assert [schedule["id"] for schedule in command["schedules"]] == [made["id"]]


@pytest.mark.parametrize(
    ("wish", "field", "reason"),
    [
        ({"expression": "cron(75 9 * * ? *)"}, "expression", "Minutes go from 0 to 59; this says 75."),
        ({"expression": "rate(30 seconds)"}, "expression", "one minute is the finest"),
        ({"expression": "every now and then"}, "expression", "Write it as"),
        ({"expression": "cron(0 0 30 2 ? *)"}, "expression", "would never fire"),
        ({"expression": "cron(0 0 1 1 ? 2020)"}, "expression", "would never fire"),
        ({"expression": "at(2020-01-01T09:00:00)"}, "expression", "has passed"),
        ({"expression": "at(2020-01-01T09:00:00)", "enabled": False}, "expression", "has passed"),
        ({"expression": f"at({NOON:%Y-%m-%dT%H:%M:%S})"}, "expression", "has passed"),
        ({"timezone": "Mars/Base"}, "timezone", "no time zone known here"),
        ({"starts_at": at(NOON + timedelta(days=2)), "ends_at": at(NOON + timedelta(days=1))}, "ends_at", "before it"),
        ({"starts_at": at(NOON), "ends_at": at(NOON)}, "ends_at", "before it starts"),
        ({"ends_at": at(NOON - timedelta(days=1))}, "ends_at", "fire once before this"),
        ({"expression": "rate(5 days)", "ends_at": at(NOON + timedelta(days=4))}, "ends_at", "fire once before"),
        ({"starts_at": "0001-01-01T00:00:00+14:00"}, "starts_at", "Years go from 1970"),
        ({"ends_at": "9999-12-31T23:59:59-14:00"}, "ends_at", "Years go from 1970"),
        ({"starts_at": "2027-01-01T09:00:00"}, "starts_at", ""),
        ({"name": "  "}, "name", ""),
    ],
)
def test_what_makes_no_sense_is_refused_with_the_reason(
    mine: Schedules, wish: dict[str, Any], field: str, reason: str
) -> None:
    answer = mine.make(**wish)
    assert answer.status == 400, answer.text
    (error,) = answer.json()["errors"]
    assert error["field"] == field
    assert reason in error["message"]
    assert mine.sqs.take(QUEUE) == []
    assert mine.revision() == 1


def test_a_preview_says_what_it_would_do_or_why_not(mine: Schedules) -> None:
    asked = {
        "expression": "cron(30 2 * * ? *)",
        "timezone": "Europe/Berlin",
        "starts_at": "2030-03-30T00:00:00Z",
        "n": 3,
    }
    shown = mine.get("/schedules/preview", query=asked).json()
    assert shown["description"] == "At 2:30 every day, Berlin time"
    assert shown["items"] == [
        "2030-03-30T01:30:00Z",
        "2030-04-01T00:30:00Z",
        "2030-04-02T00:30:00Z",
    ]  # none on the 31st
    assert (shown["paid_per_device_day"], shown["paid_per_person_day"]) == (48, 96)
    bad = mine.get("/schedules/preview", query=asked | {"expression": "cron(0 25 * * ? *)"})
    assert bad.status == 400
    assert bad.json()["errors"][0]["message"] == "Hours go from 0 to 23; this says 25."


def test_upcoming_is_right_across_dst(mine: Schedules) -> None:
    made = mine.made("cron(30 2 * * ? *)", timezone="Europe/Berlin", starts_at="2030-10-26T00:00:00Z")
    coming = mine.get(f"/schedules/{made['id']}/upcoming", query={"n": 3}).json()["items"]
    assert coming == ["2030-10-26T00:30:00Z", "2030-10-27T00:30:00Z", "2030-10-28T01:30:00Z"]  # once on the 27th
    assert len(mine.get(f"/schedules/{made['id']}/upcoming").json()["items"]) == 5
    assert len(mine.get(f"/schedules/{made['id']}/upcoming", query={"n": 100}).json()["items"]) == 100
    for n in ("0", "101", "x"):
        assert mine.get(f"/schedules/{made['id']}/upcoming", query={"n": n}).status == 400


def test_a_rate_counts_from_its_start_or_from_when_it_was_made(mine: Schedules) -> None:
    plain = mine.made("rate(7 minutes)")
    assert plain["next_at"] == at(NOON + timedelta(minutes=7))
    late = mine.made("rate(7 minutes)", starts_at=at(NOON + timedelta(days=1)))
    assert late["next_at"] == at(NOON + timedelta(days=1))
    long_ago = mine.made("rate(7 minutes)", starts_at=at(NOON - timedelta(days=1, minutes=2)))
    assert long_ago["next_at"] == at(NOON + timedelta(minutes=7 - (1442 % 7)))


def test_others_see_nothing_of_it(mine: Schedules) -> None:
    made = mine.made()
    other = mine.other()
    path = f"/schedules/{made['id']}"
    assert other.get(path).status == 404
    assert other.get(path + "/upcoming").status == 404
    assert other.patch(path, {"name": "Mine"}).status == 404
    assert other.delete(path).status == 404
    assert other.get("/schedules").json()["items"] == []
    assert other.get("/schedules", query={"device_id": str(mine.device_id)}).json()["items"] == []
    assert other.make(device_id=str(mine.device_id)).status == 404
    theirs = other.made()
    assert other.patch(f"/schedules/{theirs['id']}", {"device_id": str(mine.device_id)}).status == 404
    assert mine.get(path).json()["name"] == "Desk"


def test_nobody_who_is_not_signed_in(mine: Schedules) -> None:
    for method, path in [("GET", "/schedules"), ("POST", "/schedules"), ("GET", "/schedules/preview")]:
        assert mine.call(method, path, token=None).status == 401
    assert mine.get("/schedules/nonsense").status == 404


def test_a_deleted_camera_takes_no_schedule(mine: Schedules) -> None:
    with db.transaction() as tx:
        tx.execute("UPDATE devices SET deleted_at = now() WHERE id = %s", (mine.device_id,))
    assert mine.make().status == 404
    assert mine.make(device_id=str(ids.new_id())).status == 404


def test_the_list_goes_by_pages_newest_first(mine: Schedules) -> None:
    made = []
    for number in range(5):
        clock.use(lambda number=number: NOON + timedelta(seconds=number))  # type: ignore[misc]
        made.append(mine.made(name=f"number {number}")["id"])
    seen: list[str] = []
    cursor = None
    while True:
        page = mine.get("/schedules", query={"limit": 2} | ({"cursor": cursor} if cursor else {})).json()
        seen += [row["id"] for row in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == made[::-1]
    with db.transaction() as tx:
        second = camera(tx, mine.person.user_id)
    elsewhere = mine.made(device_id=str(second))["id"]
    found = mine.get("/schedules", query={"device_id": str(second)}).json()["items"]
    assert [row["id"] for row in found] == [elsewhere]


def test_changes_are_told(mine: Schedules) -> None:
    made = mine.made("rate(1 hour)")
    mine.sqs.take(QUEUE)
    path = f"/schedules/{made['id']}"
    changed = mine.patch(path, {"expression": "cron(0 9 * * ? *)", "timezone": "Asia/Tokyo", "name": "Morning"})
    assert changed.status == 200, changed.text
    assert changed.json()["description"] == "At 9:00 every day, Tokyo time"
    assert changed.json()["name"] == "Morning"
    off = mine.patch(path, {"enabled": False}).json()
    assert not off["enabled"]
    assert off["next_at"] is None
    assert len(mine.sqs.take(QUEUE)) == 2
    assert [command["revision"] for command in mine.commands()] == [2, 3, 4]
    assert mine.commands()[-1]["schedules"] == []
    assert mine.get(path + "/upcoming").json()["items"]  # when it would


def test_what_changes_nothing_tells_nobody(mine: Schedules) -> None:
    made = mine.made(ends_at="2190-01-01T00:00:00Z")
    mine.sqs.take(QUEUE)
    same = {"name": "Desk", "enabled": True, "ends_at": "2190-01-01T01:00:00+01:00"}
    for changes in ({}, same):
        answer = mine.patch(f"/schedules/{made['id']}", changes)
        assert answer.status == 200
        assert answer.json() == made
    assert mine.sqs.take(QUEUE) == []
    assert mine.revision() == 2


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"expression": "cron(0 24 * * ? *)"}, "expression"),
        ({"timezone": "Mars/Base"}, "timezone"),
        ({"ends_at": "2020-01-01T00:00:00Z"}, "ends_at"),
        ({"starts_at": "2191-01-01T00:00:00Z"}, "ends_at"),
        ({"device_id": None}, "device_id"),
        ({"expression": None}, "expression"),
        ({"surprise": 1}, "surprise"),
    ],
)
def test_a_change_that_makes_no_sense_is_refused(mine: Schedules, changes: dict[str, Any], field: str) -> None:
    made = mine.made(ends_at="2190-01-01T00:00:00Z")
    answer = mine.patch(f"/schedules/{made['id']}", changes)
    assert answer.status == 400, answer.text
    assert answer.json()["errors"][0]["field"] == field
    assert mine.get(f"/schedules/{made['id']}").json() == made


def test_dates_can_be_taken_away(mine: Schedules) -> None:
    made = mine.made(starts_at="2100-01-01T00:00:00Z", ends_at="2190-01-01T00:00:00Z")
    changed = mine.patch(f"/schedules/{made['id']}", {"starts_at": None, "ends_at": None}).json()
    assert changed["starts_at"] is None
    assert changed["ends_at"] is None
    assert changed["next_at"] < "2100"


def test_one_that_is_over_can_be_renamed_and_switched_off_but_not_on(mine: Schedules) -> None:
    soon = NOON + timedelta(minutes=5)
    made = mine.made(f"at({soon:%Y-%m-%dT%H:%M:%S})")
    clock.use(lambda: soon)
    path = f"/schedules/{made['id']}"
    assert mine.get(path).json()["next_at"] is None
    assert mine.patch(path, {"name": "That once"}).status == 200
    assert mine.patch(path, {"enabled": False}).status == 200
    assert mine.patch(path, {"enabled": True}).json()["errors"][0]["field"] == "expression"


def test_it_moves_to_another_camera(mine: Schedules) -> None:
    with db.transaction() as tx:
        second = camera(tx, mine.person.user_id)
    made = mine.made()
    moved = mine.patch(f"/schedules/{made['id']}", {"device_id": str(second)})
    assert moved.json()["device_id"] == str(second)
    assert mine.commands()[-1]["schedules"] == []
    mine.device_id = second
    assert [row["id"] for row in mine.commands()[-1]["schedules"]] == [made["id"]]


def test_a_deletion_is_told_and_comes_once(mine: Schedules) -> None:
    made = mine.made()
    mine.sqs.take(QUEUE)
    path = f"/schedules/{made['id']}"
    assert mine.delete(path).status == 204
    assert mine.delete(path).status == 404
    assert mine.get(path).status == 404
    assert [message.data["schedule_id"] for message in mine.sqs.take(QUEUE)] == [made["id"]]
    assert mine.commands()[-1]["schedules"] == []


def test_a_camera_has_so_many_and_no_more(mine: Schedules, environment: pytest.MonkeyPatch) -> None:
    from darkroom.settings import settings

    environment.setenv("SCHEDULES_PER_DEVICE", "2")
    settings.cache_clear()
    first = mine.made()
    mine.made()
    full = mine.make()
    assert full.status == 409
    assert "Delete one" in full.json()["detail"]
    mine.delete(f"/schedules/{first['id']}")
    assert mine.make().status == 201
    with db.transaction() as tx:
        second = camera(tx, mine.person.user_id)
    elsewhere = mine.made(device_id=str(second))
    assert mine.patch(f"/schedules/{elsewhere['id']}", {"device_id": str(mine.device_id)}).status == 409


def test_the_same_wish_twice_is_one_schedule(mine: Schedules) -> None:
    body = {"device_id": str(mine.device_id), "name": "Desk", "expression": "rate(1 hour)"}
    first, second = (mine.post("/schedules", body, key="once") for _ in range(2))
    assert first.json() == second.json()
    assert first.json()["timezone"] == "UTC"
    assert len(mine.get("/schedules").json()["items"]) == 1


def test_a_device_that_goes_takes_its_schedules_along(mine: Schedules) -> None:
    made = [mine.made()["id"] for _ in range(2)]
    mine.sqs.take(QUEUE)
    with db.transaction() as tx:
        service.remove_all(tx, mine.device_id)
    assert {message.data["schedule_id"] for message in mine.sqs.take(QUEUE)} == set(made)
    assert mine.get("/schedules").json()["items"] == []


def test_a_day_ahead(mine: Schedules) -> None:
    minute = mine.made("rate(1 minute)")
    daily = mine.made("cron(30 6 * * ? *)")
    mine.made("cron(0 0 1 1 ? 2190)", name="far")
    mine.made("rate(1 hour)", enabled=False)
    with db.reading() as tx:
        told = {row["id"]: row for row in service.day_ahead(tx, mine.device_id)}
    assert sorted(len(row["next"]) for row in told.values()) == [0, 1, 1500]
    assert told[minute["id"]]["next"][:2] == [at(NOON + timedelta(minutes=n)) for n in (1, 2)]
    assert told[daily["id"]]["next"] == [daily["next_at"]]
    assert {row["name"] for row in told.values()} == {"Desk", "far"}


def test_a_row_that_cannot_be_read_any_more_is_still_shown(mine: Schedules) -> None:
    """A time zone that the world has given up."""
    made = mine.made()
    with db.transaction() as tx:
        tx.execute("UPDATE schedules SET timezone = 'Gone/Zone' WHERE id = %s", (UUID(made["id"]),))
    shown = mine.get(f"/schedules/{made['id']}").json()
    assert (shown["description"], shown["next_at"]) == (made["expression"], None)
    assert mine.get(f"/schedules/{made['id']}/upcoming").json()["items"] == []
    with db.reading() as tx:
        assert service.day_ahead(tx, mine.device_id)[0]["next"] == []
