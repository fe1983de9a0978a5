"""ZIPs of orders, and how far they are written."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Final, LiteralString, NamedTuple
from uuid import UUID

from darkroom.db import Tx


class Archive(NamedTuple):
    id: UUID
    order_id: UUID
    image_ids: list[UUID]
    storage_key: str
    status: str
    upload_id: str | None
    layout: bytes | None
    parts: list[str]
    size_bytes: int | None
    attempts: int
    created_at: datetime
    ready_at: datetime | None


_COLUMNS: Final[LiteralString] = ", ".join(Archive._fields)


def of_choice(tx: Tx, order_id: UUID, image_ids: Sequence[UUID]) -> Archive | None:
    """The last one of these photos."""
    return tx.one(
        f"""SELECT {_COLUMNS} FROM order_archives WHERE order_id = %(order_id)s AND choice = %(choice)s
             ORDER BY created_at DESC, id DESC LIMIT 1""",  # noqa: S608
        {"order_id": order_id, "choice": _choice(image_ids)},
        into=Archive,
    )


def write(tx: Tx, archive_id: UUID, order_id: UUID, image_ids: Sequence[UUID], storage_key: str) -> bool:
    """A new one, unless there is one of these photos already."""
    return bool(
        tx.execute(
            """INSERT INTO order_archives (id, order_id, image_ids, choice, storage_key)
               VALUES (%(id)s, %(order_id)s, %(image_ids)s, %(choice)s, %(storage_key)s)
               ON CONFLICT (order_id, choice) WHERE status <> 'failed' DO NOTHING""",
            {
                "id": archive_id,
                "order_id": order_id,
                "image_ids": list(image_ids),
                "choice": _choice(image_ids),
                "storage_key": storage_key,
            },
        )
    )


def _choice(image_ids: Sequence[UUID]) -> bytes:
    return hashlib.sha256(b"".join(each.bytes for each in image_ids)).digest()


def claim(tx: Tx, archive_id: UUID, lease_seconds: int) -> Archive | None:
    """It is ours to write for a while, unless somebody else is at it or it is over."""
    return tx.one(
        f"""UPDATE order_archives
               SET status = 'building', attempts = attempts + 1,
                   leased_until = clock_timestamp() + make_interval(secs => %(lease)s)
             WHERE id = %(id)s AND status IN ('pending', 'building')
               AND coalesce(leased_until, '-infinity') <= clock_timestamp()
         RETURNING {_COLUMNS}""",  # noqa: S608
        {"id": archive_id, "lease": lease_seconds},
        into=Archive,
    )


def begin(tx: Tx, archive: Archive, upload_id: str, layout: bytes, size_bytes: int) -> bool:
    """Its upload is this one from now on, and nothing of it is written. Whether nobody else began another one."""
    return bool(
        tx.execute(
            """UPDATE order_archives
                  SET upload_id = %(upload_id)s, layout = %(layout)s, size_bytes = %(size)s, parts = '{}'
                WHERE id = %(id)s AND status = 'building' AND upload_id IS NOT DISTINCT FROM %(before)s""",
            {
                "id": archive.id,
                "upload_id": upload_id,
                "layout": layout,
                "size": size_bytes,
                "before": archive.upload_id,
            },
        )
    )


def add_part(tx: Tx, archive_id: UUID, upload_id: str, number: int, etag: str, lease_seconds: int) -> bool:  # noqa: PLR0917
    """The part with this number lies there. Whether it was the next one, of the upload that still counts."""
    return bool(
        tx.execute(
            """UPDATE order_archives
                  SET parts = parts || %(etag)s::text, attempts = 0,
                      leased_until = clock_timestamp() + make_interval(secs => %(lease)s)
                WHERE id = %(id)s AND status = 'building' AND upload_id = %(upload_id)s
                  AND cardinality(parts) = %(number)s - 1""",
            {"id": archive_id, "upload_id": upload_id, "number": number, "etag": etag, "lease": lease_seconds},
        )
    )


def release(tx: Tx, archive_id: UUID) -> None:
    """Whoever comes next may go on with it."""
    tx.execute(
        "UPDATE order_archives SET leased_until = clock_timestamp() WHERE id = %s AND status = 'building'",
        (archive_id,),
    )


def begin_anew(tx: Tx, archive: Archive) -> None:
    """What was written of it is lost."""
    tx.execute(
        """UPDATE order_archives SET upload_id = NULL, layout = NULL, parts = '{}'
            WHERE id = %(id)s AND status = 'building' AND upload_id = %(upload_id)s""",
        {"id": archive.id, "upload_id": archive.upload_id},
    )


def ready(tx: Tx, archive_id: UUID, now: datetime) -> bool:
    return bool(
        tx.execute(
            """UPDATE order_archives SET status = 'ready', ready_at = %(now)s, leased_until = NULL
                WHERE id = %(id)s AND status = 'building'""",
            {"id": archive_id, "now": now},
        )
    )


def fail(tx: Tx, archive_id: UUID, error: str) -> bool:
    return bool(
        tx.execute(
            """UPDATE order_archives SET status = 'failed', error = %(error)s, leased_until = NULL
                WHERE id = %(id)s AND status <> 'failed'""",
            {"id": archive_id, "error": error},
        )
    )


def error(tx: Tx, archive_id: UUID) -> str | None:
    """Why it failed."""
    found: str | None = tx.value("SELECT error FROM order_archives WHERE id = %s AND status = 'failed'", (archive_id,))
    return found


def left_alone(tx: Tx, patience_seconds: int, lost_seconds: int, limit: int) -> list[UUID]:
    """Those that nobody works on: whoever did was killed, or the first message was lost. Each comes up again later,
    and later each time that it was begun in vain."""
    rows = tx.all(
        """UPDATE order_archives AS a SET leased_until = clock_timestamp()
             FROM (SELECT id FROM order_archives
                    WHERE status IN ('pending', 'building')
                      AND coalesce(leased_until, created_at)
                          < clock_timestamp() - make_interval(secs =>
                                CASE status WHEN 'pending' THEN %(lost)s ELSE %(patience)s * 2 ^ least(attempts, 6) END)
                    ORDER BY created_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED) AS due
            WHERE a.id = due.id RETURNING a.id""",
        {"patience": patience_seconds, "lost": lost_seconds, "limit": limit},
    )
    return [row["id"] for row in rows]


def over(tx: Tx, kept_since: datetime, limit: int) -> list[Archive]:
    """Those that were there long enough, and those that were given up."""
    return tx.all(
        f"""SELECT {_COLUMNS} FROM order_archives
             WHERE (status = 'ready' AND ready_at < %(since)s)
                OR (status = 'failed' AND created_at < clock_timestamp() - interval '1 hour')
             ORDER BY created_at LIMIT %(limit)s""",  # noqa: S608
        {"since": kept_since, "limit": limit},
        into=Archive,
    )


def forget(tx: Tx, archive_ids: Sequence[UUID], kept_since: datetime) -> int:
    return tx.execute(
        """DELETE FROM order_archives WHERE id = ANY(%(ids)s)
              AND (status = 'failed' OR (status = 'ready' AND ready_at < %(since)s))""",
        {"ids": list(archive_ids), "since": kept_since},
    )


class Leftovers(NamedTuple):
    """A photo that is done with, and how many tries it took."""

    job_id: UUID
    order_id: UUID
    position: int
    try_number: int


def leftovers(tx: Tx, patience_seconds: int, limit: int) -> list[Leftovers]:
    """Jobs that ended a while ago, whose tries may have left results in storage."""
    return tx.all(
        """SELECT j.id AS job_id, j.order_id, i.position, j.try_number
             FROM restoration_jobs j JOIN order_images i ON i.id = j.image_id
            WHERE j.status IN ('completed', 'failed') AND j.tidied_at IS NULL
              AND j.completed_at < now() - make_interval(secs => %(patience)s)
            ORDER BY j.completed_at LIMIT %(limit)s""",
        {"patience": patience_seconds, "limit": limit},
        into=Leftovers,
    )


def tidied(tx: Tx, job_ids: Sequence[UUID]) -> int:
    return tx.execute("UPDATE restoration_jobs SET tidied_at = now() WHERE id = ANY(%s)", (list(job_ids),))
