"""The three kinds of expression, and the moments that each names, in order."""

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from captures.recurrence import zones
from captures.recurrence.days import Days

THE_END = datetime(2200, 1, 1, tzinfo=UTC)  # expressions know the years until 2199
UNITS = {"minute": timedelta(minutes=1), "hour": timedelta(hours=1), "day": timedelta(days=1)}


class Rule(Protocol):
    @property
    def text(self) -> str:
        """The expression as Scheduler is told it."""

    def after(self, moment: datetime) -> Iterator[datetime]:
        """In UTC, without end or until there are no more."""


@dataclass(frozen=True)
class Rate:
    """Every so often from a first time on, on a clock that never changes: a day is 24 hours."""

    text: str
    count: int
    unit: str
    first: datetime

    @property
    def interval(self) -> timedelta:
        return self.count * UNITS[self.unit]

    def after(self, moment: datetime) -> Iterator[datetime]:
        passed = (moment - self.first) // self.interval + 1 if moment >= self.first else 0
        due = self.first + passed * self.interval
        while due < THE_END:
            yield due
            due += self.interval


@dataclass(frozen=True)
class Once:
    text: str
    wall: datetime
    moment: datetime

    def after(self, moment: datetime) -> Iterator[datetime]:
        if self.moment > moment:
            yield self.moment


@dataclass(frozen=True)
class Cron:
    text: str
    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: Days
    months: tuple[int, ...]
    years: tuple[int, ...]
    zone: ZoneInfo

    def after(self, moment: datetime) -> Iterator[datetime]:
        """What the zone's clocks show decides. In an hour that they go through for the second time, the times that are
        still to come on the wall have been already: those are left out by comparing moments."""
        start = moment.astimezone(self.zone).replace(tzinfo=None, fold=0)
        for midnight in self._days(start.date()):
            for due in self._of_day(midnight, start.hour if midnight.date() == start.date() else 0):
                if due > moment:
                    yield due

    def _days(self, start: date) -> Iterator[datetime]:
        """Midnights on the wall from a day on. Goes by years and months, so that a day far ahead costs little."""
        for year in self.years[bisect_left(self.years, start.year) :]:
            for month in self.months:
                if (year, month) < (start.year, start.month):
                    continue
                for day in self.days.of_month(year, month):
                    midnight = datetime(year, month, day)  # noqa: DTZ001 - a time on the wall
                    if midnight.date() >= start:
                        yield midnight

    def _of_day(self, midnight: datetime, first_hour: int) -> Iterator[datetime]:
        noon = zones.steady_noon(midnight, self.zone)
        for hour in self.hours[bisect_left(self.hours, first_hour) :]:
            for minute in self.minutes:
                if noon is not None:
                    yield noon + timedelta(hours=hour - 12, minutes=minute)
                    continue
                due = zones.first_moment(midnight.replace(hour=hour, minute=minute), self.zone)
                if due is not None:
                    yield due


def whole_second(moment: datetime) -> datetime:
    """Scheduler's dates are whole seconds."""
    return moment.astimezone(UTC).replace(microsecond=0)
