"""On which days of a month a cron expression fires. Weekdays are counted as Scheduler counts them: 1 is Sunday."""

import re
from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from captures.recurrence.errors import BadExpression
from captures.recurrence.fields import DAYS_OF_MONTH, WEEKDAYS

_SUNDAY, _SATURDAY = 1, 7
_NEAREST = re.compile(r"([0-9]{1,2})W", re.IGNORECASE)
_BEFORE_LAST = re.compile(r"L-([0-9]{1,2})", re.IGNORECASE)
_LAST_WEEKDAY = re.compile(r"([0-9]|[A-Z]{3})L", re.IGNORECASE)
_NTH_WEEKDAY = re.compile(r"([0-9]|[A-Z]{3})#([0-9]+)", re.IGNORECASE)


class Days(Protocol):
    def of_month(self, year: int, month: int) -> Sequence[int]:
        """The days, in order; a month may have none."""


@dataclass(frozen=True)
class Dates:
    """1, 1-15, */2"""

    numbers: tuple[int, ...]

    def of_month(self, year: int, month: int) -> Sequence[int]:
        length = monthrange(year, month)[1]
        return [number for number in self.numbers if number <= length]


@dataclass(frozen=True)
class BeforeLast:
    """L, the last day of the month; L-3, three days before it."""

    days: int

    def of_month(self, year: int, month: int) -> Sequence[int]:
        day = monthrange(year, month)[1] - self.days
        return [day] if day >= 1 else []


@dataclass(frozen=True)
class NearestWeekday:
    """15W: Monday to Friday nearest to the 15th, in the same month. LW (`day` None): the month's last such day."""

    day: int | None

    def of_month(self, year: int, month: int) -> Sequence[int]:
        length = monthrange(year, month)[1]
        day = length if self.day is None else self.day
        if day > length:
            return []
        weekday = _weekday(year, month, day)
        if weekday == _SATURDAY:
            return [day - 1 if day > 1 else day + 2]
        if weekday == _SUNDAY:
            return [day + 1 if day < length else day - 2]
        return [day]


@dataclass(frozen=True)
class Weekdays:
    """MON-FRI"""

    numbers: tuple[int, ...]

    def of_month(self, year: int, month: int) -> Sequence[int]:
        first = _weekday(year, month, 1)
        return [day for day in range(1, monthrange(year, month)[1] + 1) if (first + day - 2) % 7 + 1 in self.numbers]


@dataclass(frozen=True)
class NthWeekday:
    """3#2: the second Tuesday."""

    weekday: int
    nth: int

    def of_month(self, year: int, month: int) -> Sequence[int]:
        day = _first(self.weekday, year, month) + 7 * (self.nth - 1)
        return [day] if day <= monthrange(year, month)[1] else []


@dataclass(frozen=True)
class LastWeekday:
    """6L: the last Friday."""

    weekday: int

    def of_month(self, year: int, month: int) -> Sequence[int]:
        first, length = _first(self.weekday, year, month), monthrange(year, month)[1]
        return [first + (length - first) // 7 * 7]


def read(of_month: str, of_week: str) -> Days:
    """The two fields together: one of them says which days, the other says `?`."""
    if of_month == "?" and of_week == "?":
        raise BadExpression("Day-of-month and day-of-week are both ?; write * for every day in one of them.")
    if of_month != "?" and of_week != "?":
        raise BadExpression(
            f"Days are given twice, as day-of-month {of_month} and day-of-week {of_week}; write ? for one of them."
        )
    return _of_week(of_week) if of_month == "?" else _of_month(of_month)


def _of_month(text: str) -> Days:
    upper = text.upper()
    if upper == "L":
        return BeforeLast(0)
    if upper in {"LW", "WL"}:
        return NearestWeekday(None)
    if found := _BEFORE_LAST.fullmatch(text):
        if not 1 <= int(found[1]) <= 30:
            raise BadExpression(f"Days before the last one of the month go from L-1 to L-30; this says {text}.")
        return BeforeLast(int(found[1]))
    if found := _NEAREST.fullmatch(text):
        return NearestWeekday(DAYS_OF_MONTH.number(found[1]))
    _refuse(text, "LW", "Day-of-month takes L, L-3, 15W or LW alone, not in a list or range")
    _refuse(text, "?", "Day-of-month takes ? alone")
    _refuse(text, "#", "Day-of-month takes no #; the second Tuesday is 3#2 in day-of-week")
    return Dates(DAYS_OF_MONTH.read(text))


def _of_week(text: str) -> Days:
    if text.upper() == "L":
        return Weekdays((_SATURDAY,))  # the last day of the week
    if found := _LAST_WEEKDAY.fullmatch(text):
        return LastWeekday(WEEKDAYS.number(found[1]))
    if found := _NTH_WEEKDAY.fullmatch(text):
        if not 1 <= int(found[2][:9]) <= 5:
            raise BadExpression(f"A month has a weekday #1 to #5; this says #{found[2]}.")
        return NthWeekday(WEEKDAYS.number(found[1]), int(found[2]))
    _refuse(text, "#", "Day-of-week takes one day with #, such as 3#2 for the second Tuesday, alone")
    _refuse(text, "?", "Day-of-week takes ? alone")
    if re.search(r"(?:^|[,-])(?:L|[0-9]L|[A-Za-z]{3}L)(?:$|[,-])", text.upper()):
        raise BadExpression(f"Day-of-week takes L or 6L alone, not in a list or range; this says {text}.")
    return Weekdays(WEEKDAYS.read(text))


def _refuse(text: str, letters: str, reason: str) -> None:
    if set(letters) & set(text.upper()):
        raise BadExpression(f"{reason}; this says {text}.")


def _weekday(year: int, month: int, day: int) -> int:
    return date(year, month, day).isoweekday() % 7 + 1


def _first(weekday: int, year: int, month: int) -> int:
    return (weekday - _weekday(year, month, 1)) % 7 + 1
