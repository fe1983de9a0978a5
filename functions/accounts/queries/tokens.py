"""Links and codes that work once."""

from datetime import datetime
from typing import Literal, NamedTuple
from uuid import UUID

from darkroom.db import Tx

Purpose = Literal["password reset", "e-mail confirmation", "phone code"]


class Token(NamedTuple):
    token_hash: bytes
    user_id: UUID
    subject: str | None
    used: bool
    expires_at: datetime


_COLUMNS = "token_hash, user_id, subject, used_at IS NOT NULL AS used, expires_at"


def insert(
    tx: Tx,
    purpose: Purpose,
    user_id: UUID,
    token_hash: bytes,
    *,
    now: datetime,
    expires_at: datetime,
    subject: str | None = None,
) -> None:
    tx.execute(
        """INSERT INTO one_time_tokens (token_hash, purpose, user_id, subject, created_at, expires_at)
           VALUES (%(hash)s, %(purpose)s, %(user_id)s, %(subject)s, %(now)s, %(expires_at)s)""",
        {
            "hash": token_hash,
            "purpose": purpose,
            "user_id": user_id,
            "subject": subject,
            "now": now,
            "expires_at": expires_at,
        },
    )


def live(tx: Tx, purpose: Purpose, token_hash: bytes, now: datetime) -> Token | None:
    """A token that has not expired; it may have been used."""
    return tx.one(
        f"""SELECT {_COLUMNS} FROM one_time_tokens
             WHERE token_hash = %(hash)s AND purpose = %(purpose)s AND expires_at > %(now)s""",  # noqa: S608
        {"hash": token_hash, "purpose": purpose, "now": now},
        into=Token,
    )


def spend(tx: Tx, purpose: Purpose, token_hash: bytes, now: datetime) -> bool:
    """Use the token; of two at once one succeeds."""
    return bool(
        tx.execute(
            """UPDATE one_time_tokens SET used_at = %(now)s
                WHERE token_hash = %(hash)s AND purpose = %(purpose)s AND used_at IS NULL AND expires_at > %(now)s""",
            {"hash": token_hash, "purpose": purpose, "now": now},
        )
    )


def issued_since(tx: Tx, purpose: Purpose, user_id: UUID, since: datetime) -> int:
    count: int = tx.value(
        """SELECT count(*) FROM one_time_tokens
            WHERE user_id = %(user_id)s AND purpose = %(purpose)s AND created_at > %(since)s""",
        {"user_id": user_id, "purpose": purpose, "since": since},
    )
    return count


def expire_unused(tx: Tx, purpose: Purpose, user_id: UUID, now: datetime) -> None:
    """End what is still open of a purpose."""
    tx.execute(
        """UPDATE one_time_tokens SET expires_at = %(now)s
            WHERE user_id = %(user_id)s AND purpose = %(purpose)s AND used_at IS NULL AND expires_at > %(now)s""",
        {"user_id": user_id, "purpose": purpose, "now": now},
    )


def attempt(tx: Tx, purpose: Purpose, user_id: UUID, limit: int, now: datetime) -> Token | None:
    """The newest open code of a person, with one attempt at it counted; None where there is none or no attempt left."""
    return tx.one(
        f"""UPDATE one_time_tokens SET attempts = attempts + 1
             WHERE token_hash = (
                   SELECT token_hash FROM one_time_tokens
                    WHERE user_id = %(user_id)s AND purpose = %(purpose)s AND used_at IS NULL AND expires_at > %(now)s
                    ORDER BY created_at DESC LIMIT 1)
               AND user_id = %(user_id)s AND attempts < %(limit)s AND used_at IS NULL
         RETURNING {_COLUMNS}""",  # noqa: S608
        {"user_id": user_id, "purpose": purpose, "limit": limit, "now": now},
        into=Token,
    )


def claim_sending(tx: Tx, token_hash: bytes, now: datetime) -> bool:
    """Whether nobody has handed this code to the carrier; from now on somebody has."""
    return bool(
        tx.execute(
            "UPDATE one_time_tokens SET sent_at = %(now)s WHERE token_hash = %(hash)s AND sent_at IS NULL",
            {"hash": token_hash, "now": now},
        )
    )


def release_sending(tx: Tx, token_hash: bytes) -> None:
    tx.execute("UPDATE one_time_tokens SET sent_at = NULL WHERE token_hash = %(hash)s", {"hash": token_hash})
