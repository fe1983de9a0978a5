"""Which devices live: their heartbeats, and those that fell silent."""

from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from psycopg.types.json import Jsonb

from darkroom.db import Tx
from darkroom.settings import settings


class Beat(NamedTuple):
    """What a heartbeat found. `is_news`: its owner sees the device differently now."""

    revision: int
    paused: bool
    waiting: int
    is_news: bool


def beat(tx: Tx, device_id: UUID, cameras: list[dict[str, Any]], disk_free: int, queued: int) -> Beat | None:
    """The device is here. After an outage it is told everything again, whatever it was told before."""
    return tx.one(
        """UPDATE devices AS d
              SET last_seen_at = now(), cameras = %(cameras)s, disk_free = %(disk_free)s, queued = %(queued)s,
                  is_away = false,
                  told_at = CASE WHEN d.last_seen_at <= now() - make_interval(secs => %(offline)s) THEN NULL
                                 ELSE d.told_at END
            WHERE d.id = %(id)s AND d.deleted_at IS NULL
        RETURNING new.revision, new.paused_at IS NOT NULL AS paused,
                  (SELECT count(*) FROM captures AS c
                    WHERE c.device_id = new.id AND c.status IN ('requested', 'dispatched') AND c.expires_at > now()
                      AND new.paused_at IS NULL) AS waiting,
                  old.last_seen_at IS NULL OR old.last_seen_at <= now() - make_interval(secs => %(offline)s)
                  OR (old.cameras, old.queued) IS DISTINCT FROM (new.cameras, new.queued) AS is_news""",
        {
            "id": device_id,
            "cameras": Jsonb(cameras),
            "disk_free": disk_free,
            "queued": queued,
            "offline": settings().device_offline_seconds,
        },
        into=Beat,
    )


class Silent(NamedTuple):
    """A device that fell silent, and whom to tell. `is_live`: its owner may be told."""

    id: UUID
    user_id: UUID
    name: str
    last_seen_at: datetime
    is_paused: bool
    owner: str
    email: str | None
    is_live: bool


def mark_silent(tx: Tx, limit: int) -> list[Silent]:
    """Devices that fell silent since the last look, each once an outage, ordered by their owners."""
    found = tx.all(
        """WITH silent AS (
               SELECT id FROM devices
                WHERE NOT is_away AND deleted_at IS NULL
                  AND last_seen_at <= now() - make_interval(secs => %(offline)s)
                ORDER BY last_seen_at LIMIT %(limit)s
                  FOR NO KEY UPDATE SKIP LOCKED)
           UPDATE devices AS d SET is_away = true
             FROM silent, users AS u
            WHERE d.id = silent.id AND u.id = d.user_id
        RETURNING d.id, d.user_id, d.name, d.last_seen_at, d.paused_at IS NOT NULL AS is_paused,
                  u.name AS owner, u.email, u.suspended_at IS NULL AND u.deleted_at IS NULL AS is_live""",
        {"limit": limit, "offline": settings().device_offline_seconds},
        into=Silent,
    )
    return sorted(found, key=lambda each: (each.user_id, each.id))
