"""Which of its moments a schedule means, whoever says it and however exactly."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from captures.queries.asking import Plan
from captures.service import planning
from darkroom import ids

BEGUN = datetime(2026, 3, 1, 8, 59, 30, tzinfo=UTC)


def _plan(expression: str, **changes: Any) -> Plan:
    fields: dict[str, Any] = {
        "id": ids.new_id(),
        "user_id": ids.new_id(),
        "device_id": ids.new_id(),
        "expression": expression,
        "timezone": "Europe/Berlin",
        "starts_at": None,
        "ends_at": None,
        "enabled": True,
        "created_at": BEGUN,
    }
    return Plan(**fields | changes)


@pytest.mark.parametrize(
    ("expression", "said", "meant"),
    [
        ("cron(0 10 * * ? *)", "2026-03-01T09:00:00Z", "2026-03-01T09:00:00Z"),
        ("cron(0 10 * * ? *)", "2026-03-01T09:00:59Z", "2026-03-01T09:00:00Z"),
        ("cron(0 10 * * ? *)", "2026-03-01T08:59:01Z", "2026-03-01T09:00:00Z"),
        ("cron(0 10 * * ? *)", "2026-03-01T09:01:01Z", None),
        ("cron(0 10 * * ? *)", "2026-06-01T08:00:20Z", "2026-06-01T08:00:00Z"),
        ("rate(1 minute)", "2026-03-01T09:00:50Z", "2026-03-01T09:00:30Z"),
        ("rate(1 hour)", "2026-03-01T11:59:00Z", "2026-03-01T11:59:30Z"),
        ("at(2026-03-01T10:00:00)", "2026-03-01T09:00:07Z", "2026-03-01T09:00:00Z"),
        ("no expression of any kind", "2026-03-01T09:00:00Z", None),
    ],
)
def test_a_moment_is_named_as_the_schedule_has_it(expression: str, said: str, meant: str | None) -> None:
    expected = datetime.fromisoformat(meant) if meant else None
    assert planning.own_moment(_plan(expression), datetime.fromisoformat(said)) == expected


def test_a_rate_counts_from_its_start() -> None:
    start = datetime(2026, 4, 1, 0, 0, tzinfo=UTC)
    plan = _plan("rate(10 minutes)", starts_at=start)
    assert planning.own_moment(plan, start + timedelta(minutes=10, seconds=3)) == start + timedelta(minutes=10)
    assert planning.own_moment(plan, start - timedelta(minutes=10)) is None


def test_a_zone_that_is_not_known_any_more_is_no_error() -> None:
    assert planning.own_moment(_plan("cron(0 10 * * ? *)", timezone="Atlantis/Capital"), BEGUN) is None


def test_start_and_end_are_within() -> None:
    end = BEGUN + timedelta(days=1)
    plan = _plan("rate(1 minute)", starts_at=BEGUN, ends_at=end)
    instant = timedelta(microseconds=1)
    assert planning.is_within(plan, BEGUN)
    assert planning.is_within(plan, end)
    assert not planning.is_within(plan, BEGUN - instant)
    assert not planning.is_within(plan, end + instant)
    assert planning.is_within(_plan("rate(1 minute)"), BEGUN)
