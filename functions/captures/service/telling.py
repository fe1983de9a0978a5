"""Telling a person's open pages what became of their cameras and captures.

These take the person's own topic, whose lock lasts until the commit: after everything else, narrower topics included,
and where a transaction tells several people, one person after the other by their ids.
"""

from typing import Final
from uuid import UUID

from captures import shaping
from captures.queries.captures import Capture
from captures.queries.devices import Device
from darkroom import realtime
from darkroom.db import Tx

DEVICE_UPDATED: Final = "device.updated"
DEVICE_DELETED: Final = "device.deleted"
CAPTURE_UPDATED: Final = "capture.updated"
CAPTURE_COMPLETED: Final = "capture.completed"


def device_updated(tx: Tx, row: Device) -> None:
    realtime.push(tx, f"user:{row.user_id}", DEVICE_UPDATED, shaping.document(shaping.device(row)))


def device_deleted(tx: Tx, user_id: UUID, device_id: UUID) -> None:
    realtime.push(tx, f"user:{user_id}", DEVICE_DELETED, {"id": str(device_id)})


def capture_updated(tx: Tx, row: Capture) -> None:
    """A capture has moved on; one that is complete is told of as `capture.completed`."""
    kind = CAPTURE_COMPLETED if row.status == "completed" else CAPTURE_UPDATED
    realtime.push(tx, f"user:{row.user_id}", kind, shaping.document(shaping.capture(row)))
