"""Photos of orders on their way: moved to where they stay, restored, and given to their owner."""

from typing import TYPE_CHECKING
from uuid import UUID

from darkroom.db import Tx
from restorations.queries.photos import Photo

if TYPE_CHECKING:
    from darkroom.images import Inspection


def arrive(tx: Tx, image_id: UUID, original_key: str) -> bool:
    """The photo lies where it stays. False: it did already, or its order is over."""
    return bool(
        tx.execute(
            """UPDATE order_images SET status = 'uploaded', original_key = %(key)s
                WHERE id = %(id)s AND status = 'pending'""",
            {"id": image_id, "key": original_key},
        )
    )


def complete(tx: Tx, image_id: UUID, restored_key: str, found: "Inspection") -> bool:
    """It is restored, and this is what it became. False: it had ended before."""
    return bool(
        tx.execute(
            """UPDATE order_images
                  SET status = 'completed', progress = 100, restored_key = %(key)s, restored_type = %(type)s,
                      restored_bytes = %(bytes)s, restored_width = %(width)s, restored_height = %(height)s,
                      restored_crc32 = %(crc32)s, completed_at = now()
                WHERE id = %(id)s AND status = 'processing'""",
            {
                "id": image_id,
                "key": restored_key,
                "type": found.content_type,
                "bytes": found.size_bytes,
                "width": found.width,
                "height": found.height,
                "crc32": found.crc32,
            },
        )
    )


def is_here(tx: Tx, user_id: UUID) -> bool:
    return bool(tx.value("SELECT EXISTS (SELECT FROM users WHERE id = %(id)s AND deleted_at IS NULL)", {"id": user_id}))


def give(tx: Tx, user_id: UUID, photo: Photo, *, storage_key: str, name: str, found: "Inspection") -> bool:
    """The restored photo among its owner's others, under its own id, so that it is there once. Its pictures are in
    storage. Who has left gets nothing any more."""
    given = tx.execute(
        """INSERT INTO images (id, user_id, source, storage_key, original_filename, content_type, file_size_bytes,
                               width, height, sha256, crc32, phash, thumbhash, derived_at)
           SELECT %(id)s, u.id, 'restoration', %(storage_key)s, %(filename)s, %(content_type)s, %(size)s, %(width)s,
                  %(height)s, %(sha256)s, %(crc32)s, %(phash)s, %(thumbhash)s, now()
             FROM users u WHERE u.id = %(user_id)s AND u.deleted_at IS NULL
           ON CONFLICT (id) DO NOTHING""",
        {
            "id": photo.id,
            "user_id": user_id,
            "storage_key": storage_key,
            "filename": name,
            "content_type": found.content_type,
            "size": found.size_bytes,
            "width": found.width,
            "height": found.height,
            "sha256": found.sha256,
            "crc32": found.crc32,
            "phash": found.phash,
            "thumbhash": found.thumbhash,
        },
    )
    if given:
        tx.execute("UPDATE order_images SET image_id = id WHERE id = %(id)s", {"id": photo.id})
    return bool(given)
