"""A person's cameras: adding them, pausing them, letting them go."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple
from uuid import UUID

from captures.queries import asking as asked
from captures.queries import devices as queries
from captures.queries import pairings, waiting
from captures.queries.devices import Device
from captures.service import asking, commands, pairing, schedules, telling
from darkroom import auth, clock, ids, log, realtime
from darkroom.db import Tx
from darkroom.errors import Conflict, InternalError, NotFound
from darkroom.pagination import PageRequest
from darkroom.settings import settings

PAUSED: Final = "The camera was paused before it took this photo."
REMOVED: Final = "The camera was removed before this photo came."

_CODES_TRIED: Final = 5


class Pairing(NamedTuple):
    id: UUID
    name: str
    pairing_code: str
    expires_at: datetime


def create(tx: Tx, user_id: UUID, name: str) -> Pairing:
    most = settings().devices_per_person
    if queries.count(tx, user_id) >= most:
        raise Conflict(f"You have {most} cameras, and there cannot be more. Remove one first.")
    device_id = ids.new_id()
    queries.insert(tx, device_id, user_id, name)
    shown = _with_code(tx, device_id, name)
    telling.device_updated(tx, get(tx, user_id, device_id))
    return shown


def new_code(tx: Tx, user_id: UUID, device_id: UUID) -> Pairing:
    """Whoever speaks for the device goes on doing so until the code is used."""
    device = _hold(tx, user_id, device_id)
    return _with_code(tx, device_id, device.name)


def listed(tx: Tx, user_id: UUID, page: PageRequest) -> tuple[list[Device], str | None]:
    rows = queries.page(tx, user_id, page.after(datetime, UUID), page.fetch)
    return page.split(rows, lambda row: (row.created_at, row.id))


def get(tx: Tx, user_id: UUID, device_id: UUID) -> Device:
    device = queries.get(tx, user_id, device_id)
    if device is None:
        raise NotFound
    return device


def change(tx: Tx, user_id: UUID, device_id: UUID, changes: Mapping[str, Any]) -> Device:
    device = _hold(tx, user_id, device_id)
    paused = changes.get("paused", device.paused_at is not None)
    is_switched = paused != (device.paused_at is not None)
    is_renamed = changes.get("name", device.name) != device.name
    if is_renamed:
        queries.rename(tx, device_id, changes["name"])
    moved = _switch(tx, device_id, paused=paused) if is_switched else []
    row = get(tx, user_id, device_id)
    if is_renamed or is_switched:
        asking.tell(tx, moved)
        telling.device_updated(tx, row)
    return row


def delete(tx: Tx, user_id: UUID, device_id: UUID) -> None:
    """Its agent is nobody from now on. What it took and earned stays."""
    _hold(tx, user_id, device_id)
    queries.delete(tx, device_id, clock.now())
    pairings.delete(tx, device_id)
    auth.revoke_opaque(tx, "device", device_id)
    schedules.remove_all(tx, device_id)
    expired = waiting.end(tx, device_id, REMOVED)
    realtime.end_caller(tx, "device", device_id)
    asking.tell(tx, [capture.id for capture in expired])
    telling.device_deleted(tx, user_id, device_id)
    log.info("captures.device_deleted", device_id=str(device_id), expired=len(expired))


def _hold(tx: Tx, user_id: UUID, device_id: UUID) -> queries.Held:
    device = queries.hold(tx, user_id, device_id)
    if device is None:
        raise NotFound
    return device


def _switch(tx: Tx, device_id: UUID, *, paused: bool) -> list[UUID]:
    """Pauses a device or lets it go on, and tells its agent; the captures that come to nothing by it, or are to be
    taken now."""
    now = clock.now()
    revision = queries.pause(tx, device_id, now) if paused else queries.resume(tx, device_id, now)
    interrupted = [capture.id for capture in waiting.interrupt(tx, device_id, PAUSED)] if paused else []
    wanted = [] if paused else asked.waiting(tx, device_id, now)
    moved = asking.ask(tx, device_id, wanted, also=[commands.paused_command(revision, paused)])
    log.info("captures.device_switched", device_id=str(device_id), paused=paused, interrupted=len(interrupted))
    return interrupted + moved


def _with_code(tx: Tx, device_id: UUID, name: str) -> Pairing:
    now = clock.now()
    expires_at = now + timedelta(seconds=settings().pairing_code_seconds)
    for _ in range(_CODES_TRIED):  # a second one is needed once in millions of times
        code = pairing.new_code()
        if pairings.put(tx, device_id, pairing.code_hash(code), now, expires_at):
            return Pairing(device_id, name, code, expires_at)
    raise InternalError
