"""The one place that knows what time it is, so that tests can move it."""

from collections.abc import Callable
from datetime import UTC, datetime


def _system_time() -> datetime:
    return datetime.now(UTC)


_source: Callable[[], datetime] = _system_time


def now() -> datetime:
    """The current time in UTC."""
    return _source()


def use(source: Callable[[], datetime] | None) -> None:
    """Take the time from `source`; None puts the system's clock back. Only tests call this."""
    global _source  # noqa: PLW0603 - the seam itself
    _source = source or _system_time


def rfc3339(moment: datetime) -> str:
    """A time as the wire shows it: RFC 3339 in UTC, ending in Z."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
