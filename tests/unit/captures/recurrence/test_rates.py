"""rate(...) counts from its start, else from when it was made."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from captures.recurrence import parse

UNITS = {"minute": timedelta(minutes=1), "hour": timedelta(hours=1), "day": timedelta(days=1)}
MADE = datetime(2026, 3, 28, 11, 7, 43, 250_000, tzinfo=UTC)


def test_without_a_start_it_fires_first_one_interval_after_it_was_made() -> None:
    rate = parse("rate(5 minutes)", "UTC", anchor=MADE)
    assert [f"{due:%H:%M:%S}" for due in rate.upcoming(MADE, 3)] == ["11:12:43", "11:17:43", "11:22:43"]


def test_with_a_start_that_is_its_first_time() -> None:
    start = datetime(2026, 4, 1, 8, 0, tzinfo=UTC)
    rate = parse("rate(2 hours)", "UTC", anchor=MADE, starts_at=start, ends_at=start + timedelta(hours=4))
    assert [f"{due:%d %H:%M}" for due in rate.upcoming(MADE, 9)] == ["01 08:00", "01 10:00", "01 12:00"]


def test_a_day_is_24_hours_when_clocks_change() -> None:
    rate = parse("rate(1 days)", "Europe/Berlin", anchor=MADE)
    assert [f"{due:%d %H:%M}" for due in rate.upcoming(MADE, 2)] == ["29 11:07", "30 11:07"]


@pytest.mark.parametrize("behind", [timedelta(days=1), timedelta(days=30 * 365)])
def test_a_start_long_ago_keeps_its_beat(behind: timedelta) -> None:
    rate = parse("rate(7 minutes)", "UTC", anchor=MADE, starts_at=MADE - behind)
    due = rate.next_after(MADE)
    assert due is not None
    assert timedelta(0) < due - MADE <= timedelta(minutes=7)
    assert (due - (MADE - behind).replace(microsecond=0)) % timedelta(minutes=7) == timedelta(0)


@given(
    st.integers(1, 500),
    st.sampled_from(sorted(UNITS)),
    st.datetimes(datetime.fromisoformat("2020-01-01"), datetime.fromisoformat("2030-01-01")),
    st.booleans(),
    st.integers(-400_000, 40_000_000),
)
def test_it_fires_at_whole_intervals_and_misses_none(
    count: int, unit: str, origin: datetime, has_start: bool, later: int
) -> None:
    """Found by walking there, interval by interval."""
    origin = origin.replace(microsecond=0, tzinfo=UTC)
    interval = count * UNITS[unit]
    rate = parse(f"rate({count} {unit}s)", "UTC", anchor=origin, starts_at=origin if has_start else None)
    after = origin + timedelta(seconds=later % (300 * int(interval.total_seconds())) if later > 0 else later)
    due = origin if has_start else origin + interval
    while due <= after:
        due += interval
    assert rate.upcoming(after, 3) == [due, due + interval, due + 2 * interval]
