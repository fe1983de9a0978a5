"""Devices, with what their owners see of them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, LiteralString, NamedTuple
from uuid import UUID

from psycopg.types.json import Jsonb

from darkroom.db import Tx
from darkroom.settings import settings


class Device(NamedTuple):
    id: UUID
    user_id: UUID
    name: str
    online: bool
    paired_at: datetime | None
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
           d.paired_at, d.paused_at, d.last_seen_at, d.cameras, d.queued, d.disk_free, d.agent,
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


class Held(NamedTuple):
    """A device whose row is locked until the commit: its changes come one after the other."""

    id: UUID
    user_id: UUID
    name: str
    paused_at: datetime | None


def hold(tx: Tx, user_id: UUID, device_id: UUID) -> Held | None:
    return tx.one(
        """SELECT id, user_id, name, paused_at FROM devices
            WHERE id = %(id)s AND user_id = %(user_id)s AND deleted_at IS NULL
              FOR NO KEY UPDATE""",
        {"id": device_id, "user_id": user_id},
        into=Held,
    )


def hold_by_id(tx: Tx, device_id: UUID) -> Held | None:
    """For whoever speaks for the device itself."""
    return tx.one(
        """SELECT id, user_id, name, paused_at FROM devices
            WHERE id = %(id)s AND deleted_at IS NULL
              FOR NO KEY UPDATE""",
        {"id": device_id},
        into=Held,
    )


def count(tx: Tx, user_id: UUID) -> int:
    """How many a person has. Their row is locked, so that two who add one each see the other's."""
    tx.execute("SELECT FROM users WHERE id = %(id)s FOR NO KEY UPDATE", {"id": user_id})
    counted: int = tx.value(
        "SELECT count(*) FROM devices WHERE user_id = %(id)s AND deleted_at IS NULL", {"id": user_id}
    )
    return counted


def insert(tx: Tx, device_id: UUID, user_id: UUID, name: str) -> None:
    tx.execute(
        "INSERT INTO devices (id, user_id, name) VALUES (%(id)s, %(user_id)s, %(name)s)",
        {"id": device_id, "user_id": user_id, "name": name},
    )


def rename(tx: Tx, device_id: UUID, name: str) -> None:
    tx.execute("UPDATE devices SET name = %(name)s WHERE id = %(id)s", {"id": device_id, "name": name})


def pause(tx: Tx, device_id: UUID, now: datetime) -> int:
    """The revision from which on it is paused."""
    tx.execute(
        "INSERT INTO device_pauses (device_id, began_at) VALUES (%(id)s, %(now)s)", {"id": device_id, "now": now}
    )
    revision: int = tx.value(
        "UPDATE devices SET paused_at = %(now)s, revision = revision + 1 WHERE id = %(id)s RETURNING revision",
        {"id": device_id, "now": now},
    )
    return revision


def resume(tx: Tx, device_id: UUID, now: datetime) -> int:
    """The revision from which on it is paused no more. An outage that its owner was not told of while it was paused is
    news again."""
    tx.execute(
        "UPDATE device_pauses SET ended_at = %(now)s WHERE device_id = %(id)s AND ended_at IS NULL",
        {"id": device_id, "now": now},
    )
    revision: int = tx.value(
        """UPDATE devices SET paused_at = NULL, revision = revision + 1, is_away = false
            WHERE id = %(id)s RETURNING revision""",
        {"id": device_id},
    )
    return revision


def pair(tx: Tx, device_id: UUID, agent: dict[str, Any], cameras: list[dict[str, Any]], now: datetime) -> None:
    """An agent speaks for the device from now on. It has been told nothing and has said nothing yet."""
    tx.execute(
        """UPDATE devices
              SET agent = %(agent)s, cameras = %(cameras)s, paired_at = %(now)s, disk_free = NULL, queued = NULL,
                  told_at = NULL
            WHERE id = %(id)s""",
        {"id": device_id, "agent": Jsonb(agent), "cameras": Jsonb(cameras), "now": now},
    )


def delete(tx: Tx, device_id: UUID, now: datetime) -> None:
    tx.execute("UPDATE devices SET deleted_at = %(now)s WHERE id = %(id)s", {"id": device_id, "now": now})
