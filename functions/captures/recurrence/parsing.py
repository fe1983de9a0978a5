"""Expressions as text, read or refused with the reason."""

import re
from datetime import datetime
from zoneinfo import ZoneInfo

from captures.recurrence import days, fields, zones
from captures.recurrence.errors import BadExpression
from captures.recurrence.rules import UNITS, Cron, Once, Rate, Rule, whole_second
from captures.recurrence.timetable import Recurrence

LONGEST = 256  # characters, Scheduler's own
_MOST = 999_999
_CALL = re.compile(r"\s*(rate|cron|at)\((.*)\)\s*", re.DOTALL)
_RATE = re.compile(r"\s*([0-9]+)\s+([a-z]+?)s?\s*")
_AT = re.compile(r"\s*([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2})\s*")


def parse(
    expression: str,
    timezone: str,
    *,
    anchor: datetime,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
) -> Recurrence:
    """What an expression means. A rate counts from `starts_at`, its first time, or else from `anchor`, one interval
    after which it fires first. Once is once: like Scheduler, `at(...)` knows neither start nor end."""
    zone = zones.load(timezone)
    kind, inside = _call(expression)
    if kind == "at":
        return Recurrence(_once(inside, zone), None, None)
    starts, ends = (moment and whole_second(moment) for moment in (starts_at, ends_at))
    rule: Rule = _cron(inside, zone) if kind == "cron" else _rate(inside, anchor=anchor, starts_at=starts)
    return Recurrence(rule, starts, ends)


def _call(expression: str) -> tuple[str, str]:
    if len(expression) > LONGEST:
        raise BadExpression(f"An expression has at most {LONGEST} characters.")
    found = _CALL.fullmatch(expression)
    if not found:
        raise BadExpression("Write it as rate(5 minutes), cron(0 9 * * ? *) or at(2027-03-01T12:00:00).")
    return found[1], found[2]


def _rate(inside: str, *, anchor: datetime, starts_at: datetime | None) -> Rate:
    found = _RATE.fullmatch(inside)
    if not found or found[2] not in UNITS:
        raise BadExpression(
            "A rate is a whole number and minutes, hours or days, as in rate(5 minutes); one minute is the finest."
        )
    if len(found[1]) > 9 or not 1 <= int(found[1]) <= _MOST:
        raise BadExpression(f"A rate's number goes from 1 to {_MOST}; this says {found[1][:20]}.")
    count, unit = int(found[1]), found[2]
    text = f"rate({count} {unit}{'' if count == 1 else 's'})"
    first = starts_at or whole_second(anchor) + count * UNITS[unit]
    return Rate(text, count, unit, first)


def _once(inside: str, zone: ZoneInfo) -> Once:
    found = _AT.fullmatch(inside)
    if not found:
        raise BadExpression("Once is at(yyyy-mm-ddThh:mm:ss), without Z or offset: its time zone is named apart.")
    try:
        wall = datetime.strptime(found[1], "%Y-%m-%dT%H:%M:%S")  # noqa: DTZ007 - a time on the wall
    except ValueError:
        raise BadExpression(f"There is no such date and time as {found[1]}.") from None
    years = fields.YEARS
    if not years.lowest <= wall.year <= years.highest:
        raise BadExpression(f"Years go from {years.lowest} to {years.highest}; this says {wall.year}.")
    moment = zones.first_moment(wall, zone)
    if moment is None:
        raise BadExpression(f"Clocks in {zone.key} skip {wall:%H:%M} on {wall:%Y-%m-%d}; take a time before or after.")
    return Once(f"at({found[1]})", wall, moment)


def _cron(inside: str, zone: ZoneInfo) -> Cron:
    parts = inside.split()
    if len(parts) != 6:
        raise BadExpression(
            "A cron expression has six fields: minutes, hours, day-of-month, month, day-of-week and year, as in "
            f"cron(0 9 * * ? *); this has {len(parts)}."
        )
    minutes, hours, of_month, months, of_week, years = parts
    return Cron(
        text=f"cron({' '.join(parts).upper()})",
        minutes=fields.MINUTES.read(minutes),
        hours=fields.HOURS.read(hours),
        days=days.read(of_month, of_week),
        months=fields.MONTHS.read(months),
        years=fields.YEARS.read(years),
        zone=zone,
    )
