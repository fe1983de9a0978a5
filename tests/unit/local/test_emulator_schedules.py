"""Schedules fire in their own time zone, once, and not while they are off."""

from datetime import UTC, datetime
from typing import Any

import pytest
from ministack.services import eventbridge

from infra.local.emulator_schedules import Calendar, Clock, next_fire

CALENDAR = Calendar(
    eventbridge._parse_rate_seconds,
    eventbridge._parse_cron_fields,
    eventbridge._cron_next_fire,
)
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
    ],
)
def test_expressions_are_read_in_their_zone(expression: str, timezone: str, after: str, expected: str) -> None:
    assert next_fire(_schedule(expression, timezone), _at(after), CALENDAR) == _at(expected)


def test_an_unknown_expression_never_fires() -> None:
    assert next_fire(_schedule("whenever"), 0, CALENDAR) is None


class _Recorder:
    def __init__(self, schedule: dict[str, Any]) -> None:
        self.fired: list[str] = []
        self.schedules = {KEY: schedule}
        self.clock = Clock(self.schedules, lambda key, _schedule: self.fired.append(key[2]), CALENDAR)

    def tick(self, *moments: str) -> int:
        before = len(self.fired)
        for moment in moments:
            self.clock.tick(_at(moment))
        return len(self.fired) - before


def _recorder(schedule: dict[str, Any], looked: str) -> _Recorder:
    recorder = _Recorder(schedule)
    recorder.clock._looked = _at(looked)
    return recorder


def test_a_cron_schedule_fires_once_for_each_occurrence() -> None:
    recorder = _recorder(_schedule("cron(0 9 * * ? *)"), "2026-07-01T08:59:58")
    assert recorder.tick("2026-07-01T08:59:59") == 0
    assert recorder.tick("2026-07-01T09:00:00", "2026-07-01T09:00:01", "2026-07-01T09:00:30") == 1
    assert recorder.tick("2026-07-02T08:59:59", "2026-07-02T09:00:00") == 1


def test_a_rate_counts_from_its_last_time() -> None:
    recorder = _recorder(_schedule("rate(1 minute)", CreationDate=_at("2026-07-01T00:00:00")), "2026-07-01T00:00:00")
    assert recorder.tick("2026-07-01T00:00:59") == 0
    assert recorder.tick("2026-07-01T00:01:00", "2026-07-01T00:01:01") == 1
    assert recorder.tick("2026-07-01T00:02:00") == 1


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
