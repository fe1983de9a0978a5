"""Captures as their owners ask for them and see them."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final
from uuid import UUID

from captures.queries import arriving, asking
from captures.queries import captures as rows
from captures.queries.captures import Capture, Choice
from captures.recurrence import BadExpression, zones
from captures.service.asking import ask, tell
from darkroom import clock, ids, throttle
from darkroom.db import Tx
from darkroom.errors import BadRequest, Conflict, FieldError, NotFound
from darkroom.pagination import PageRequest
from darkroom.settings import settings

__all__ = ["Choice", "daily", "expire", "get", "listed", "request", "take_back"]

PAUSED: Final = "This camera is paused. Lift the pause to have it take photos."
OFFLINE: Final = "This camera cannot be reached now. It can take the photo when it is back."
ENOUGH: Final = "So many photos wait for this camera already that it takes no more wishes for now."
NO_ANSWER: Final = "The camera did not answer in time."
TAKEN_BACK: Final = "You took this wish back."
NEVER_CAME: Final = "The photo never arrived."

DAYS_MAX: Final = 366
_HOUR: Final = 3600
_ONE_DAY: Final = timedelta(days=1)
_FIRST_DAY, _LAST_DAY = date(1970, 1, 1), date(9000, 1, 1)  # what clocks and zones can be computed of, with room


def request(tx: Tx, user_id: UUID, device_id: UUID, *, when_online: bool) -> UUID:
    """A person wants a photo now, or `when_online`, as soon as the device is back and takes photos again."""
    throttle.hit(tx, "captures", str(user_id), settings().captures_per_caller_hour, _HOUR)
    device = asking.hold_device(tx, device_id)
    if device is None or device.user_id != user_id:
        raise NotFound
    if device.is_paused and not when_online:
        raise Conflict(PAUSED)
    if not device.is_online and not when_online:
        raise Conflict(OFFLINE)
    if asking.count_waiting(tx, device_id) >= settings().captures_waiting_per_device:
        raise Conflict(ENOUGH)
    now = clock.now()
    waits = settings().capture_waits_seconds if when_online else settings().capture_expires_seconds
    capture = asking.NewCapture(
        id=ids.new_id(),
        user_id=user_id,
        device_id=device_id,
        schedule_id=None,
        due_at=None,
        requested_at=now,
        expires_at=now + timedelta(seconds=waits),
        when_online=when_online,
    )
    asking.create(tx, capture)
    if not device.is_paused:
        ask(tx, device_id, [capture])
    tell(tx, [capture.id])
    return capture.id


def take_back(tx: Tx, user_id: UUID, capture_id: UUID) -> Capture:
    """A person does not want it any more. What its device has been told of is taken already, or about to be."""
    if not asking.take_back(tx, user_id, capture_id, TAKEN_BACK):
        raise Conflict(
            f"Only a photo that still waits can be taken back; this one is {get(tx, user_id, capture_id).status}."
        )
    tell(tx, [capture_id])
    return get(tx, user_id, capture_id)


def listed(tx: Tx, user_id: UUID, page: PageRequest, choice: Choice) -> tuple[list[Capture], str | None]:
    after = page.after(datetime, UUID)
    found = rows.page(tx, user_id, choice, (after[0], after[1]) if after else None, page.fetch)
    return page.split(found, lambda row: (row.requested_at, row.id))


def get(tx: Tx, user_id: UUID, capture_id: UUID) -> Capture:
    found = rows.get(tx, user_id, capture_id)
    if found is None:
        raise NotFound
    return found


def daily(tx: Tx, user_id: UUID, first: date, last: date, timezone: str) -> list[dict[str, Any]]:
    """Photos that were taken and what was paid for photos on each day from the first to the last, in this time zone. A
    photo that was brought later is of the day on which it was taken, its money of the day on which it came."""
    days = _days(first, last)
    edges = _edges(days, timezone)
    counts, earnings = rows.counts(tx, user_id, edges), rows.earnings(tx, user_id, edges)
    return [
        {"date": day, "captures": counts.get(place, 0), "earned_cents": earnings.get(place, 0)}
        for place, day in enumerate(days, start=1)
    ]


def _days(first: date, last: date) -> list[date]:
    if not _FIRST_DAY <= first <= _LAST_DAY:
        raise _refused("from", f"Days go from {_FIRST_DAY} to {_LAST_DAY}.")
    if not first <= last <= _LAST_DAY:
        raise _refused("to", f"The last day is not before the first and not after {_LAST_DAY}.")
    if last - first > DAYS_MAX * _ONE_DAY:
        raise _refused("to", f"The last day is at most {DAYS_MAX} days after the first.")
    return [first + number * _ONE_DAY for number in range((last - first).days + 1)]


def _edges(days: list[date], timezone: str) -> list[datetime]:
    """When each day begins in the zone, and when the last one ends. Of a midnight that clocks skip it is the moment
    at which they do; of one that they show twice it is the first."""
    try:
        zone = zones.load(timezone)
    except BadExpression as unknown:
        raise _refused("timezone", unknown.reason) from None
    midnights = [datetime.combine(day, time(), zone) for day in [*days, days[-1] + _ONE_DAY]]
    return [midnight.astimezone(UTC) for midnight in midnights]


def _refused(field: str, why: str) -> BadRequest:
    return BadRequest(why, fields=[FieldError(field, why)])


def expire(tx: Tx, limit: int) -> int:
    """Captures that nobody came for expire, and photos that never arrived fail; how many there were."""
    now = clock.now()
    over = asking.expire(tx, now, NO_ANSWER, limit)
    abandoned = now - timedelta(seconds=settings().upload_abandoned_seconds)
    over += arriving.fail_abandoned(tx, abandoned, NEVER_CAME, limit)
    tell(tx, over)
    return len(over)
