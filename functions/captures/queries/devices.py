"""Devices, with what their owners see of them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, LiteralString, NamedTuple
from uuid import UUID

from darkroom.db import Tx
from darkroom.settings import settings


class Device(NamedTuple):
    id: UUID
    user_id: UUID
    name: str
    online: bool
    paired: bool
    paused_at: datetime | None
    last_seen_at: datetime | None
    cameras: list[dict[str, Any]]
    queued: int | None
    disk_free: int | None
    agent: dict[str, Any] | None
    revision: int
    created_at: datetime
    last_image_id: UUID | None
    last_taken_at: datetime | None


_SELECT: Final[LiteralString] = """
    SELECT d.id, d.user_id, d.name,
           coalesce(d.last_seen_at > now() - make_interval(secs => %(offline)s), false) AS online,
           d.paired_at IS NOT NULL AS paired, d.paused_at, d.last_seen_at, d.cameras, d.queued, d.disk_free, d.agent,
           d.revision, d.created_at, latest.image_id AS last_image_id, latest.taken_at AS last_taken_at
      FROM devices AS d
      LEFT JOIN LATERAL (
               SELECT c.image_id, c.taken_at FROM captures AS c JOIN images AS i ON i.id = c.image_id
                WHERE c.device_id = d.id AND c.status = 'completed' AND i.trashed_at IS NULL
                ORDER BY c.taken_at DESC, c.id DESC LIMIT 1) AS latest ON true
     WHERE d.deleted_at IS NULL"""


def get(tx: Tx, user_id: UUID, device_id: UUID) -> Device | None:
    return tx.one(
        _SELECT + " AND d.user_id = %(user_id)s AND d.id = %(id)s",
        {"user_id": user_id, "id": device_id, "offline": settings().device_offline_seconds},
        into=Device,
    )


def by_id(tx: Tx, device_id: UUID) -> Device | None:
    """For whoever speaks for the device itself."""
    return tx.one(
        _SELECT + " AND d.id = %(id)s",
        {"id": device_id, "offline": settings().device_offline_seconds},
        into=Device,
    )


def page(tx: Tx, user_id: UUID, after: Sequence[Any] | None, limit: int) -> list[Device]:
    created_at, device_id = after or (None, None)
    return tx.all(
        _SELECT
        + """ AND d.user_id = %(user_id)s
              AND (%(created_at)s::timestamptz IS NULL OR (d.created_at, d.id) < (%(created_at)s, %(id)s))
            ORDER BY d.created_at DESC, d.id DESC LIMIT %(limit)s""",
        {
            "user_id": user_id,
            "created_at": created_at,
            "id": device_id,
            "limit": limit,
            "offline": settings().device_offline_seconds,
        },
        into=Device,
    )
