"""Cron expressions fire when a slow search says so, and when another library does."""

import re
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from cronsim import CronSim
from hypothesis import example, given
from hypothesis import strategies as st

from captures.recurrence import parse
from tests.unit.captures.recurrence import oracle
from tests.unit.captures.recurrence.oracle import ALL, ANY, Drawn, DrawnCron

_EVERY_MINUTE = DrawnCron(ALL, ALL, ALL, ALL, ANY, ALL)
_SPAN = timedelta(days=2, hours=1)

# Days around which clocks change, or nothing happens
_ZONES_AND_DAYS = [
    ("Europe/Berlin", date(2026, 3, 29)),
    ("Europe/Berlin", date(2026, 10, 25)),
    ("America/New_York", date(2027, 3, 14)),
    ("America/New_York", date(2027, 11, 7)),
    ("Australia/Lord_Howe", date(2026, 4, 5)),  # half an hour
    ("Australia/Lord_Howe", date(2026, 10, 4)),
    ("Pacific/Apia", date(2011, 12, 30)),  # a day that never was
    ("America/Sao_Paulo", date(2018, 2, 18)),  # midnight comes twice
    ("America/Sao_Paulo", date(2018, 11, 4)),  # and is skipped
    ("Africa/Casablanca", date(2026, 2, 15)),  # Ramadan
    ("Antarctica/Troll", date(2026, 3, 29)),  # two hours
    ("Antarctica/Troll", date(2026, 10, 25)),
    ("Asia/Kathmandu", date(2026, 6, 1)),
    ("UTC", date(2028, 2, 29)),
    ("UTC", date(2100, 2, 28)),
]


@st.composite
def _starts(draw: st.DrawFn) -> tuple[str, datetime]:
    zone, day = draw(st.sampled_from(_ZONES_AND_DAYS))
    start = datetime.combine(day, time(tzinfo=UTC)) + timedelta(seconds=draw(st.integers(-36 * 3600, 30 * 3600)))
    return zone, start


def _found(text: str, zone: str, after: datetime, until: datetime) -> list[datetime]:
    found = []
    for due in parse(text, zone, anchor=after).after(after):
        if due > until:
            break
        found.append(due)
    return found


@given(oracle.crons(), _starts())
@example(_EVERY_MINUTE, ("Europe/Berlin", datetime(2026, 10, 24, 23, 17, 30, tzinfo=UTC)))
@example(_EVERY_MINUTE, ("Europe/Berlin", datetime(2026, 3, 28, 23, 17, 30, tzinfo=UTC)))
@example(_EVERY_MINUTE, ("Pacific/Apia", datetime(2011, 12, 29, 12, 0, tzinfo=UTC)))
@example(_EVERY_MINUTE, ("Australia/Lord_Howe", datetime(2026, 4, 4, 15, 10, tzinfo=UTC)))
def test_it_fires_at_every_minute_that_fits_and_at_no_other(drawn: DrawnCron, start: tuple[str, datetime]) -> None:
    zone, after = start
    expected = oracle.minutes_between(drawn, ZoneInfo(zone), after, after + _SPAN)
    assert _found(drawn.text, zone, after, after + _SPAN) == expected


@given(oracle.crons(), st.dates(date(1999, 1, 1), date(2150, 1, 1)))
def test_years_of_days(drawn: DrawnCron, first: date) -> None:
    """Far ahead, across leap years: the days on which it fires at all, at noon of them."""
    at_noon = DrawnCron(
        Drawn("0", lambda wall: True),
        Drawn("12", lambda wall: True),
        drawn.of_month,
        drawn.months,
        drawn.of_week,
        drawn.years,
    )
    last = first + timedelta(days=3 * 365)
    after = datetime.combine(first, time(tzinfo=UTC))
    found = _found(at_noon.text, "UTC", after, datetime.combine(last, time.max, tzinfo=UTC))
    assert [due.date() for due in found] == oracle.days_between(at_noon, first, last)


_KNOWN_TO_BOTH = st.one_of(
    st.tuples(oracle.plain_dates, st.just(ANY)),
    st.tuples(st.sampled_from([Drawn("L", bool), Drawn("LW", bool)]), st.just(ANY)),
    st.tuples(st.just(ANY), st.integers(1, 7).map(lambda day: Drawn(str(day), bool))),
    st.tuples(
        st.just(ANY), st.tuples(st.integers(1, 7), st.integers(1, 5)).map(lambda n: Drawn(f"{n[0]}#{n[1]}", bool))
    ),
    st.tuples(st.just(ANY), st.integers(1, 7).map(lambda day: Drawn(f"{day}L", bool))),
)


_SEARCH_STARTS = st.datetimes(datetime.fromisoformat("1990-01-01"), datetime.fromisoformat("2150-01-01"))


_READ_OTHERWISE_THERE = re.compile(r"\b([0-9]+)-\1/")  # 3-3/2 goes on to the end


@given(
    oracle.crons(days=_KNOWN_TO_BOTH).filter(lambda drawn: not _READ_OTHERWISE_THERE.search(drawn.text)), _SEARCH_STARTS
)
def test_another_library_says_the_same_in_utc(drawn: DrawnCron, start: datetime) -> None:
    minutes, hours, of_month, months, of_week, _ = (field.text for field in drawn.fields)
    if of_week != "?":  # there Sunday is 0
        of_week = f"{int(of_week[0]) - 1}{of_week[1:]}"
    theirs = CronSim(" ".join([minutes, hours, of_month.replace("?", "*"), months, of_week.replace("?", "*")]), start)
    ours = parse(f"cron({minutes} {hours} {of_month} {months} {drawn.of_week.text} *)", "UTC", anchor=_utc(start))
    for due in ours.upcoming(_utc(start), 5):
        assert due == _utc(next(theirs))


def _utc(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC)
