"""Rows of cameras and of their photos, for tests of what becomes of them."""

from datetime import UTC, datetime
from uuid import UUID

from darkroom import ids
from darkroom.db import Tx

NOON = datetime(2026, 1, 20, 12, 0, tzinfo=UTC)
FLAT_GREY = bytes([32, 8, 2, 0, 0])  # a ThumbHash's head: mean lightness and colours, and no variation
SHAPED = bytes([32, 8, 130, 0, 0])


def device(tx: Tx, user_id: UUID, name: str = "Desk") -> UUID:
    device_id = ids.new_id()
    tx.execute(
        "INSERT INTO devices (id, user_id, name, paired_at) VALUES (%s, %s, %s, now())", (device_id, user_id, name)
    )
    return device_id


def arrived(tx: Tx, user_id: UUID, device_id: UUID, phash: int, at: datetime = NOON, thumbhash: bytes = SHAPED) -> UUID:
    """A capture whose photo has arrived."""
    capture_id = ids.new_id()
    image_id = ids.new_id()
    key = f"captures/{user_id}/{image_id}.jpg"
    tx.execute(
        """INSERT INTO images (id, user_id, source, storage_key, original_filename, content_type, file_size_bytes,
                               width, height, taken_at, phash, thumbhash, derived_at)
           VALUES (%s, %s, 'capture', %s, 'desk.jpg', 'image/jpeg', 1000, 64, 48, %s, %s, %s, now())""",
        (image_id, user_id, key, at, phash, thumbhash),
    )
    tx.execute(
        """INSERT INTO captures (id, user_id, device_id, status, requested_at, expires_at, taken_at, completed_at,
                                 storage_key, image_id, phash, thumbhash)
           VALUES (%(id)s, %(user_id)s, %(device_id)s, 'completed', %(at)s, %(at)s, %(at)s, %(at)s, %(key)s,
                   %(image_id)s, %(phash)s, %(thumbhash)s)""",
        {
            "id": capture_id,
            "user_id": user_id,
            "device_id": device_id,
            "at": at,
            "key": key,
            "image_id": image_id,
            "phash": phash,
            "thumbhash": thumbhash,
        },
    )
    return capture_id
