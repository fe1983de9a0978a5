"""Sessions (one sign-in each) and the refresh tokens that rotate in them."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from darkroom.db import Tx


class Session(NamedTuple):
    """A live session and its person's role."""

    id: UUID
    user_id: UUID
    role: str


def insert(tx: Tx, session_id: UUID, user_id: UUID, password_hash: str, *, now: datetime, expires_at: datetime) -> bool:
    """A session for a person who is still as the sign-in found them.

    The row is held (FOR SHARE) against a reset, a suspension or a deletion at the same moment: either it sees this
    session and ends it, or this sees its effect and there is no session.
    """
    return bool(
        tx.execute(
            """INSERT INTO sessions (id, user_id, created_at, last_used_at, expires_at)
               SELECT %(id)s, id, %(now)s, %(now)s, %(expires_at)s FROM users
                WHERE id = %(user_id)s AND password_hash = %(password_hash)s
                  AND suspended_at IS NULL AND deleted_at IS NULL
                  FOR SHARE""",
            {
                "id": session_id,
                "user_id": user_id,
                "password_hash": password_hash,
                "now": now,
                "expires_at": expires_at,
            },
        )
    )


def insert_token(tx: Tx, session_id: UUID, token_hash: bytes, now: datetime) -> None:
    tx.execute(
        "INSERT INTO refresh_tokens (token_hash, session_id, issued_at) VALUES (%(hash)s, %(session_id)s, %(now)s)",
        {"hash": token_hash, "session_id": session_id, "now": now},
    )


def spend_token(tx: Tx, token_hash: bytes, now: datetime) -> UUID | None:
    """The session of a refresh token that nobody has used, which is used now. Of two at once one succeeds."""
    session_id: UUID | None = tx.value(
        """UPDATE refresh_tokens SET used_at = %(now)s
            WHERE token_hash = %(hash)s AND used_at IS NULL RETURNING session_id""",
        {"hash": token_hash, "now": now},
    )
    return session_id


def of_token(tx: Tx, token_hash: bytes) -> UUID | None:
    """The session of a refresh token, used or not."""
    session_id: UUID | None = tx.value(
        "SELECT session_id FROM refresh_tokens WHERE token_hash = %(hash)s", {"hash": token_hash}
    )
    return session_id


def extend(tx: Tx, session_id: UUID, now: datetime, expires_at: datetime) -> Session | None:
    """The session, used now and good until `expires_at`; None where it has ended."""
    return tx.one(
        """UPDATE sessions s SET last_used_at = %(now)s, expires_at = %(expires_at)s
             FROM users u
            WHERE s.id = %(id)s AND u.id = s.user_id AND s.revoked_at IS NULL AND s.expires_at > %(now)s
              AND u.suspended_at IS NULL AND u.deleted_at IS NULL
        RETURNING s.id, s.user_id, u.role""",
        {"id": session_id, "now": now, "expires_at": expires_at},
        into=Session,
    )


def revoke(tx: Tx, session_id: UUID, now: datetime, reason: str) -> bool:
    """End one session; whether it had not ended before."""
    return bool(
        tx.execute(
            """UPDATE sessions SET revoked_at = %(now)s, revoked_reason = %(reason)s
                WHERE id = %(id)s AND revoked_at IS NULL""",
            {"id": session_id, "now": now, "reason": reason},
        )
    )


def revoke_all(tx: Tx, user_id: UUID, now: datetime, reason: str) -> int:
    """End every session of a person."""
    return tx.execute(
        """UPDATE sessions SET revoked_at = %(now)s, revoked_reason = %(reason)s
            WHERE user_id = %(user_id)s AND revoked_at IS NULL""",
        {"user_id": user_id, "now": now, "reason": reason},
    )
