"""The minutes and hours of a cron expression in words."""

from collections.abc import Sequence
from dataclasses import dataclass

from captures.recurrence.words import every, joined, span, step

_HOURS = 24
_MINUTES = 60
_LISTED = 6  # so many times of day are told one by one


@dataclass(frozen=True)
class Times:
    first: str
    window: str = ""  # within which the first repeats
    is_interval: bool = True  # "every so often" needs no "every day"


def times(minutes: Sequence[int], hours: Sequence[int]) -> Times:
    if len(minutes) * len(hours) <= _LISTED:
        clocks = [_clock(hour, minute) for hour in hours for minute in minutes]
        return Times(f"At {joined(clocks)}", is_interval=False)
    if len(minutes) == 1:
        return _hourly(minutes[0], hours)
    return Times(_within_the_hour(minutes), _window(hours))


def _hourly(minute: int, hours: Sequence[int]) -> Times:
    apart = step(hours, _HOURS)
    found = span(hours)
    past = f" at {minute} past" if minute else ""
    if apart:
        since = f" from {_clock(hours[0], minute)}" if apart > 1 else past
        return Times(every(apart, "hour") + since)
    if found:
        return Times("Every hour", f"{_clock(found[0], minute)} to {_clock(found[1], minute)}")
    return Times(f"At {joined([_clock(hour, minute) for hour in hours])}", is_interval=False)


def _within_the_hour(minutes: Sequence[int]) -> str:
    apart = step(minutes, _MINUTES)
    if apart:
        return every(apart, "minute") + (f" from {minutes[0]} past the hour" if minutes[0] else "")
    found = span(minutes)
    if found and len(minutes) > 2:
        return f"Every minute from {found[0]} to {found[1]} past the hour"
    return f"At {joined([str(minute) for minute in minutes])} past the hour"


def _window(hours: Sequence[int]) -> str:
    """Hours in which something repeats, up to their last minute."""
    if len(hours) == _HOURS:
        return ""
    parts: list[list[int]] = []
    for hour in hours:
        if parts and parts[-1][-1] == hour - 1:
            parts[-1].append(hour)
        else:
            parts.append([hour])
    return joined([f"{part[0]}:00 to {part[-1]}:59" for part in parts])


def _clock(hour: int, minute: int) -> str:
    return f"{hour}:{minute:02}"
