"""Rows of cameras and of what they took, for tests of what happens to them."""

from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from psycopg.types.json import Jsonb

from darkroom import auth, clock, ids
from darkroom.db import Tx

CAMERAS = [{"id": "0", "name": "Front"}]


class Camera(NamedTuple):
    """A device that is paired, and the token of its agent."""

    id: UUID
    token: str


def camera(
    tx: Tx, user_id: UUID, name: str = "Desk", *, heard_seconds_ago: float | None = 0, is_paused: bool = False
) -> Camera:
    """A paired device. `heard_seconds_ago` is the age of its last heartbeat (None: there was none)."""
    now, device_id = clock.now(), ids.new_id()
    heard = None if heard_seconds_ago is None else now - timedelta(seconds=heard_seconds_ago)
    tx.execute(
        """INSERT INTO devices (id, user_id, name, agent, cameras, disk_free, queued, last_seen_at, paused_at,
                                paired_at)
           VALUES (%(id)s, %(user_id)s, %(name)s, %(agent)s, %(cameras)s, 1000000, 0, %(heard)s, %(paused)s,
                   %(now)s)""",
        {
            "id": device_id,
            "user_id": user_id,
            "name": name,
            "agent": Jsonb({"version": "1.0", "platform": "test"}),
            "cameras": Jsonb(CAMERAS),
            "heard": heard,
            "paused": now if is_paused else None,
            "now": now,
        },
    )
    if is_paused:
        tx.execute("INSERT INTO device_pauses (device_id, began_at) VALUES (%s, %s)", (device_id, now))
    return Camera(device_id, auth.issue_opaque(tx, "device", device_id, owner_id=user_id))


def schedule(tx: Tx, device_id: UUID, expression: str = "rate(10 minutes)", **changes: Any) -> UUID:
    """A schedule of a device, which Scheduler has been told of."""
    fields = {
        "id": ids.new_id(),
        "device_id": device_id,
        "name": "Every now and then",
        "expression": expression,
        "timezone": "UTC",
        "starts_at": None,
        "ends_at": None,
        "enabled": True,
        "version": 1,
        "synced_version": 1,
        **changes,
    }
    tx.execute(
        """INSERT INTO schedules (id, user_id, device_id, name, expression, timezone, starts_at, ends_at, enabled,
                                  version, synced_version)
           SELECT %(id)s, user_id, id, %(name)s, %(expression)s, %(timezone)s, %(starts_at)s, %(ends_at)s,
                  %(enabled)s, %(version)s, %(synced_version)s
             FROM devices WHERE id = %(device_id)s""",
        fields,
    )
    return UUID(str(fields["id"]))


def capture(tx: Tx, device_id: UUID, status: str = "requested", *, expires_in: float = 300, **changes: Any) -> UUID:
    """A capture that has no photo yet; `changes` are columns."""
    now = clock.now()
    fields = {
        "id": ids.new_id(),
        "device_id": device_id,
        "status": status,
        "requested_at": now,
        "expires_at": now + timedelta(seconds=expires_in),
        "schedule_id": None,
        "due_at": None,
        "dispatched_at": now if status in {"dispatched", "uploading"} else None,
        "uploading_at": now if status == "uploading" else None,
        **changes,
    }
    tx.execute(
        """INSERT INTO captures (id, user_id, device_id, schedule_id, due_at, status, requested_at, expires_at,
                                 dispatched_at, uploading_at)
           SELECT %(id)s, user_id, id, %(schedule_id)s, %(due_at)s, %(status)s, %(requested_at)s, %(expires_at)s,
                  %(dispatched_at)s, %(uploading_at)s
             FROM devices WHERE id = %(device_id)s""",
        fields,
    )
    return UUID(str(fields["id"]))


class Photo(NamedTuple):
    """A capture that is complete, and its image."""

    capture_id: UUID
    image_id: UUID


def photo(tx: Tx, device_id: UUID, taken_at: datetime | None = None, *, phash: int = 0) -> Photo:
    """A photo that a device has brought. Storage holds nothing of it."""
    taken = taken_at or clock.now()
    fields = {
        "id": ids.new_id(),
        "image_id": ids.new_id(),
        "device_id": device_id,
        "taken": taken,
        "phash": phash,
        "hash": b"\x00" * 32,
    }
    tx.execute(
        """WITH image AS (
               INSERT INTO images (id, user_id, source, storage_key, original_filename, content_type, file_size_bytes,
                                   width, height, sha256, phash, taken_at, derived_at)
               SELECT %(image_id)s, user_id, 'capture', 'captures/' || user_id || '/' || %(image_id)s || '.jpg',
                      'photo.jpg', 'image/jpeg', 1000, 1600, 1200, %(hash)s, %(phash)s, %(taken)s, %(taken)s
                 FROM devices WHERE id = %(device_id)s
               RETURNING id, user_id, storage_key)
           INSERT INTO captures (id, user_id, device_id, status, requested_at, expires_at, uploading_at, taken_at,
                                 completed_at, storage_key, content_type, file_size_bytes, sha256, image_id, phash)
           SELECT %(id)s, user_id, %(device_id)s, 'completed', %(taken)s, %(taken)s, %(taken)s, %(taken)s, %(taken)s,
                  storage_key, 'image/jpeg', 1000, %(hash)s, id, %(phash)s
             FROM image""",
        fields,
    )
    return Photo(UUID(str(fields["id"])), UUID(str(fields["image_id"])))
