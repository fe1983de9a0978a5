"""The examples of AWS's documentation, and what is refused."""

import zoneinfo
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from captures.recurrence import BadExpression, Recurrence, parse, zones

NOW = datetime(2026, 11, 26, 12, 0, 30, tzinfo=UTC)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def read(expression: str, timezone: str = "UTC", **window: Any) -> Recurrence:
    return parse(expression, timezone, **{"anchor": NOW, **window})


def upcoming(expression: str, timezone: str, after: str, n: int = 3) -> list[str]:
    return [f"{due:%Y-%m-%d %H:%M}" for due in read(expression, timezone).upcoming(at(after), n)]


@pytest.mark.parametrize(
    ("expression", "timezone", "after", "expected"),
    [
        # "on the last Friday of each month during the years 2022 to 2023"
        (
            "cron(15 10 ? * 6L 2022-2023)",
            "UTC",
            "2022-01-01",
            ["2022-01-28 10:15", "2022-02-25 10:15", "2022-03-25 10:15"],
        ),
        ("cron(15 10 ? * 6L 2022-2023)", "UTC", "2023-12-01", ["2023-12-29 10:15"]),
        # New York, "every day at 8:30 a.m."
        (
            "cron(30 8 * * ? *)",
            "America/New_York",
            "2026-07-01",
            ["2026-07-01 12:30", "2026-07-02 12:30", "2026-07-03 12:30"],
        ),
        # "every tenth minute, starting from the first minute of the hour"
        (
            "cron(1/10 * * * ? *)",
            "UTC",
            "2026-07-01T05:10",
            ["2026-07-01 05:11", "2026-07-01 05:21", "2026-07-01 05:31"],
        ),
        # "3W specifies the weekday closest to the third day of the month"
        ("cron(0 0 3W * ? *)", "UTC", "2026-04-30", ["2026-05-04 00:00", "2026-06-03 00:00", "2026-07-03 00:00"]),
        # "3#2 would be the second Tuesday of the month"
        ("cron(0 0 ? * 3#2 *)", "UTC", "2026-07-01", ["2026-07-14 00:00", "2026-08-11 00:00", "2026-09-08 00:00"]),
        # L is "the last day of the month or week"
        ("cron(0 0 L * ? *)", "UTC", "2028-02-01", ["2028-02-29 00:00", "2028-03-31 00:00", "2028-04-30 00:00"]),
        ("cron(0 0 ? * L *)", "UTC", "2026-07-01", ["2026-07-04 00:00", "2026-07-11 00:00", "2026-07-18 00:00"]),
        (
            "cron(0 0 ? JAN,FEB,MAR 1 2030)",
            "UTC",
            "2030-02-20",
            ["2030-02-24 00:00", "2030-03-03 00:00", "2030-03-10 00:00"],
        ),
        # nearest weekdays stay in their month
        ("cron(0 0 1W * ? *)", "UTC", "2026-07-31", ["2026-08-03 00:00", "2026-09-01 00:00", "2026-10-01 00:00"]),
        ("cron(0 0 31W * ? *)", "UTC", "2026-05-01", ["2026-05-29 00:00", "2026-07-31 00:00", "2026-08-31 00:00"]),
        ("cron(0 0 LW * ? *)", "UTC", "2026-05-01", ["2026-05-29 00:00", "2026-06-30 00:00", "2026-07-31 00:00"]),
        ("cron(0 0 L-2 2 ? *)", "UTC", "2027-01-01", ["2027-02-26 00:00", "2028-02-27 00:00", "2029-02-26 00:00"]),
        # "1pm UTC-8 on November 20, 2022"
        ("at(2022-11-20T13:00:00)", "America/Los_Angeles", "2022-11-01", ["2022-11-20 21:00"]),
        # spring forward: skipped, "and resumes running the schedule normally the following day"
        (
            "cron(30 2 * * ? *)",
            "America/Los_Angeles",
            "2026-03-07T12:00",
            ["2026-03-09 09:30", "2026-03-10 09:30", "2026-03-11 09:30"],
        ),
        # fall back: "only once at 2:30 a.m. before the shift occurs" (there 1:00 to 2:00 comes twice)
        (
            "cron(30 1 * * ? *)",
            "America/Los_Angeles",
            "2026-10-31T12:00",
            ["2026-11-01 08:30", "2026-11-02 09:30", "2026-11-03 09:30"],
        ),
        # far ahead
        ("cron(0 0 29 2 ? *)", "UTC", "2096-03-01", ["2104-02-29 00:00", "2108-02-29 00:00", "2112-02-29 00:00"]),
        ("cron(59 23 31 12 ? 2199)", "UTC", "2026-01-01", ["2199-12-31 23:59"]),
    ],
)
def test_documented_examples(expression: str, timezone: str, after: str, expected: list[str]) -> None:
    assert upcoming(expression, timezone, after) == expected


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("cron(75 9 * * ? *)", "Minutes go from 0 to 59; this says 75."),
        ("cron(0 24 * * ? *)", "Hours go from 0 to 23; this says 24."),
        ("cron(0 0 0 * ? *)", "Days of the month go from 1 to 31; this says 0."),
        ("cron(0 0 * 13 ? *)", "Months go from 1 to 12; this says 13."),
        ("cron(0 0 ? * 8 *)", "Days of the week go from 1 to 7; this says 8."),
        ("cron(0 0 ? * 0L *)", "Days of the week go from 1 to 7; this says 0."),
        ("cron(0 0 * * ? 1969)", "Years go from 1970 to 2199; this says 1969."),
        ("cron(0 0 * MAYBE ? *)", "Months go from 1 to 12 or JAN and so on; this says 'MAYBE'."),
        ("cron(0 0 * * ?)", "this has 5"),
        ("cron(0 0 0 * * ? *)", "this has 7"),
        ("cron()", "this has 0"),
        ("cron(0 9 * * * *)", "write ? for one of them"),
        ("cron(0 9 1 * MON *)", "write ? for one of them"),
        ("cron(0 9 ? * ? *)", "write * for every day in one of them"),
        ("cron(0 9 ?,1 * ? *)", "takes ? alone"),
        ("cron(? 9 * * ? *)", "Minutes cannot be read"),
        ("cron(*/0 * * * ? *)", "Minutes can be stepped through by 1 to 59; this says /0."),
        ("cron(*/60 * * * ? *)", "Minutes can be stepped through by 1 to 59; this says /60."),
        ("cron(/5 * * * ? *)", "Minutes cannot be read"),
        ("cron(5-1 * * * ? *)", "write 5-59,0-1"),
        ("cron(1,,2 * * * ? *)", "Minutes cannot be read"),
        ("cron(1- * * * ? *)", "Minutes cannot be read"),
        ("cron(*-5 * * * ? *)", "takes no range"),
        ("cron(0 9 ? * MON/2 *)", "list the days"),
        ("cron(0 9 ? * 3#1,6#3 *)", "alone; this says 3#1,6#3"),
        ("cron(0 9 ? * 3#6 *)", "#1 to #5"),
        ("cron(0 9 ? * 3#0 *)", "#1 to #5"),
        ("cron(0 9 ? * 2,6L *)", "alone, not in a list"),
        ("cron(0 9 3#2 * ? *)", "takes no #"),
        ("cron(0 9 1,L * ? *)", "alone, not in a list"),
        ("cron(0 9 1-5W * ? *)", "alone, not in a list"),
        ("cron(0 9 W * ? *)", "alone, not in a list"),
        ("cron(0 9 32W * ? *)", "go from 1 to 31"),
        ("cron(0 9 L-31 * ? *)", "L-1 to L-30"),
        ("cron(٣ 9 * * ? *)", "Minutes cannot be read"),
        ("cron(99999999999999999999 9 * * ? *)", "Minutes go from 0 to 59"),
        ("rate(0 minutes)", "goes from 1"),
        ("rate(-1 minutes)", "whole number"),
        ("rate(1.5 hours)", "whole number"),
        ("rate(30 seconds)", "one minute is the finest"),
        ("rate(1 week)", "minutes, hours or days"),
        ("rate(5minutes)", "whole number"),
        ("rate(1000000 days)", "goes from 1 to 999999"),
        ("rate(99999999999999999999 days)", "goes from 1 to 999999"),
        ("rate()", "whole number"),
        ("at(2027-01-01 12:00:00)", "at(yyyy-mm-ddThh:mm:ss)"),
        ("at(2027-01-01T12:00:00Z)", "without Z or offset"),
        ("at(2027-01-01T12:00)", "at(yyyy-mm-ddThh:mm:ss)"),
        ("at(2027-02-29T12:00:00)", "no such date and time"),
        ("at(2027-01-01T24:00:00)", "no such date and time"),
        ("at(2200-01-01T00:00:00)", "Years go from 1970 to 2199"),
        ("at(0001-01-01T00:00:00)", "Years go from 1970 to 2199"),
        ("", "Write it as"),
        ("0 9 * * *", "Write it as"),
        ("CRON(0 9 * * ? *)", "Write it as"),
        ("rate(5 minutes) ; cron(* * * * ? *)", "whole number"),
        ("every day", "Write it as"),
        (f"cron({'1,' * 200}1 * * * ? *)", "at most 256 characters"),
    ],
)
def test_what_cannot_be_is_refused_with_the_reason(expression: str, reason: str) -> None:
    with pytest.raises(BadExpression) as refused:
        read(expression)
    assert reason in refused.value.reason
    assert refused.value.reason.endswith(".")
    assert refused.value.field == "expression"


@pytest.mark.parametrize(
    "name",
    [
        "",
        "Mars/Base",
        "../../etc/passwd",
        "/etc/localtime",
        "Europe",
        "Europe/",
        "localtime",
        "posixrules",
        "right/UTC",
        "europe/ berlin",
        "UTC\x00",
        "tzdata.zi",
        "zone.tab",
        "Europe/Berlin\n",
        "x" * 200,
        "+01:00",
    ],
)
def test_an_unknown_zone_is_refused(name: str) -> None:
    with pytest.raises(BadExpression, match="time zone") as refused:
        read("rate(5 minutes)", name)
    assert refused.value.field == "timezone"


@pytest.mark.parametrize(
    "name", ["UTC", "Europe/Berlin", "America/Argentina/Buenos_Aires", "Etc/GMT+3", "EST5EDT", "GB"]
)
def test_zones_come_with_what_is_deployed(name: str) -> None:
    """From the tzdata package too, where the machine has no database of its own."""
    kept = zoneinfo.TZPATH
    try:
        zoneinfo.reset_tzpath([])
        zoneinfo.ZoneInfo.clear_cache()
        zones.load.cache_clear()
        assert zones.load(name).utcoffset(NOW.replace(tzinfo=None)) is not None
    finally:
        zoneinfo.reset_tzpath(kept)
        zoneinfo.ZoneInfo.clear_cache()
        zones.load.cache_clear()


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("rate(1 minutes)", "rate(1 minute)"),
        ("rate(05 minute)", "rate(5 minutes)"),
        (" cron(0  9 ? * mon-fri *) ", "cron(0 9 ? * MON-FRI *)"),
        ("at( 2027-03-01T12:00:00 )", "at(2027-03-01T12:00:00)"),
    ],
)
def test_scheduler_is_told_one_form(given: str, told: str) -> None:
    assert read(given).text == told
    assert read(told).text == told


def test_a_time_that_clocks_skip_is_no_moment() -> None:
    with pytest.raises(BadExpression, match="skip 02:30 on 2026-03-29"):
        read("at(2026-03-29T02:30:00)", "Europe/Berlin")
    twice = read("at(2026-10-25T02:30:00)", "Europe/Berlin")
    assert twice.upcoming(at("2026-01-01"), 5) == [at("2026-10-25T00:30:00")]


def test_once_knows_neither_start_nor_end() -> None:
    """As Scheduler ignores them."""
    once = read("at(2027-03-01T12:00:30)", starts_at=at("2027-04-01"), ends_at=at("2027-02-01"))
    assert once.next_after(NOW) == at("2027-03-01T12:00:30")


@pytest.mark.parametrize(
    ("expression", "window", "reason"),
    [
        ("at(2026-11-26T12:00:30)", {}, "has passed: it was 2026-11-26 12:00:30 UTC"),
        ("cron(0 0 30 2 ? *)", {}, "no day that is still to come"),
        ("cron(0 0 1 1 ? 2020)", {}, "no day that is still to come"),
        ("cron(0 0 31 4,6,9,11 ? *)", {}, "no day that is still to come"),
        ("cron(0 0 1 * ? *)", {"ends_at": at("2026-11-30")}, "fire once before this"),
        ("rate(999999 days)", {}, "would never fire"),
        ("rate(5 days)", {"ends_at": at("2026-11-27")}, "fire once before this"),
    ],
)
def test_what_never_fires_says_why(expression: str, window: dict[str, Any], reason: str) -> None:
    never = read(expression, **window)
    assert never.next_after(NOW) is None
    assert reason in str(never.why_never(NOW))


def test_what_fires_has_no_reason_not_to() -> None:
    assert read("rate(5 minutes)").why_never(NOW) is None


def test_cron_keeps_to_start_and_end_and_both_are_inside() -> None:
    window: dict[str, Any] = {"starts_at": at("2027-01-01T09:00:00.5"), "ends_at": at("2027-01-03T09:00")}
    daily = read("cron(0 9 * * ? *)", **window)
    assert [due.day for due in daily.upcoming(NOW, 9)] == [1, 2, 3]
    assert daily.next_after(at("2027-01-03T09:00")) is None


def test_nearest() -> None:
    daily = read("cron(0,10 9 * * ? *)")
    minute = timedelta(minutes=1)
    nine = at("2027-01-01T09:00")
    assert daily.nearest(nine, timedelta(0)) == nine
    assert daily.nearest(nine + minute, minute) == nine
    assert daily.nearest(nine - minute, minute) == nine
    assert daily.nearest(nine - minute, minute / 2) is None
    assert daily.nearest(nine + 5 * minute, 8 * minute) == nine  # the earlier of two
    assert daily.nearest(nine + 6 * minute, 8 * minute) == nine + 10 * minute
    assert daily.nearest(nine + timedelta(hours=5), timedelta(days=3)) == nine + 10 * minute
