"""Upload sessions and their files."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Final, LiteralString, NamedTuple
from uuid import UUID

from darkroom.db import Tx

if TYPE_CHECKING:
    from darkroom.images import Inspection


class Session(NamedTuple):
    id: UUID
    expires_at: datetime
    order_id: UUID | None


class File(NamedTuple):
    id: UUID
    session_id: UUID
    position: int
    filename: str
    announced_type: str
    announced_bytes: int
    storage_key: str
    status: str
    reason: str | None
    content_type: str | None
    size_bytes: int | None
    width: int | None
    height: int | None
    sha256: bytes | None
    crc32: int | None
    preview_key: str | None


class Announced(NamedTuple):
    """A file that a session is about to be brought."""

    id: UUID
    filename: str
    announced_type: str
    announced_bytes: int
    storage_key: str


class Over(NamedTuple):
    """A session that ended, and what lies in storage of it."""

    id: UUID
    upload_ids: list[UUID]
    storage_keys: list[str]


_COLUMNS: Final[LiteralString] = ", ".join(File._fields)


def open_session(tx: Tx, session_id: UUID, expires_at: datetime, files: Sequence[Announced]) -> None:
    tx.execute(
        "INSERT INTO upload_sessions (id, expires_at) VALUES (%(id)s, %(expires_at)s)",
        {"id": session_id, "expires_at": expires_at},
    )
    tx.execute_many(
        """INSERT INTO upload_files
               (id, session_id, position, filename, announced_type, announced_bytes, storage_key)
           VALUES (%(id)s, %(session_id)s, %(position)s, %(filename)s, %(announced_type)s, %(announced_bytes)s,
                   %(storage_key)s)""",
        [{**file._asdict(), "session_id": session_id, "position": n} for n, file in enumerate(files, start=1)],
    )


def session(tx: Tx, session_id: UUID) -> Session | None:
    """A session and the order that was made of it, once there was a checkout."""
    return tx.one(
        """SELECT s.id, s.expires_at, o.id AS order_id
             FROM upload_sessions s LEFT JOIN orders o ON o.session_id = s.id WHERE s.id = %s""",
        (session_id,),
        into=Session,
    )


def files(tx: Tx, session_id: UUID) -> list[File]:
    """Those that have not been left out."""
    return tx.all(
        f"SELECT {_COLUMNS} FROM upload_files"  # noqa: S608
        " WHERE session_id = %s AND left_out_at IS NULL ORDER BY position",
        (session_id,),
        into=File,
    )


def get(tx: Tx, upload_id: UUID) -> File | None:
    return tx.one(f"SELECT {_COLUMNS} FROM upload_files WHERE id = %s", (upload_id,), into=File)  # noqa: S608


def by_key(tx: Tx, storage_key: str) -> File | None:
    return tx.one(
        f"SELECT {_COLUMNS} FROM upload_files WHERE storage_key = %s",  # noqa: S608
        (storage_key,),
        into=File,
    )


def accept(tx: Tx, upload_id: UUID, found: "Inspection", preview_key: str) -> bool:
    """It is a photo, and this is what its bytes say. Whether nobody had settled it before."""
    return bool(
        tx.execute(
            """UPDATE upload_files
                  SET status = 'valid', content_type = %(content_type)s, size_bytes = %(size)s, width = %(width)s,
                      height = %(height)s, sha256 = %(sha256)s, crc32 = %(crc32)s, preview_key = %(preview_key)s,
                      checked_at = now()
                WHERE id = %(id)s AND status = 'pending'""",
            {
                "id": upload_id,
                "content_type": found.content_type,
                "size": found.size_bytes,
                "width": found.width,
                "height": found.height,
                "sha256": found.sha256,
                "crc32": found.crc32,
                "preview_key": preview_key,
            },
        )
    )


def refuse(tx: Tx, upload_id: UUID, reason: str) -> bool:
    """It is no photo that can be taken, with words for the person. Whether nobody had settled it before."""
    return bool(
        tx.execute(
            """UPDATE upload_files SET status = 'invalid', reason = %(reason)s, checked_at = now()
                WHERE id = %(id)s AND status = 'pending'""",
            {"id": upload_id, "reason": reason},
        )
    )


def to_look_for(tx: Tx, grace_seconds: int, limit: int) -> dict[str, UUID]:
    """Files of living sessions that may have been brought without anybody hearing of it, by their keys. Each comes up
    again after a while, until its session ends."""
    rows = tx.all(
        """UPDATE upload_files AS f SET asked_at = now()
             FROM (SELECT w.id FROM upload_files w JOIN upload_sessions s ON s.id = w.session_id
                    WHERE w.status = 'pending' AND w.left_out_at IS NULL AND s.expires_at > now()
                      AND coalesce(w.asked_at, s.created_at) < now() - make_interval(secs => %(grace)s)
                    ORDER BY w.session_id, w.position LIMIT %(limit)s FOR UPDATE OF w SKIP LOCKED) AS due
            WHERE f.id = due.id RETURNING f.storage_key, f.id""",
        {"grace": grace_seconds, "limit": limit},
    )
    return {row["storage_key"]: row["id"] for row in rows}


def over(tx: Tx, grace_seconds: int, limit: int) -> list[Over]:
    """Sessions that ended a while ago. The photos of an order that may still be paid, or that is paid and has photos
    which were not moved yet, stay."""
    return tx.all(
        """SELECT s.id, array_remove(array_agg(f.id ORDER BY f.position), NULL) AS upload_ids,
                  array_remove(array_agg(f.storage_key ORDER BY f.position), NULL) AS storage_keys
             FROM upload_sessions s LEFT JOIN upload_files f ON f.session_id = s.id
            WHERE s.id IN (
                SELECT due.id FROM upload_sessions due LEFT JOIN orders o ON o.session_id = due.id
                 WHERE due.expires_at < now() - make_interval(secs => %(grace)s)
                   AND (o.id IS NULL OR o.status <> 'pending_payment')
                   AND (o.id IS NULL OR o.status <> 'processing' OR NOT EXISTS (
                            SELECT FROM order_images i WHERE i.order_id = o.id AND i.status = 'pending'))
                 ORDER BY due.expires_at LIMIT %(limit)s)
            GROUP BY s.id""",
        {"grace": grace_seconds, "limit": limit},
        into=Over,
    )


def forget(tx: Tx, session_ids: Sequence[UUID]) -> int:
    return tx.execute("DELETE FROM upload_sessions WHERE id = ANY(%s)", (list(session_ids),))
