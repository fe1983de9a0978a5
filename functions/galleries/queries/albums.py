"""The rows of albums, and which photos they hold in which order. Writers hold the gallery (`lock`)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, LiteralString, NamedTuple
from uuid import UUID

from darkroom import ids
from darkroom.db import Tx


class Album(NamedTuple):
    id: UUID
    user_id: UUID
    job_id: UUID | None
    title: str
    theme_description: str
    curated_by: str
    cover_id: UUID | None
    image_count: int
    share_created_at: datetime | None
    share_expires_at: datetime | None
    created_at: datetime
    updated_at: datetime


class AlbumImage(NamedTuple):
    album_id: UUID
    id: UUID
    user_id: UUID
    storage_key: str
    original_filename: str
    content_type: str
    width: int | None
    height: int | None
    thumbhash: bytes | None
    display_order: int
    taken_at: datetime | None
    taken_at_offset: str | None
    created_at: datetime
    derived_at: datetime | None


class Place(NamedTuple):
    """Where a photo stands in an album."""

    album_id: UUID
    image_id: UUID
    display_order: int


_SHOWN: LiteralString = """FROM album_images AS p JOIN images AS i ON i.id = p.image_id
                           WHERE p.album_id = a.id AND i.trashed_at IS NULL"""

_ALBUM: LiteralString = f"""
    SELECT a.id, a.user_id, a.job_id, a.title, a.theme_description, a.curated_by,
           coalesce((SELECT i.id {_SHOWN} AND i.derived_at IS NOT NULL AND i.id = a.cover_image_id),
                    (SELECT i.id {_SHOWN} AND i.derived_at IS NOT NULL
                      ORDER BY p.display_order, p.image_id LIMIT 1)) AS cover_id,
           (SELECT count(*) {_SHOWN}) AS image_count,
           s.created_at AS share_created_at, s.expires_at AS share_expires_at,
           a.created_at, a.updated_at
      FROM albums AS a
      LEFT JOIN album_shares AS s ON s.album_id = a.id AND (s.expires_at IS NULL OR s.expires_at > now())"""  # noqa: S608 - literals

_IMAGE: LiteralString = """p.album_id, i.id, i.user_id, i.storage_key, i.original_filename, i.content_type, i.width,
    i.height, i.thumbhash, p.display_order, i.taken_at, i.taken_at_offset, i.created_at, i.derived_at"""


def get(tx: Tx, user_id: UUID, album_id: UUID) -> Album | None:
    return tx.one(
        _ALBUM + " WHERE a.id = %(id)s AND a.user_id = %(user_id)s", {"id": album_id, "user_id": user_id}, into=Album
    )


def listed(tx: Tx, user_id: UUID, after: tuple[datetime, UUID] | None, limit: int) -> list[Album]:
    beyond: LiteralString = "AND (a.created_at, a.id) < (%(at)s, %(id)s)" if after else ""
    at, last = after or (None, None)
    return tx.all(
        f"{_ALBUM} WHERE a.user_id = %(user_id)s {beyond} ORDER BY a.created_at DESC, a.id DESC LIMIT %(limit)s",
        {"user_id": user_id, "at": at, "id": last, "limit": limit},
        into=Album,
    )


def first_images(tx: Tx, album_ids: Sequence[UUID], limit: int) -> dict[UUID, list[AlbumImage]]:
    """The first photos of each album. The albums are known to be the reader's."""
    rows = tx.all(
        f"""SELECT shown.* FROM unnest(%(ids)s::uuid[]) AS wanted (id), LATERAL (
                   SELECT {_IMAGE} FROM album_images AS p JOIN images AS i ON i.id = p.image_id
                    WHERE p.album_id = wanted.id AND i.trashed_at IS NULL
                    ORDER BY p.display_order, p.image_id
                    LIMIT %(limit)s) AS shown""",  # noqa: S608
        {"ids": list(album_ids), "limit": limit},
        into=AlbumImage,
    )
    found: dict[UUID, list[AlbumImage]] = {album_id: [] for album_id in album_ids}
    for row in rows:
        found[row.album_id].append(row)
    return found


def images_page(tx: Tx, album_id: UUID, after: tuple[int, UUID] | None, limit: int) -> list[AlbumImage]:
    """Photos of an album that is known to be the reader's, after the last one of the page before."""
    beyond: LiteralString = "AND (p.display_order, p.image_id) > (%(order)s, %(image_id)s)" if after else ""
    order, image_id = after or (None, None)
    return tx.all(
        f"""SELECT {_IMAGE} FROM album_images AS p JOIN images AS i ON i.id = p.image_id
             WHERE p.album_id = %(album_id)s AND i.trashed_at IS NULL {beyond}
             ORDER BY p.display_order, p.image_id
             LIMIT %(limit)s""",  # noqa: S608
        {"album_id": album_id, "order": order, "image_id": image_id, "limit": limit},
        into=AlbumImage,
    )


def lock(tx: Tx, user_id: UUID) -> bool:
    """Holds a person's gallery until the transaction ends: changes of it, by them and by workers, come one after the
    other. False: the person is gone."""
    return bool(
        tx.value(
            "SELECT true FROM users WHERE id = %(id)s AND deleted_at IS NULL FOR NO KEY UPDATE",
            {"id": user_id},
        )
    )


def insert(
    tx: Tx, user_id: UUID, *, title: str, theme_description: str, curated_by: str, job_id: UUID | None = None
) -> UUID:
    album_id = ids.new_id()
    tx.execute(
        """INSERT INTO albums (id, user_id, job_id, title, theme_description, curated_by, touched_at)
           VALUES (%(id)s, %(user_id)s, %(job_id)s, %(title)s, %(theme)s, %(curated_by)s,
                   CASE WHEN %(curated_by)s = 'person' THEN now() END)""",
        {
            "id": album_id,
            "user_id": user_id,
            "job_id": job_id,
            "title": title,
            "theme": theme_description,
            "curated_by": curated_by,
        },
    )
    return album_id


def change(tx: Tx, user_id: UUID, album_id: UUID, changes: dict[str, Any]) -> bool:
    """Sets what `changes` names (title, theme_description, cover_image_id), by the person's hand."""
    return bool(
        tx.execute(
            """UPDATE albums
                  SET title = CASE WHEN %(has_title)s THEN %(title)s ELSE title END,
                      theme_description = CASE WHEN %(has_theme)s THEN %(theme)s ELSE theme_description END,
                      cover_image_id = CASE WHEN %(has_cover)s THEN %(cover)s::uuid ELSE cover_image_id END,
                      touched_at = now(), updated_at = now()
                WHERE id = %(id)s AND user_id = %(user_id)s""",
            {
                "id": album_id,
                "user_id": user_id,
                "has_title": "title" in changes,
                "title": changes.get("title"),
                "has_theme": "theme_description" in changes,
                "theme": changes.get("theme_description"),
                "has_cover": "cover_image_id" in changes,
                "cover": changes.get("cover_image_id"),
            },
        )
    )


def touch(tx: Tx, user_id: UUID, album_ids: Sequence[UUID]) -> None:
    """A person changed what these hold."""
    tx.execute(
        """UPDATE albums SET touched_at = now(), updated_at = now()
            WHERE user_id = %(user_id)s AND id = ANY(%(ids)s)""",
        {"user_id": user_id, "ids": list(album_ids)},
    )


def delete(tx: Tx, user_id: UUID, album_id: UUID) -> bool:
    return bool(
        tx.execute(
            "DELETE FROM albums WHERE id = %(id)s AND user_id = %(user_id)s", {"id": album_id, "user_id": user_id}
        )
    )


def holds(tx: Tx, album_id: UUID, image_id: UUID) -> bool:
    return bool(
        tx.value(
            """SELECT EXISTS (SELECT FROM album_images AS p JOIN images AS i ON i.id = p.image_id
                               WHERE p.album_id = %(album_id)s AND p.image_id = %(image_id)s
                                 AND i.trashed_at IS NULL)""",
            {"album_id": album_id, "image_id": image_id},
        )
    )


def albums_of(tx: Tx, image_ids: Sequence[UUID]) -> set[UUID]:
    """The albums that hold these photos now."""
    rows = tx.all("SELECT DISTINCT album_id FROM album_images WHERE image_id = ANY(%(ids)s)", {"ids": list(image_ids)})
    return {row["album_id"] for row in rows}


def take_out(tx: Tx, album_id: UUID, but: Sequence[UUID]) -> None:
    """Takes out all but these. What lies in the trash keeps its place, for the day it is restored."""
    tx.execute(
        """DELETE FROM album_images AS p USING images AS i
            WHERE p.album_id = %(album_id)s AND i.id = p.image_id AND i.trashed_at IS NULL
              AND p.image_id <> ALL(%(but)s)""",
        {"album_id": album_id, "but": list(but)},
    )


def put_in(tx: Tx, album_id: UUID, image_ids: Sequence[UUID]) -> None:
    """Gives the album these photos in this order, wherever they were before."""
    tx.execute(
        """INSERT INTO album_images (album_id, image_id, display_order)
           SELECT %(album_id)s, id, place - 1
             FROM unnest(%(ids)s::uuid[]) WITH ORDINALITY AS wanted (id, place)
               ON CONFLICT (image_id) DO UPDATE
              SET album_id = excluded.album_id, display_order = excluded.display_order""",
        {"album_id": album_id, "ids": list(image_ids)},
    )


def put_new_in(tx: Tx, user_id: UUID, album_id: UUID, image_ids: Sequence[UUID], *, regroup: bool) -> int:
    """As `put_in`, by a job: only photos that are still there and shown, and unless `regroup` only those that are in no
    album; how many that were."""
    on_conflict: LiteralString = (
        "DO UPDATE SET album_id = excluded.album_id, display_order = excluded.display_order"
        if regroup
        else "DO NOTHING"
    )
    return tx.execute(
        f"""INSERT INTO album_images (album_id, image_id, display_order)
            SELECT %(album_id)s, i.id, wanted.place - 1
              FROM unnest(%(ids)s::uuid[]) WITH ORDINALITY AS wanted (id, place)
              JOIN images AS i ON i.id = wanted.id AND i.user_id = %(user_id)s AND i.trashed_at IS NULL
                ON CONFLICT (image_id) {on_conflict}""",  # noqa: S608
        {"album_id": album_id, "user_id": user_id, "ids": list(image_ids)},
    )


def move_all(tx: Tx, source_id: UUID, target_id: UUID) -> None:
    """Appends everything of one album to another, in its order, the trashed photos too."""
    tx.execute(
        """UPDATE album_images AS p
              SET album_id = %(target)s,
                  display_order = p.display_order + coalesce(
                      (SELECT max(display_order) + 1 FROM album_images WHERE album_id = %(target)s), 0)
            WHERE album_id = %(source)s""",
        {"source": source_id, "target": target_id},
    )


def delete_made_by(tx: Tx, user_id: UUID, job_id: UUID) -> int:
    """Takes back what a job made and nobody has touched since; how many albums."""
    return tx.execute(
        "DELETE FROM albums WHERE user_id = %(user_id)s AND job_id = %(job_id)s AND touched_at IS NULL",
        {"user_id": user_id, "job_id": job_id},
    )


def count_made_by(tx: Tx, user_id: UUID, job_id: UUID) -> int:
    return int(
        tx.value(
            "SELECT count(*) FROM albums WHERE user_id = %(user_id)s AND job_id = %(job_id)s",
            {"user_id": user_id, "job_id": job_id},
        )
    )


def delete_empty(tx: Tx, user_id: UUID, album_ids: Sequence[UUID]) -> None:
    """Removes those of these that hold nothing and nobody has touched."""
    tx.execute(
        """DELETE FROM albums AS a WHERE user_id = %(user_id)s AND id = ANY(%(ids)s) AND touched_at IS NULL
              AND NOT EXISTS (SELECT FROM album_images WHERE album_id = a.id)""",
        {"user_id": user_id, "ids": list(album_ids)},
    )


class Original(NamedTuple):
    """A photo as it was brought."""

    id: UUID
    storage_key: str
    original_filename: str
    file_size_bytes: int
    crc32: int | None
    display_order: int
    taken_at: datetime | None
    created_at: datetime


def originals(tx: Tx, user_id: UUID, album_id: UUID, after: tuple[int, UUID] | None, limit: int) -> list[Original]:
    beyond: LiteralString = "AND (p.display_order, p.image_id) > (%(order)s, %(image_id)s)" if after else ""
    order, image_id = after or (None, None)
    return tx.all(
        f"""SELECT i.id, i.storage_key, i.original_filename, i.file_size_bytes, i.crc32, p.display_order,
                   i.taken_at, i.created_at
              FROM album_images AS p JOIN images AS i ON i.id = p.image_id AND i.user_id = %(user_id)s
             WHERE p.album_id = %(album_id)s AND i.trashed_at IS NULL {beyond}
             ORDER BY p.display_order, p.image_id
             LIMIT %(limit)s""",  # noqa: S608
        {"user_id": user_id, "album_id": album_id, "order": order, "image_id": image_id, "limit": limit},
        into=Original,
    )
