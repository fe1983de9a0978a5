"""Captures page by page, and day by day."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from captures.queries import captures as rows
from captures.queries.captures import Choice
from darkroom import clock, db, ids, ledger
from tests.factories import cameras
from tests.integration.captures.bringing import (
    captured,
    listed,
)
from tests.integration.captures.conftest import World


def _many(world: World) -> dict[str, Any]:
    """Captures of two cameras and a schedule, a minute apart; the latest first."""
    desk, door = world.camera("Desk"), world.camera("Door")
    with db.transaction() as tx:
        schedule_id = cameras.schedule(tx, desk.id)
        started = clock.now() - timedelta(hours=1)
        made = [
            cameras.capture(
                tx,
                (desk if number % 2 else door).id,
                "failed" if number % 3 else "expired",
                requested_at=started + timedelta(minutes=number),
                schedule_id=schedule_id if number % 4 == 1 else None,
            )
            for number in range(12)
        ]
    return {"desk": desk.id, "door": door.id, "schedule": schedule_id, "started": started, "ids": made[::-1]}


def test_lists_go_page_by_page_and_each_is_seen_once(world: World) -> None:
    there = _many(world)
    seen, cursor = [], None
    while True:
        page = world.get("/captures", query={"limit": 5, **({"cursor": cursor} if cursor else {})}).json()
        seen += [UUID(item["id"]) for item in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == there["ids"]


def test_filters_can_be_put_together(world: World) -> None:
    there = _many(world)
    every = list(enumerate(there["ids"][::-1]))
    desk, schedule = str(there["desk"]), str(there["schedule"])
    until = clock.rfc3339(there["started"] + timedelta(minutes=6))

    def ids_of(**query: Any) -> set[str]:
        return {item["id"] for item in listed(world, **query)}

    assert ids_of(device_id=desk) == {str(one) for n, one in every if n % 2}
    assert ids_of(schedule_id=schedule) == {str(one) for n, one in every if n % 4 == 1}
    assert ids_of(status="expired") == {str(one) for n, one in every if n % 3 == 0}
    assert ids_of(device_id=desk, status="expired") == {str(one) for n, one in every if n % 2 and n % 3 == 0}
    assert ids_of(to=until) == {str(one) for n, one in every if n < 6}
    assert ids_of(**{"from": until}, device_id=desk) == {str(one) for n, one in every if n >= 6 and n % 2}
    assert world.get("/captures", query={"status": "nonsense"}).status == 400


def test_lists_hold_nothing_of_others(world: World) -> None:
    there, other = _many(world), world.other()
    assert listed(other) == []
    assert listed(other, device_id=there["desk"]) == []
    assert listed(other, schedule_id=there["schedule"]) == []


def test_each_combination_of_filters_has_its_index(world: World) -> None:
    there = _many(world)
    now = clock.now()
    for device_id in (None, there["desk"]):
        for schedule_id in (None, there["schedule"]):
            for status in (None, "failed"):
                for from_, to in ((None, None), (now, now)):
                    choice = Choice(device_id, schedule_id, status, from_, to)
                    assert _is_indexed(world, choice), choice


def _is_indexed(world: World, choice: Choice) -> bool:
    """Whether the statement reads captures in the list's order: neither all of them, nor sorted afterwards."""
    asked: list[tuple[Any, Any]] = []

    class Spy:
        def all(self, statement: Any, params: Any, **_: Any) -> list[Any]:
            asked.append((statement, params))
            return []

    rows.page(Spy(), world.person.user_id, choice, (clock.now(), ids.new_id()), 50)  # type: ignore[arg-type]
    statement, params = asked[0]
    with db.transaction() as tx:
        for what in ("seqscan", "sort", "bitmapscan", "hashjoin", "mergejoin"):
            tx.execute(f"SET LOCAL enable_{what} = off")
        plan = "\n".join(str(row["QUERY PLAN"]) for row in tx.all("EXPLAIN " + statement, params))
        tx.execute("RESET ALL")
    return "Sort" not in plan and "Seq Scan on captures" not in plan and "captures" in plan


def test_what_a_photo_earned_is_the_ledgers_word(world: World) -> None:
    agent = world.camera()
    with db.transaction() as tx:
        taken = cameras.photo(tx, agent.id)
        ledger.post(tx, world.person.user_id, "capture", 50, str(taken.capture_id), reason="A new view.")
    shown = captured(world, taken.capture_id)
    assert (shown["earned_cents"], shown["earned_reason"], shown["currency"]) == (50, "A new view.", "usd")
    assert shown["image"]["id"] == str(taken.image_id)
    world.execute("UPDATE images SET trashed_at = now() WHERE id = %s", taken.image_id)
    assert captured(world, taken.capture_id)["image"] is None


# --- day by day ------------------------------------------------------------------------------------------------------


def _completed(world: World, device_id: UUID, moment: datetime, cents: int | None = None) -> None:
    with db.transaction() as tx:
        capture_id = cameras.photo(tx, device_id, moment).capture_id
        if cents is not None:
            entry = ledger.post(tx, world.person.user_id, "capture", cents, str(capture_id))
            tx.execute("ALTER TABLE ledger_entries DISABLE TRIGGER ledger_entries_append_only")
            tx.execute("UPDATE ledger_entries SET created_at = %s WHERE id = %s", (moment, entry.id))
            tx.execute("ALTER TABLE ledger_entries ENABLE TRIGGER ledger_entries_append_only")


def _daily(world: World, first: str, last: str, timezone: str) -> list[tuple[str, int, int]]:
    answer = world.get("/captures/daily", query={"from": first, "to": last, "timezone": timezone})
    assert answer.status == 200, answer.text
    assert answer.json()["currency"] == "usd"
    return [(item["date"], item["captures"], item["earned_cents"]) for item in answer.json()["items"]]


def test_days_are_those_of_the_time_zone(world: World) -> None:
    agent = world.camera()
    _completed(world, agent.id, datetime(2026, 3, 28, 22, 59, 59, tzinfo=UTC), 50)  # 23:59:59 in Berlin
    _completed(world, agent.id, datetime(2026, 3, 28, 23, 0, tzinfo=UTC), 20)  # midnight
    _completed(world, agent.id, datetime(2026, 3, 29, 21, 59, tzinfo=UTC))  # clocks went ahead by an hour this day
    _completed(world, agent.id, datetime(2026, 3, 29, 22, 0, tzinfo=UTC), 0)
    _completed(world, world.other().camera().id, datetime(2026, 3, 29, 12, 0, tzinfo=UTC))
    assert _daily(world, "2026-03-27", "2026-03-30", "Europe/Berlin") == [
        ("2026-03-27", 0, 0),
        ("2026-03-28", 1, 50),
        ("2026-03-29", 2, 20),
        ("2026-03-30", 1, 0),
    ]
    assert _daily(world, "2026-03-28", "2026-03-29", "UTC") == [("2026-03-28", 2, 70), ("2026-03-29", 2, 0)]


@pytest.mark.parametrize(
    ("timezone", "day", "before", "first"),
    [
        ("America/Havana", "2026-03-08", "2026-03-08T04:59:59", "2026-03-08T05:00:00"),  # has no midnight
        ("America/Havana", "2026-11-01", "2026-11-01T03:59:59", "2026-11-01T04:00:00"),  # has two
        ("Asia/Kolkata", "2026-05-01", "2026-04-30T18:29:59", "2026-04-30T18:30:00"),
    ],
)
def test_a_day_begins_where_its_clocks_begin_it(world: World, timezone: str, day: str, before: str, first: str) -> None:
    agent = world.camera()
    for moment in (before, first):
        _completed(world, agent.id, datetime.fromisoformat(moment + "Z"))
    assert _daily(world, day, day, timezone) == [(day, 1, 0)]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"timezone": "Europe/Nowhere"}, "timezone"),
        ({"timezone": "UTC-5"}, "timezone"),
        ({"timezone": "../../etc/passwd"}, "timezone"),
        ({"to": "2025-12-31"}, "to"),
        ({"to": "2027-01-03"}, "to"),
        ({"from": "0001-01-01", "to": "0001-01-02"}, "from"),
        ({"to": "9999-12-31"}, "to"),
        ({"from": "yesterday"}, "from"),
    ],
)
def test_days_that_cannot_be_counted_are_refused(world: World, query: dict[str, str], field: str) -> None:
    answer = world.get("/captures/daily", query={"from": "2026-01-01", "to": "2026-01-02", "timezone": "UTC"} | query)
    assert answer.status == 400
    assert [error["field"].rpartition(".")[2] for error in answer.json()["errors"]] == [field]


def test_a_year_of_days_is_there_whole(world: World) -> None:
    days = _daily(world, "2026-01-01", "2027-01-01", "Pacific/Apia")
    assert len(days) == 366
    assert days[0] == ("2026-01-01", 0, 0)
