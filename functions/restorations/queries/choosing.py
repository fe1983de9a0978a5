"""Files that join an upload session, and files that leave it."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from darkroom.db import Tx
from restorations.queries.uploads import Announced


class Session(NamedTuple):
    id: UUID
    expires_at: datetime
    is_over: bool
    """Its order is paid, or was given up."""


class Count(NamedTuple):
    wanted: int
    """What may become photos of the order."""
    all: int


def hold(tx: Tx, session_id: UUID) -> Session | None:
    """The session, of which nobody makes an order meanwhile."""
    return tx.one(
        """SELECT s.id, s.expires_at,
                  EXISTS (SELECT FROM orders o WHERE o.session_id = s.id
                             AND (o.paid_at IS NOT NULL OR o.status <> 'pending_payment')) AS is_over
             FROM upload_sessions s WHERE s.id = %s FOR UPDATE OF s""",
        (session_id,),
        into=Session,
    )


def count(tx: Tx, session_id: UUID) -> Count:
    found = tx.one(
        """SELECT count(*) FILTER (WHERE left_out_at IS NULL AND status <> 'invalid') AS wanted, count(*) AS "all"
             FROM upload_files WHERE session_id = %s""",
        (session_id,),
        into=Count,
    )
    assert found is not None
    return found


def add(tx: Tx, session_id: UUID, after: int, files: Sequence[Announced]) -> None:
    """Behind the others. Positions are never given twice, so `after` is how many there ever were."""
    tx.execute_many(
        """INSERT INTO upload_files
               (id, session_id, position, filename, announced_type, announced_bytes, storage_key)
           VALUES (%(id)s, %(session_id)s, %(position)s, %(filename)s, %(announced_type)s, %(announced_bytes)s,
                   %(storage_key)s)""",
        [
            {**file._asdict(), "session_id": session_id, "position": position}
            for position, file in enumerate(files, start=after + 1)
        ],
    )


def leave_out(tx: Tx, session_id: UUID, upload_id: UUID) -> bool:
    return bool(
        tx.execute(
            """UPDATE upload_files SET left_out_at = now()
                WHERE id = %(id)s AND session_id = %(session_id)s AND left_out_at IS NULL""",
            {"id": upload_id, "session_id": session_id},
        )
    )
