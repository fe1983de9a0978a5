"""Schedules fire in their own time zone, once, and not while they are off."""

import json
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from infra.local import schedule_context
from infra.local.emulator_schedules import Clock, in_pages, next_fire

KEY = ("000000000000", "us-east-1", "default/s")


def _at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


def _schedule(expression: str, timezone: str = "UTC", **more: Any) -> dict[str, Any]:
    return {
        "ScheduleExpression": expression,
        "ScheduleExpressionTimezone": timezone,
        "State": "ENABLED",
        "CreationDate": _at("2026-01-01T00:00:00"),
    } | more


@pytest.mark.parametrize(
    ("expression", "timezone", "after", "expected"),
    [
        ("cron(0 9 * * ? *)", "UTC", "2026-07-01T08:00:00", "2026-07-01T09:00:00"),
        ("cron(0 9 * * ? *)", "Europe/Madrid", "2026-07-01T00:00:00", "2026-07-01T07:00:00"),
        ("cron(0 9 * * ? *)", "Europe/Madrid", "2026-01-15T00:00:00", "2026-01-15T08:00:00"),
        ("cron(0 20 ? * MON *)", "America/New_York", "2026-07-03T00:00:00", "2026-07-07T00:00:00"),
        ("at(2026-07-01T12:00:00)", "Asia/Tokyo", "2026-07-01T00:00:00", "2026-07-01T03:00:00"),
        ("cron(30 2 * * ? *)", "Europe/Madrid", "2026-03-28T12:00:00", "2026-03-30T00:30:00"),  # skipped on the 29th
        ("cron(0 9 L * ? *)", "UTC", "2026-02-01T00:00:00", "2026-02-28T09:00:00"),
        ("cron(0 9 ? * 3#2 *)", "UTC", "2026-07-01T00:00:00", "2026-07-14T09:00:00"),
        ("cron(0 9 1W * ? *)", "UTC", "2026-08-01T00:00:00", "2026-08-03T09:00:00"),
    ],
)
def test_expressions_are_read_in_their_zone(expression: str, timezone: str, after: str, expected: str) -> None:
    assert next_fire(_schedule(expression, timezone), _at(after)) == _at(expected)


@pytest.mark.parametrize(("expression", "timezone"), [("whenever", "UTC"), ("rate(1 minute)", "Mars/Base")])
def test_what_cannot_be_read_never_fires(expression: str, timezone: str) -> None:
    assert next_fire(_schedule(expression, timezone), 0) is None


class _Recorder:
    def __init__(self, schedule: dict[str, Any]) -> None:
        self.due: list[datetime] = []
        self.schedules = {KEY: schedule}
        self.clock = Clock(self.schedules, lambda _key, _schedule, due: self.due.append(due))

    def tick(self, *moments: str) -> int:
        before = len(self.due)
        for moment in moments:
            self.clock.tick(_at(moment))
        return len(self.due) - before


def _recorder(schedule: dict[str, Any], looked: str) -> _Recorder:
    recorder = _Recorder(schedule)
    recorder.clock._looked = _at(looked)
    return recorder


def test_a_cron_schedule_fires_once_for_each_occurrence() -> None:
    recorder = _recorder(_schedule("cron(0 9 * * ? *)"), "2026-07-01T08:59:58")
    assert recorder.tick("2026-07-01T08:59:59") == 0
    assert recorder.tick("2026-07-01T09:00:00", "2026-07-01T09:00:01", "2026-07-01T09:00:30") == 1
    assert recorder.tick("2026-07-02T08:59:59", "2026-07-02T09:00:00") == 1


def test_a_rate_counts_from_when_it_was_made() -> None:
    made = _at("2026-07-01T00:00:00.5")
    recorder = _recorder(_schedule("rate(1 minute)", CreationDate=made), "2026-07-01T00:00:00")
    assert recorder.tick("2026-07-01T00:00:59") == 0
    assert recorder.tick("2026-07-01T00:01:00", "2026-07-01T00:01:01") == 1
    assert recorder.tick("2026-07-01T00:02:00") == 1


def test_a_rate_with_a_start_fires_then_and_counts_from_it() -> None:
    start, end = _at("2026-07-01T08:00:10"), _at("2026-07-01T08:10:10")
    recorder = _recorder(_schedule("rate(5 minutes)", StartDate=start, EndDate=end), "2026-07-01T07:00:00")
    recorder.tick(*(f"2026-07-01T{hour:02}:{minute:02}:10" for hour in (7, 8) for minute in range(60)))
    assert [f"{due:%H:%M:%S}" for due in recorder.due] == ["08:00:10", "08:05:10", "08:10:10"]


def test_a_machine_that_slept_fires_once_when_it_wakes_for_the_last_time_that_came() -> None:
    recorder = _recorder(_schedule("cron(* * * * ? *)"), "2026-07-01T00:00:30")
    assert recorder.tick("2026-07-01T09:30:20", "2026-07-01T09:30:21") == 1
    assert recorder.due == [datetime(2026, 7, 1, 9, 30, tzinfo=UTC)]


def test_a_schedule_that_stumbles_does_not_hold_up_the_others() -> None:
    recorder = _recorder(_schedule("cron(* * * * ? *)"), "2026-07-01T00:00:30")
    broken = ("000000000000", "us-east-1", "default/broken")
    recorder.schedules = {broken: _schedule("rate(1 minute)", StartDate="yesterday"), **recorder.schedules}
    recorder.clock._schedules = recorder.schedules
    assert recorder.tick("2026-07-01T00:01:00") == 1


def test_a_one_time_schedule_fires_once_even_late_and_goes_when_told_to() -> None:
    recorder = _recorder(_schedule("at(2026-07-01T12:00:00)"), "2026-07-03T00:00:00")
    assert recorder.tick("2026-07-03T00:00:01", "2026-07-03T00:00:02") == 1
    assert KEY in recorder.schedules
    gone = _recorder(_schedule("at(2026-07-01T12:00:00)", ActionAfterCompletion="DELETE"), "2026-07-01T11:00:00")
    assert gone.tick("2026-07-01T12:00:00") == 1
    assert not gone.schedules


@pytest.mark.parametrize(
    "off",
    [
        {"State": "DISABLED"},
        {"StartDate": _at("2027-01-01T00:00:00")},
        {"EndDate": "2026-01-01T00:00:00Z"},
    ],
)
def test_what_is_off_not_begun_or_over_does_not_fire(off: dict[str, Any]) -> None:
    recorder = _recorder(_schedule("cron(* * * * ? *)") | off, "2026-07-01T00:00:00")
    assert recorder.tick("2026-07-01T00:01:00", "2026-07-01T00:02:00") == 0


def test_the_context_of_an_invocation_is_filled_in() -> None:
    text = (
        '{"due_at": "<aws.scheduler.scheduled-time>", "of": "<aws.scheduler.schedule-arn>", '
        '"try": <aws.scheduler.attempt-number>, "id": "<aws.scheduler.execution-id>", "x": "<aws.scheduler.unknown>"}'
    )
    due = datetime(2026, 7, 1, 12, 0, 0, 999_000, tzinfo=ZoneInfo("Asia/Tokyo"))
    filled = json.loads(schedule_context.fill(text, due=due, arn="arn:aws:scheduler:::schedule/a/b"))
    assert filled.pop("id")
    assert filled == {
        "due_at": "2026-07-01T03:00:00Z",
        "of": "arn:aws:scheduler:::schedule/a/b",
        "try": 1,
        "x": "<aws.scheduler.unknown>",
    }


def test_each_invocation_has_an_id_of_its_own() -> None:
    ids = {schedule_context.fill("<aws.scheduler.execution-id>", due=datetime.now(UTC), arn="") for _ in range(9)}
    assert len(ids) == 9


def test_a_long_list_comes_in_pages() -> None:
    names = [f"capture-{number}" for number in range(250)]

    def everything(query: dict[str, Any]) -> tuple[int, dict[str, str], bytes]:
        return (
            200,
            {},
            json.dumps({"Schedules": [{"Name": name} for name in names][: int(query["MaxResults"])]}).encode(),
        )

    seen: list[str] = []
    asked: dict[str, Any] = {}
    while True:
        page = json.loads(in_pages(everything)(asked)[2])
        seen += [schedule["Name"] for schedule in page["Schedules"]]
        if "NextToken" not in page:
            break
        asked = {"MaxResults": "100", "NextToken": page["NextToken"]}
    assert seen == names
