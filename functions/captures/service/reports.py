"""Photos that agents took while the platform could not be reached, reported later and perhaps more than once.

The agent's name of a photo makes its capture: whoever repeats a report is answered the same one. The photo of a
schedule's moment is that moment's capture, whoever wrote it first.
"""

from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple
from uuid import UUID

from captures.queries import arriving, asking
from captures.queries.arriving import Announced, Arriving
from captures.queries.asking import Held
from captures.schemas.agent import Report, UploadPlace
from captures.service import places, planning
from captures.service.asking import tell
from darkroom import clock, ids
from darkroom.db import Tx
from darkroom.errors import Conflict, NotFound

TAKEN_WHILE_PAUSED: Final = "This camera was paused when the photo was taken: it is not kept."
_AHEAD: Final = timedelta(minutes=5)
_BEFORE_ALL: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Moment(NamedTuple):
    """The schedule's moment that a photo was taken for, as far as there is one; a schedule without a moment is one
    whose moment has a capture already that cannot be this one."""

    schedule_id: UUID | None = None
    due_at: datetime | None = None


def believable(taken_at: datetime, now: datetime) -> datetime:
    """When a photo was taken, by a clock that may be wrong: nothing was taken later than now, and a clock that never
    was set begins in 1970."""
    taken_at = max(taken_at, _BEFORE_ALL)
    return now if taken_at > now + _AHEAD else taken_at


def report(tx: Tx, device_id: UUID, reported: Report) -> UploadPlace:
    announced = places.check(tx, device_id, reported)
    device = asking.hold_device(tx, device_id)
    if device is None:
        raise NotFound
    known = arriving.hold_reported(tx, device_id, reported.client_id)
    if known is not None and known.status != "failed":
        return _again(tx, known, announced)
    taken_at = believable(reported.taken_at, clock.now())
    if arriving.was_paused(tx, device_id, taken_at):
        raise Conflict(TAKEN_WHILE_PAUSED)
    if known is not None:  # it came to nothing, and the agent has the photo still: what is over stays over
        arriving.forget_report(tx, known.id)
    moment, capture = _meant(tx, device_id, reported)
    if capture is None:
        return _new(tx, device, moment, announced, client_id=reported.client_id, taken_at=taken_at)
    arriving.claim(tx, capture.id, reported.client_id, taken_at)
    return _again(tx, capture, announced)


def _again(tx: Tx, capture: Arriving, announced: Announced) -> UploadPlace:
    """A place for the photo of a capture that there is. One that is complete has its photo, and keeps it: storage will
    say so to whoever brings another, and so will completing it."""
    if capture.status != "completed":
        return places.give(tx, capture, announced)
    assert capture.storage_key is not None
    if capture.image_id is None:  # deleted by its owner since: what may be brought once more is not kept
        arriving.erase(tx, capture.user_id, [capture.storage_key])
    return places.shown(capture.id, capture.storage_key, arriving.announced_of(capture))


def _meant(tx: Tx, device_id: UUID, reported: Report) -> tuple[Moment, Arriving | None]:
    """For what a photo was taken, and the capture of that. A schedule that is gone, or of another device, and a moment
    that cannot have been, are none: it is an ordinary photo."""
    schedule_id, due_at = reported.schedule_id, reported.due_at
    plan = asking.hold_plan(tx, device_id, schedule_id) if schedule_id is not None else None
    if plan is None:
        return Moment(), None
    if due_at is None:
        return Moment(plan.id), None
    if not _BEFORE_ALL <= due_at <= clock.now() + _AHEAD:
        return Moment(), None
    found = arriving.hold_due(tx, plan.id, due_at)
    if found is None:  # looked for as it was told first: the schedule may have changed after its capture was written
        due_at = planning.own_moment(plan, due_at) or due_at
        found = arriving.hold_due(tx, plan.id, due_at)
    if found is None:
        return Moment(plan.id, due_at), None
    if found.device_id != device_id or found.status == "failed":
        return Moment(plan.id), None
    return Moment(plan.id, due_at), found


def _new(
    tx: Tx, device: Held, moment: Moment, announced: Announced, *, client_id: UUID, taken_at: datetime
) -> UploadPlace:
    new = arriving.Reported(
        id=ids.new_id(),
        user_id=device.user_id,
        device_id=device.id,
        schedule_id=moment.schedule_id,
        due_at=moment.due_at,
        client_id=client_id,
        taken_at=taken_at,
        storage_key=places.new_key(device.user_id, announced),
    )
    arriving.insert(tx, new, announced, clock.now())
    tell(tx, [new.id])
    return places.shown(new.id, new.storage_key, announced)
