"""What was announced, and what became of it."""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from darkroom import ids
from darkroom.db import Tx


class Announced(NamedTuple):
    """A file that has a place in storage and is no image yet."""

    storage_key: str
    original_filename: str
    content_type: str
    file_size_bytes: int


def announce(tx: Tx, user_id: UUID, files: Sequence[Announced]) -> None:
    tx.execute(
        """INSERT INTO uploads (storage_key, user_id, original_filename, content_type, file_size_bytes)
           SELECT key, %(user_id)s, name, type, size
             FROM unnest(%(keys)s::text[], %(names)s::text[], %(types)s::text[], %(sizes)s::bigint[])
                  AS file (key, name, type, size)""",
        {
            "user_id": user_id,
            "keys": [file.storage_key for file in files],
            "names": [file.original_filename for file in files],
            "types": [file.content_type for file in files],
            "sizes": [file.file_size_bytes for file in files],
        },
    )


def announced(tx: Tx, user_id: UUID, keys: Sequence[str]) -> dict[str, Announced]:
    """Those of the keys that were announced and are no images yet."""
    rows = tx.all(
        """SELECT storage_key, original_filename, content_type, file_size_bytes FROM uploads
            WHERE user_id = %(user_id)s AND storage_key = ANY(%(keys)s)""",
        {"user_id": user_id, "keys": list(keys)},
        into=Announced,
    )
    return {row.storage_key: row for row in rows}


def image_ids(tx: Tx, user_id: UUID, keys: Sequence[str]) -> dict[str, UUID]:
    """The images that these keys became, or were found to be copies of."""
    rows = tx.all(
        """SELECT storage_key, id FROM images WHERE user_id = %(user_id)s AND storage_key = ANY(%(keys)s)
           UNION ALL
           SELECT storage_key, image_id FROM image_duplicates
            WHERE user_id = %(user_id)s AND storage_key = ANY(%(keys)s)""",
        {"user_id": user_id, "keys": list(keys)},
    )
    return {row["storage_key"]: row["id"] for row in rows}


def make_images(tx: Tx, user_id: UUID, keys: Sequence[str]) -> None:
    """What was announced under these keys becomes images; somebody else doing the same at once is waited for."""
    tx.execute(
        """WITH taken AS (
               DELETE FROM uploads WHERE user_id = %(user_id)s AND storage_key = ANY(%(keys)s)
            RETURNING storage_key, original_filename, content_type, file_size_bytes)
           INSERT INTO images (id, user_id, source, storage_key, original_filename, content_type, file_size_bytes)
           SELECT new.id, %(user_id)s, 'upload', taken.storage_key, taken.original_filename, taken.content_type,
                  taken.file_size_bytes
             FROM unnest(%(keys)s::text[], %(ids)s::uuid[]) AS new (key, id)
             JOIN taken ON taken.storage_key = new.key
               ON CONFLICT (storage_key) DO NOTHING""",
        {"user_id": user_id, "keys": list(keys), "ids": [ids.new_id() for _ in keys]},
    )


def forget_abandoned(tx: Tx, days: int, limit: int) -> int:
    """What nobody processed in time: its row goes now, its object with the next sweep of storage."""
    return int(
        tx.value(
            """WITH gone AS (
                   DELETE FROM uploads WHERE storage_key IN (
                       SELECT storage_key FROM uploads WHERE created_at < now() - make_interval(days => %(days)s)
                        LIMIT %(limit)s FOR UPDATE SKIP LOCKED)
                RETURNING storage_key, user_id),
               listed AS (
                   INSERT INTO storage_erasures (storage_key, owner_id) SELECT storage_key, user_id FROM gone
                       ON CONFLICT DO NOTHING)
               SELECT count(*) FROM gone""",
            {"days": days, "limit": limit},
        )
    )
