"""Schedules: what a person wants photographed when. Rows are what is true; EventBridge Scheduler is told of them by
messages that are written in the same transaction (ADR 0090), and the device by its own topic."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from itertools import islice
from typing import Any, Final, NamedTuple
from uuid import UUID

from captures.queries import schedules as queries
from captures.queries.schedules import Schedule
from captures.service import commands, timing
from darkroom import clock, ids, messages, outbox, realtime
from darkroom.db import Tx
from darkroom.errors import BadRequest, Conflict, FieldError, NotFound
from darkroom.pagination import PageRequest
from darkroom.settings import settings

QUEUE: Final = "schedules"
SYNC: Final = "schedule.sync"

_TIMING: Final = frozenset({"expression", "timezone", "starts_at", "ends_at"})


class Wish(NamedTuple):
    device_id: UUID
    name: str
    expression: str
    timezone: str
    starts_at: datetime | None
    ends_at: datetime | None
    enabled: bool


class Timing(NamedTuple):
    expression: str
    timezone: str
    starts_at: datetime | None
    ends_at: datetime | None


def create(tx: Tx, user_id: UUID, wish: Wish) -> Schedule:
    now = clock.now()
    timing.checked(wish, made_at=now, now=now)
    revision = _touch(tx, user_id, wish.device_id)
    _check_room(tx, wish.device_id)
    made = queries.insert(tx, {**wish._asdict(), "id": ids.new_id(), "user_id": user_id, "created_at": now})
    _tell_scheduler(tx, [made.id])
    _tell_device(tx, wish.device_id, revision)
    return made


def listed(tx: Tx, user_id: UUID, page: PageRequest, device_id: UUID | None) -> tuple[list[Schedule], str | None]:
    rows = queries.page(tx, user_id, device_id, page.after(datetime, UUID), page.fetch)
    return page.split(rows, lambda row: (row.created_at, row.id))


def get(tx: Tx, user_id: UUID, schedule_id: UUID) -> Schedule:
    found = queries.get(tx, user_id, schedule_id)
    if found is None:
        raise NotFound
    return found


def change(tx: Tx, user_id: UUID, schedule_id: UUID, changes: Mapping[str, Any]) -> Schedule:
    if changes.get("device_id", schedule_id) is None:
        raise BadRequest(fields=[FieldError("device_id", "A schedule has a camera.")])
    row = get(tx, user_id, schedule_id)
    if not _different(row, changes):
        return row
    to = changes.get("device_id", row.device_id)
    # Devices before schedules, and devices in one order: two changes at once wait for each other and never in a ring.
    revisions = {device_id: _touch(tx, user_id, device_id) for device_id in sorted({row.device_id, to})}
    row = _held(tx, user_id, row)
    different = _different(row, changes)
    if not different:
        return row
    now = clock.now()
    wanted = row._replace(**different)
    if _TIMING & different.keys() or different.get("enabled"):
        timing.checked(wanted, made_at=row.created_at, now=now)
    if to != row.device_id:
        _check_room(tx, to)
    changed = queries.change(tx, row.id, different, now)
    _tell_scheduler(tx, [row.id])
    for device_id, revision in revisions.items():
        _tell_device(tx, device_id, revision)
    return changed


def delete(tx: Tx, user_id: UUID, schedule_id: UUID) -> None:
    row = get(tx, user_id, schedule_id)
    revision = _touch(tx, user_id, row.device_id)
    _held(tx, user_id, row)
    queries.delete(tx, row.id)
    _tell_scheduler(tx, [row.id])
    _tell_device(tx, row.device_id, revision)


def remove_all(tx: Tx, device_id: UUID) -> None:
    """The schedules of a device that goes."""
    _tell_scheduler(tx, queries.delete_of_device(tx, device_id))


def upcoming(tx: Tx, user_id: UUID, schedule_id: UUID, n: int) -> list[datetime]:
    """When it fires next; one that is switched off, when it would."""
    row = get(tx, user_id, schedule_id)
    return list(islice(timing.after(row, row.created_at, clock.now()), n))


def preview(
    expression: str, timezone: str, starts_at: datetime | None, ends_at: datetime | None, n: int
) -> dict[str, Any]:
    now = clock.now()
    wish = Timing(expression, timezone, starts_at, ends_at)
    items = timing.checked(wish, made_at=now, now=now).upcoming(now, n)
    limits = settings()
    return {
        "description": timing.in_words(wish),
        "items": items,
        "paid_per_device_day": limits.captures_paid_per_device_day,
        "paid_per_person_day": limits.captures_paid_per_person_day,
    }


def in_words(row: Schedule) -> dict[str, Any]:
    """`description` and `next_at` of a schedule."""
    following = next(timing.after(row, row.created_at, clock.now()), None) if row.enabled else None
    return {"description": timing.in_words(row), "next_at": following}


def day_ahead(tx: Tx, device_id: UUID) -> list[dict[str, Any]]:
    """`{id, name, next}` of each schedule of a device that is on: its times of a day ahead, for the agent."""
    now = clock.now()
    return [
        {
            "id": str(row.id),
            "name": row.name,
            "next": [clock.rfc3339(due) for due in timing.ahead(row, row.created_at, now)],
        }
        for row in queries.active_of_device(tx, device_id)
    ]


def sync_messages(schedule_ids: Iterable[UUID]) -> list[messages.Message]:
    return [messages.new(SYNC, {"schedule_id": schedule_id}) for schedule_id in schedule_ids]


def _touch(tx: Tx, user_id: UUID, device_id: UUID) -> int:
    revision = queries.touch_device(tx, user_id, device_id)
    if revision is None:
        raise NotFound
    return revision


def _different(row: Schedule, changes: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in changes.items() if value != getattr(row, name)}


def _held(tx: Tx, user_id: UUID, row: Schedule) -> Schedule:
    """The row as it is now that its device is held."""
    held = queries.get(tx, user_id, row.id, hold=True)
    if held is None:
        raise NotFound
    if held.device_id != row.device_id:
        raise Conflict("The schedule has just been moved to another camera. Please try again.")
    return held


def _check_room(tx: Tx, device_id: UUID) -> None:
    most = settings().schedules_per_device
    if queries.count(tx, device_id) >= most:
        raise Conflict(f"This camera has {most} schedules, which is as many as it may have. Delete one of them first.")


def _tell_scheduler(tx: Tx, schedule_ids: Iterable[UUID]) -> None:
    outbox.send_many(tx, QUEUE, sync_messages(schedule_ids))


def _tell_device(tx: Tx, device_id: UUID, revision: int) -> None:
    command = commands.schedules_command(revision, day_ahead(tx, device_id))
    realtime.push(tx, commands.topic(device_id), commands.PUSH, command)
