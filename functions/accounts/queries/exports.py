"""What an export reads: everything a person has, in documents of one JSON object a row."""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from psycopg import sql

from darkroom import jobs
from darkroom.db import Tx

KIND = "account_export"

_DOCUMENT_FUNCTION = "export_of_"


class Photo(NamedTuple):
    id: UUID
    storage_key: str
    original_filename: str
    content_type: str
    file_size_bytes: int
    crc32: int | None
    taken_at: datetime | None
    created_at: datetime


def unfinished_job(tx: Tx, user_id: UUID) -> jobs.Job | None:
    """The export that is under way. The person's row is locked, so there is one at most."""
    job_id = tx.value(
        """SELECT id FROM jobs
            WHERE user_id = %(user_id)s AND kind = %(kind)s AND status IN ('pending', 'processing')
            ORDER BY id DESC LIMIT 1""",
        {"user_id": user_id, "kind": KIND},
    )
    return jobs.get(tx, job_id, user_id) if job_id else None


def document_names(tx: Tx) -> list[str]:
    """Every document there is; products add theirs as functions `export_of_<document>(account uuid)`."""
    rows = tx.all(
        """SELECT proname::text FROM pg_proc
            WHERE starts_with(proname, %(prefix)s) AND pg_function_is_visible(oid) ORDER BY proname""",
        {"prefix": _DOCUMENT_FUNCTION},
    )
    return [row["proname"].removeprefix(_DOCUMENT_FUNCTION) for row in rows]


def document_rows(tx: Tx, name: str, user_id: UUID) -> Iterator[str]:
    """The rows of a document, as JSON texts, through a cursor of the server: a million cost what ten cost."""
    statement = sql.SQL("SELECT row_of::text FROM {}(%(user_id)s) AS row_of").format(
        sql.Identifier(_DOCUMENT_FUNCTION + name)
    )
    with tx.conn.cursor("export") as cursor:
        cursor.itersize = 1_000
        cursor.execute(statement, {"user_id": user_id})
        for row in cursor:
            yield row[0]


def count_photos(tx: Tx, user_id: UUID) -> int:
    count: int = tx.value("SELECT count(*) FROM images WHERE user_id = %(user_id)s", {"user_id": user_id})
    return count


def photos(tx: Tx, user_id: UUID, after: UUID | None, limit: int) -> list[Photo]:
    """Every photo, the trashed ones too, in the order of their ids."""
    return tx.all(
        """SELECT id, storage_key, original_filename, content_type, file_size_bytes, crc32, taken_at, created_at
             FROM images
            WHERE user_id = %(user_id)s AND (%(after)s::uuid IS NULL OR id > %(after)s)
            ORDER BY id LIMIT %(limit)s""",
        {"user_id": user_id, "after": after, "limit": limit},
        into=Photo,
    )


def is_result(tx: Tx, job_id: UUID, storage_key: str) -> bool:
    """Whether a finished job has this archive."""
    return bool(
        tx.value(
            "SELECT EXISTS (SELECT FROM jobs WHERE id = %(id)s AND result->>'storage_key' = %(key)s)",
            {"id": job_id, "key": storage_key},
        )
    )
