"""Captures, with their photos and what these earned."""

from datetime import datetime
from typing import Final, LiteralString, NamedTuple
from uuid import UUID

from darkroom.db import Tx


class Capture(NamedTuple):
    id: UUID
    user_id: UUID
    device_id: UUID
    schedule_id: UUID | None
    due_at: datetime | None
    status: str
    requested_at: datetime
    expires_at: datetime
    taken_at: datetime | None
    completed_at: datetime | None
    error: str | None
    image_id: UUID | None
    width: int | None
    height: int | None
    thumbhash: bytes | None
    earned_cents: int | None
    earned_reason: str | None


# The ledger alone knows what was earned: the entry's reference is the capture's id.
_SELECT: Final[LiteralString] = """
    SELECT c.id, c.user_id, c.device_id, c.schedule_id, c.due_at, c.status, c.requested_at, c.expires_at, c.taken_at,
           c.completed_at, c.error, i.id AS image_id, i.width, i.height, i.thumbhash,
           e.amount_cents AS earned_cents, e.reason AS earned_reason
      FROM captures AS c
      LEFT JOIN images AS i ON i.id = c.image_id AND i.trashed_at IS NULL
      LEFT JOIN ledger_entries AS e
             ON e.user_id = c.user_id AND e.kind = 'capture' AND e.reference = c.id::text"""


def get(tx: Tx, user_id: UUID, capture_id: UUID) -> Capture | None:
    return tx.one(
        _SELECT + " WHERE c.user_id = %(user_id)s AND c.id = %(id)s",
        {"user_id": user_id, "id": capture_id},
        into=Capture,
    )


def of_device(tx: Tx, device_id: UUID, capture_id: UUID) -> Capture | None:
    """For whoever speaks for the device."""
    return tx.one(
        _SELECT + " WHERE c.device_id = %(device_id)s AND c.id = %(id)s",
        {"device_id": device_id, "id": capture_id},
        into=Capture,
    )
