"""When a cron expression fires, found the slow way: every minute is asked whether it fits.

Written apart from the code under test: it never reads an expression. A strategy draws each field twice, as text and as
a question about a time on the wall, and a minute fits when every question is answered yes.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

Fits = Callable[[datetime], bool]
_DAY = timedelta(days=1)
WEEKDAY_NAMES = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]
MONTH_NAMES = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]


@dataclass(frozen=True)
class Drawn:
    text: str
    fits: Fits

    def __repr__(self) -> str:
        return self.text


@dataclass(frozen=True)
class DrawnCron:
    minutes: Drawn
    hours: Drawn
    of_month: Drawn
    months: Drawn
    of_week: Drawn
    years: Drawn

    @property
    def fields(self) -> list[Drawn]:
        return [self.minutes, self.hours, self.of_month, self.months, self.of_week, self.years]

    @property
    def text(self) -> str:
        return f"cron({' '.join(field.text for field in self.fields)})"

    def __repr__(self) -> str:
        return self.text

    def fits(self, wall: datetime) -> bool:
        return all(field.fits(wall) for field in self.fields)


def minutes_between(drawn: DrawnCron, zone: ZoneInfo, after: datetime, until: datetime) -> list[datetime]:
    """Each minute of the world's time is looked up on the zone's wall; the second pass of an hour is not counted."""
    return [
        minute
        for minute in _every_minute(after, until)
        if (wall := minute.astimezone(zone)).fold == 0 and drawn.fits(wall.replace(tzinfo=None))
    ]


def days_between(drawn: DrawnCron, first: date, last: date) -> list[date]:
    """The days on which an expression fires, whatever the hour."""
    days = (first + number * _DAY for number in range((last - first).days + 1))
    about_days = [drawn.of_month, drawn.months, drawn.of_week, drawn.years]
    return [day for day in days if all(field.fits(datetime.combine(day, time.min)) for field in about_days)]


def _every_minute(after: datetime, until: datetime) -> Iterator[datetime]:
    minute = after.replace(second=0, microsecond=0) + timedelta(minutes=1)
    while minute <= until:
        yield minute.astimezone(UTC)
        minute += timedelta(minutes=1)


# --- drawing ---------------------------------------------------------------------------------------------------------


def _one_of(*parts: Drawn) -> Drawn:
    return Drawn(",".join(part.text for part in parts), lambda wall: any(part.fits(wall) for part in parts))


@st.composite
def _part(draw: st.DrawFn, lowest: int, highest: int, of: Callable[[datetime], int], *, steps: bool = True) -> Drawn:
    kind = draw(st.sampled_from(["one", "range", "step", "from", "all"] if steps else ["one", "range"]))
    first = draw(st.integers(lowest, highest))
    last = draw(st.integers(first, highest))
    every = draw(st.integers(1, highest - lowest))
    match kind:
        case "one":
            return Drawn(f"{first}", lambda wall: of(wall) == first)
        case "range":
            return Drawn(f"{first}-{last}", lambda wall: first <= of(wall) <= last)
        case "step":
            return Drawn(
                f"{first}-{last}/{every}", lambda wall: first <= of(wall) <= last and (of(wall) - first) % every == 0
            )
        case "from":
            return Drawn(f"{first}/{every}", lambda wall: of(wall) >= first and (of(wall) - first) % every == 0)
    return Drawn(f"*/{every}", lambda wall: (of(wall) - lowest) % every == 0)


def _numbers(
    lowest: int, highest: int, of: Callable[[datetime], int], *, steps: bool = True
) -> st.SearchStrategy[Drawn]:
    parts = _part(lowest, highest, of, steps=steps)
    several = st.lists(parts, min_size=1, max_size=3).map(lambda drawn: _one_of(*drawn))
    return st.one_of(st.just(ALL), several)


ALL = Drawn("*", lambda wall: True)
ANY = Drawn("?", lambda wall: True)


def weekday(wall: datetime) -> int:
    return (wall.weekday() + 1) % 7 + 1


def _is_last_but(days: int) -> Fits:
    return lambda wall: (wall + days * _DAY).month == wall.month != (wall + (days + 1) * _DAY).month


def _is_nearest(to: int) -> Fits:
    def fits(wall: datetime) -> bool:
        month = [wall.replace(day=1) + number * _DAY for number in range(31)]
        days = [day for day in month if day.month == wall.month]
        working = [day for day in days if day.weekday() < 5]
        return len(days) >= to and wall.date() == min(working, key=lambda day: abs(day.day - to)).date()

    return fits


def _is_last_working_day(wall: datetime) -> bool:
    later = [wall + number * _DAY for number in range(1, 8)]
    return wall.weekday() < 5 and not any(day.month == wall.month and day.weekday() < 5 for day in later)


minutes = _numbers(0, 59, lambda wall: wall.minute)
hours = _numbers(0, 23, lambda wall: wall.hour)
months = st.one_of(
    _numbers(1, 12, lambda wall: wall.month),
    st.integers(1, 12).map(lambda number: Drawn(MONTH_NAMES[number - 1], lambda wall: wall.month == number)),
)
years = st.one_of(st.just(ALL), _numbers(1970, 2199, lambda wall: wall.year))

special_dates = st.one_of(
    st.just(Drawn("L", _is_last_but(0))),
    st.just(Drawn("LW", _is_last_working_day)),
    st.integers(1, 30).map(lambda days: Drawn(f"L-{days}", _is_last_but(days))),
    st.integers(1, 31).map(lambda day: Drawn(f"{day}W", _is_nearest(day))),
)
plain_dates = _numbers(1, 31, lambda wall: wall.day)

_named_weekdays = st.integers(1, 7).flatmap(
    lambda number: st.sampled_from([str(number), WEEKDAY_NAMES[number - 1], WEEKDAY_NAMES[number - 1].lower()]).map(
        lambda name: (number, name)
    )
)
nth_weekdays = st.tuples(_named_weekdays, st.integers(1, 5)).map(
    lambda drawn: Drawn(
        f"{drawn[0][1]}#{drawn[1]}",
        lambda wall: weekday(wall) == drawn[0][0] and (wall.day - 1) // 7 + 1 == drawn[1],
    )
)
last_weekdays = _named_weekdays.map(
    lambda drawn: Drawn(
        f"{drawn[1]}L", lambda wall: weekday(wall) == drawn[0] and (wall + 7 * _DAY).month != wall.month
    )
)
plain_weekdays = st.one_of(
    _numbers(1, 7, weekday, steps=False),
    _named_weekdays.map(lambda drawn: Drawn(drawn[1], lambda wall: weekday(wall) == drawn[0])),
)
special_weekdays = st.one_of(nth_weekdays, last_weekdays, st.just(Drawn("L", lambda wall: weekday(wall) == 7)))

_by_date = st.tuples(st.one_of(plain_dates, special_dates), st.just(ANY))
_by_weekday = st.tuples(st.just(ANY), st.one_of(plain_weekdays, special_weekdays))


@st.composite
def crons(draw: st.DrawFn, *, days: st.SearchStrategy[tuple[Drawn, Drawn]] | None = None) -> DrawnCron:
    of_month, of_week = draw(days if days is not None else st.one_of(_by_date, _by_weekday))
    return DrawnCron(draw(minutes), draw(hours), of_month, draw(months), of_week, draw(years))
