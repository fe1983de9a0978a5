"""The rows of photos, always with whose they are."""

from collections.abc import Sequence
from datetime import datetime
from typing import LiteralString, NamedTuple
from uuid import UUID

from darkroom.db import Tx
from darkroom.pictures import EDGES


class Image(NamedTuple):
    id: UUID
    user_id: UUID
    source: str
    storage_key: str
    original_filename: str
    content_type: str
    file_size_bytes: int
    width: int | None
    height: int | None
    thumbhash: bytes | None
    taken_at: datetime | None
    taken_at_offset: str | None
    created_at: datetime
    trashed_at: datetime | None
    derived_at: datetime | None
    album_ids: list[UUID]


_COLUMNS: LiteralString = """
    i.id, i.user_id, i.source, i.storage_key, i.original_filename, i.content_type, i.file_size_bytes, i.width, i.height,
    i.thumbhash, i.taken_at, i.taken_at_offset, i.created_at, i.trashed_at, i.derived_at,
    ARRAY(SELECT a.album_id FROM album_images AS a WHERE a.image_id = i.id AND i.trashed_at IS NULL) AS album_ids"""

# (what a list is sorted by, which photos it holds): each pair has its index
_ORDERS: dict[str, tuple[LiteralString, LiteralString]] = {
    "added": ("i.created_at", "i.trashed_at IS NULL"),
    "taken": ("coalesce(i.taken_at, i.created_at)", "i.trashed_at IS NULL"),
    "trashed": ("i.trashed_at", "i.trashed_at IS NOT NULL"),
}


def listed(
    tx: Tx, user_id: UUID, *, order: str, source: str | None, after: tuple[datetime, UUID] | None, limit: int
) -> list[Image]:
    """A page of a person's photos, the newest first, after the last row of the page before."""
    key, condition = _ORDERS[order]
    with_source: LiteralString = "AND i.source = %(source)s" if source else ""
    beyond: LiteralString = f"AND ({key}, i.id) < (%(at)s, %(id)s)" if after else ""
    at, last = after or (None, None)
    return tx.all(
        f"""SELECT {_COLUMNS} FROM images AS i
             WHERE i.user_id = %(user_id)s AND {condition} {with_source} {beyond}
             ORDER BY {key} DESC, i.id DESC
             LIMIT %(limit)s""",  # noqa: S608 - literals from above
        {"user_id": user_id, "source": source, "at": at, "id": last, "limit": limit},
        into=Image,
    )


def get(tx: Tx, user_id: UUID, image_id: UUID) -> Image | None:
    return tx.one(
        f"SELECT {_COLUMNS} FROM images AS i WHERE i.id = %(id)s AND i.user_id = %(user_id)s",  # noqa: S608
        {"id": image_id, "user_id": user_id},
        into=Image,
    )


def trash(tx: Tx, user_id: UUID, image_id: UUID) -> bool:
    return bool(
        tx.execute(
            """UPDATE images SET trashed_at = now()
                WHERE id = %(id)s AND user_id = %(user_id)s AND trashed_at IS NULL""",
            {"id": image_id, "user_id": user_id},
        )
    )


def restore(tx: Tx, user_id: UUID, image_id: UUID) -> bool:
    return bool(
        tx.execute(
            """UPDATE images SET trashed_at = NULL
                WHERE id = %(id)s AND user_id = %(user_id)s AND trashed_at IS NOT NULL""",
            {"id": image_id, "user_id": user_id},
        )
    )


def usable(tx: Tx, user_id: UUID, image_ids: Sequence[UUID]) -> dict[UUID, bool]:
    """Which of these are the person's, and whether they can be put into albums (False: they lie in the trash)."""
    rows = tx.all(
        """SELECT id, trashed_at IS NULL AS usable FROM images
            WHERE user_id = %(user_id)s AND id = ANY(%(ids)s)""",
        {"user_id": user_id, "ids": list(image_ids)},
    )
    return {row["id"]: row["usable"] for row in rows}


def purge(tx: Tx, days: int, limit: int) -> int:
    """Photos that have been in the trash that long: rows go now, objects with the next sweep of storage."""
    return int(
        tx.value(
            """WITH gone AS (
                   DELETE FROM images WHERE id IN (
                       SELECT id FROM images WHERE trashed_at < now() - make_interval(days => %(days)s)
                        LIMIT %(limit)s FOR UPDATE SKIP LOCKED)
                RETURNING id, user_id, storage_key),
               listed AS (
                   INSERT INTO storage_erasures (storage_key, owner_id)
                   SELECT storage_key, user_id FROM gone
                    UNION
                   SELECT format('derivatives/%%s-%%s.webp', id, edge), user_id
                     FROM gone, unnest(%(edges)s::integer[]) AS edge
                       ON CONFLICT DO NOTHING)
               SELECT count(*) FROM gone""",
            {"days": days, "limit": limit, "edges": list(EDGES)},
        )
    )
