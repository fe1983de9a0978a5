"""Named time zones, and what their clocks on the wall show."""

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from captures.recurrence.errors import BadExpression

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+){0,2}")
_LONGEST_NAME = 50  # Scheduler's own
_DAY = timedelta(days=1)
_OF_THE_MACHINE = frozenset({"localtime", "posixrules", "Factory", "right", "posix"})


@lru_cache(maxsize=64)
def load(name: str) -> ZoneInfo:
    """A zone of the IANA database by its name."""
    if len(name) <= _LONGEST_NAME and _NAME.fullmatch(name) and name.partition("/")[0] not in _OF_THE_MACHINE:
        try:
            return ZoneInfo(name)
        except (LookupError, OSError, ValueError):  # unknown; a folder; a file that is no zone
            pass
    raise BadExpression(f"{name[:60]!r} is no time zone known here; it takes a name like Europe/Berlin.", "timezone")


def first_moment(wall: datetime, zone: ZoneInfo) -> datetime | None:
    """When a clock in the zone first shows this time, in UTC; None when it skips it.

    An hour that clocks go through twice counts the first time, as Scheduler documents.
    """
    moment = wall.replace(tzinfo=zone).astimezone(UTC)
    return moment if moment.astimezone(zone).replace(tzinfo=None, fold=0) == wall else None


def steady_noon(midnight: datetime, zone: ZoneInfo) -> datetime | None:
    """Noon in UTC of a day on which clocks do not change: its other times are as far from it as on the wall. None for a
    day on which they do, or that never was; there every time has to be looked up."""
    began = midnight.replace(tzinfo=zone).utcoffset()
    ended = (midnight + _DAY).replace(tzinfo=zone, fold=1).utcoffset()
    return (midnight + _DAY / 2).replace(tzinfo=UTC) - began if began is not None and began == ended else None
