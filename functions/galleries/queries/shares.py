"""Links that show an album to whoever has them."""

from datetime import datetime
from uuid import UUID

from darkroom.db import Tx


def replace(tx: Tx, album_id: UUID, token_hash: bytes, expires_at: datetime | None) -> None:
    """The album's link from now on; the one before ends."""
    tx.execute(
        """INSERT INTO album_shares (album_id, token_hash, expires_at) VALUES (%(album_id)s, %(hash)s, %(expires_at)s)
               ON CONFLICT (album_id) DO UPDATE
              SET token_hash = excluded.token_hash, expires_at = excluded.expires_at, created_at = now()""",
        {"album_id": album_id, "hash": token_hash, "expires_at": expires_at},
    )


def delete(tx: Tx, user_id: UUID, album_id: UUID) -> bool:
    """False: there was no link that worked."""
    deleted = tx.one(
        """DELETE FROM album_shares AS s USING albums AS a
            WHERE a.id = s.album_id AND a.id = %(album_id)s AND a.user_id = %(user_id)s
        RETURNING s.expires_at IS NULL OR s.expires_at > now() AS worked""",
        {"album_id": album_id, "user_id": user_id},
    )
    return deleted is not None and bool(deleted["worked"])


def opened_by(tx: Tx, token_hash: bytes) -> tuple[UUID, UUID] | None:
    """The owner and the album that a token opens. A suspended person shows nothing."""
    row = tx.one(
        """SELECT a.user_id, a.id FROM album_shares AS s
             JOIN albums AS a ON a.id = s.album_id
             JOIN users AS u ON u.id = a.user_id AND u.suspended_at IS NULL AND u.deleted_at IS NULL
            WHERE s.token_hash = %(hash)s AND (s.expires_at IS NULL OR s.expires_at > now())""",
        {"hash": token_hash},
    )
    return (row["user_id"], row["id"]) if row else None
