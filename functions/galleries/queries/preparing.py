"""What a worker writes about a photo that it has looked into."""

from typing import NamedTuple
from uuid import UUID

from darkroom.db import Tx
from darkroom.images import Inspection


class Subject(NamedTuple):
    """A photo to be looked into."""

    id: UUID
    user_id: UUID
    storage_key: str
    is_prepared: bool
    is_trashed: bool


def by_key(tx: Tx, user_id: UUID, storage_key: str) -> Subject | None:
    """What a key stands for now: an image, or the one that it was found to be a copy of."""
    return tx.one(
        """SELECT i.id, i.user_id, i.storage_key, i.derived_at IS NOT NULL AS is_prepared,
                  i.trashed_at IS NOT NULL AS is_trashed
             FROM images AS i
            WHERE i.user_id = %(user_id)s
              AND (i.storage_key = %(key)s
                   OR i.id = (SELECT image_id FROM image_duplicates
                               WHERE storage_key = %(key)s AND user_id = %(user_id)s))""",
        {"user_id": user_id, "key": storage_key},
        into=Subject,
    )


def same_bytes(tx: Tx, image: Subject, sha256: bytes) -> Subject | None:
    """Another upload of the person's with these bytes."""
    return tx.one(
        """SELECT id, user_id, storage_key, derived_at IS NOT NULL AS is_prepared, trashed_at IS NOT NULL AS is_trashed
             FROM images
            WHERE user_id = %(user_id)s AND sha256 = %(sha256)s AND source = 'upload' AND id <> %(id)s""",
        {"user_id": image.user_id, "sha256": sha256, "id": image.id},
        into=Subject,
    )


def write(tx: Tx, image: Subject, found: Inspection, look: bytes) -> bool:
    """Everything that was found out; its derivatives are in storage. False: the image is gone meanwhile."""
    latitude, longitude = found.metadata.gps or (None, None)
    written = tx.execute(
        """UPDATE images
              SET content_type = %(content_type)s, file_size_bytes = %(size)s, width = %(width)s, height = %(height)s,
                  sha256 = %(sha256)s, crc32 = %(crc32)s, phash = %(phash)s, thumbhash = %(thumbhash)s,
                  taken_at = %(taken_at)s, taken_at_offset = %(offset)s, latitude = %(latitude)s,
                  longitude = %(longitude)s, derived_at = now()
            WHERE id = %(id)s AND user_id = %(user_id)s""",
        {
            "id": image.id,
            "user_id": image.user_id,
            "content_type": found.content_type,
            "size": found.size_bytes,
            "width": found.width,
            "height": found.height,
            "sha256": found.sha256,
            "crc32": found.crc32,
            "phash": found.phash,
            "thumbhash": found.thumbhash,
            "taken_at": found.metadata.taken_at,
            "offset": found.metadata.taken_at_offset,
            "latitude": latitude,
            "longitude": longitude,
        },
    )
    if written:
        tx.execute(
            """INSERT INTO image_looks (image_id, look) VALUES (%(id)s, %(look)s)
                   ON CONFLICT (image_id) DO UPDATE SET look = excluded.look""",
            {"id": image.id, "look": look},
        )
    return bool(written)


def replace_by(tx: Tx, copy: Subject, original: Subject, keys: list[str]) -> None:
    """A copy's row gives way to the image that has the same bytes; its objects go with the next sweep. Bringing a
    photo again takes it out of the trash."""
    tx.execute(
        "UPDATE images SET trashed_at = NULL WHERE id = %(id)s AND user_id = %(user_id)s",
        {"id": original.id, "user_id": original.user_id},
    )
    tx.execute(
        """INSERT INTO image_duplicates (storage_key, user_id, image_id) VALUES (%(key)s, %(user_id)s, %(image_id)s)
               ON CONFLICT DO NOTHING""",
        {"key": copy.storage_key, "user_id": copy.user_id, "image_id": original.id},
    )
    remove(tx, copy, keys)


def remove(tx: Tx, image: Subject, keys: list[str]) -> None:
    """The row goes now, the objects under `keys` with the next sweep of storage."""
    tx.execute(
        """INSERT INTO storage_erasures (storage_key, owner_id)
           SELECT key, %(user_id)s FROM unnest(%(keys)s::text[]) AS gone (key) ON CONFLICT DO NOTHING""",
        {"user_id": image.user_id, "keys": keys},
    )
    tx.execute(
        "DELETE FROM images WHERE id = %(id)s AND user_id = %(user_id)s",
        {"id": image.id, "user_id": image.user_id},
    )
