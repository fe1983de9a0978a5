"""An expression in plain words: "Every 10 minutes on weekdays, 9:00 to 17:59, Berlin time"."""

from collections.abc import Sequence
from datetime import UTC, datetime

from captures.recurrence import fields
from captures.recurrence.clock_words import times
from captures.recurrence.days import BeforeLast, Dates, Days, LastWeekday, NearestWeekday, NthWeekday, Weekdays
from captures.recurrence.parsing import parse
from captures.recurrence.rules import Cron, Once, Rate
from captures.recurrence.words import every, joined, ordinal, span

_MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
_WEEKDAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"]
_COUNTED = ["first", "second", "third", "fourth", "fifth"]
_ANY_MOMENT = datetime(2000, 1, 1, tzinfo=UTC)  # words do not depend on when a rate began


def describe(expression: str, timezone: str) -> str:
    """One line for a person; `BadExpression` for what cannot be read."""
    match parse(expression, timezone, anchor=_ANY_MOMENT).rule:
        case Rate() as rate:
            return every(rate.count, rate.unit)
        case Once() as once:
            clock = f"{once.wall.hour}:{once.wall:%M}" + (f":{once.wall:%S}" if once.wall.second else "")
            date = f"{once.wall.day} {_MONTHS[once.wall.month - 1]} {once.wall.year}"
            return f"Once, on {date} at {clock}, {_zone(timezone)}"
        case Cron() as cron:
            return _cron(cron, timezone)
    raise AssertionError("there are three kinds of rule")


def _cron(cron: Cron, timezone: str) -> str:
    said = times(cron.minutes, cron.hours)
    days = _days(cron.days) or ("" if said.is_interval else "every day")
    first = " ".join(filter(None, [said.first, days]))
    return ", ".join(filter(None, [first, said.window, _months(cron.months), _years(cron.years), _zone(timezone)]))


def _days(days: Days) -> str:
    words = ""
    match days:
        case Dates(numbers):
            words = "" if len(numbers) == fields.DAYS_OF_MONTH.highest else f"on {_dates(numbers)} of the month"
        case BeforeLast(0):
            words = "on the last day of the month"
        case BeforeLast(before):
            words = f"on the day that is {before} before the last of the month"
        case NearestWeekday(None):
            words = "on the last weekday of the month"
        case NearestWeekday(day):
            words = f"on the weekday nearest the {ordinal(day or 1)} of the month"
        case NthWeekday(weekday, nth):
            words = f"on the {_COUNTED[nth - 1]} {_WEEKDAYS[weekday - 1]} of the month"
        case LastWeekday(weekday):
            words = f"on the last {_WEEKDAYS[weekday - 1]} of the month"
        case Weekdays(numbers):
            words = _of_week(numbers)
    return words


def _of_week(numbers: Sequence[int]) -> str:
    match tuple(numbers):
        case (1, 2, 3, 4, 5, 6, 7):
            return ""
        case (2, 3, 4, 5, 6):
            return "on weekdays"
        case (1, 7):
            return "at weekends"
    monday_first = sorted(numbers, key=lambda number: (number - 2) % 7)
    return f"on {joined([_WEEKDAYS[number - 1] + 's' for number in monday_first])}"


def _dates(numbers: Sequence[int]) -> str:
    found = span(numbers)
    if found and len(numbers) > 2:
        return f"the {ordinal(found[0])} to the {ordinal(found[1])}"
    return f"the {joined([ordinal(number) for number in numbers])}"


def _months(numbers: Sequence[int]) -> str:
    return _some(numbers, len(_MONTHS), [_MONTHS[number - 1] for number in numbers])


def _years(numbers: Sequence[int]) -> str:
    return _some(numbers, fields.YEARS.highest - fields.YEARS.lowest + 1, [str(number) for number in numbers])


def _some(numbers: Sequence[int], all_of_them: int, names: Sequence[str]) -> str:
    if len(numbers) == all_of_them:
        return ""
    if span(numbers) and len(numbers) > 2:
        return f"from {names[0]} to {names[-1]}"
    if len(names) > 12:  # every fourth year until 2196 is no list to read
        return f"in {', '.join(names[:3])} and so on"
    return f"in {joined(names)}"


def _zone(timezone: str) -> str:
    area, _, place = timezone.rpartition("/")
    return f"{place.replace('_', ' ')} time" if area and area != "Etc" else timezone
