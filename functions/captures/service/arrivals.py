"""Photos on their way: where to bring them, and those that do not come."""

from typing import Final
from uuid import UUID

from captures.queries import arriving, asking
from captures.queries import captures as rows
from captures.queries.captures import Capture
from captures.schemas.agent import Announcement, Report, UploadPlace
from captures.service import places, reports
from captures.service.asking import tell
from captures.service.places import OVER
from darkroom.db import Tx
from darkroom.errors import Conflict, NotFound

__all__ = ["fail", "place", "report"]

PAUSED: Final = "This camera is paused: no photo is taken."


def place(tx: Tx, device_id: UUID, capture_id: UUID, announced: Announcement) -> UploadPlace:
    """Where to bring the photo of a capture that was asked for."""
    what = places.check(tx, device_id, announced)
    device = asking.hold_device(tx, device_id)
    capture = arriving.hold(tx, device_id, capture_id) if device else None
    if device is None or capture is None:
        raise NotFound
    if capture.status in OVER:
        raise Conflict(OVER[capture.status])
    if device.is_paused and capture.status != "uploading":
        raise Conflict(PAUSED)
    return places.give(tx, capture, what)


def report(tx: Tx, device_id: UUID, reported: Report) -> UploadPlace:
    """Where to bring a photo that was taken while the platform could not be reached."""
    return reports.report(tx, device_id, reported)


def fail(tx: Tx, device_id: UUID, capture_id: UUID, reason: str) -> Capture:
    """There will be no photo. What is over already is answered as it is."""
    capture = arriving.hold(tx, device_id, capture_id)
    if capture is None:
        raise NotFound
    if capture.status == "completed":
        raise Conflict(OVER["completed"])
    if capture.status not in OVER:
        arriving.fail(tx, capture, reason)
        tell(tx, [capture.id])
    found = rows.of_device(tx, device_id, capture_id)
    assert found is not None
    return found
