"""Sliding-window limits in Postgres: exact under concurrency, and remembered when the request itself is undone.

    hit = throttle.hit(tx, "login", address, limit=10, window=900)   # 429 when it would be the eleventh
    ...
    throttle.undo(tx, hit)        # it was no attempt after all

Count first and judge afterwards: whoever checks a limit, works, and counts at the end lets a storm through at once.
A refused attempt is not counted, so waiting for `Retry-After` always helps.
"""

from datetime import datetime, timedelta
from typing import NamedTuple

from darkroom import clock, db
from darkroom.crypto import subject_hash
from darkroom.errors import TooMany

_DETAIL = "Too many attempts. Please wait a little and try again."


class Hit(NamedTuple):
    """One counted attempt."""

    scope: str
    subject: bytes
    at: datetime


def hit(tx: db.Tx, scope: str, subject: str, limit: int, window: int, detail: str = _DETAIL) -> Hit | None:  # noqa: PLR0917
    """Count an attempt of `subject` within `window` seconds, or raise TooMany. A limit of 0 counts nothing.

    Before the transaction's first statement the count is committed at once. Inside a transaction it belongs to it, and
    is written again should the transaction be undone: either way a failed request has counted.
    """
    if limit <= 0:
        return None
    attempt = Hit(scope, subject_hash(subject), clock.now())
    if tx.is_open:
        counted = _count(tx, attempt, limit, window)
        if counted:
            tx.after_rollback(lambda: _count_alone(attempt, limit, window))
    else:
        counted = _count_alone(attempt, limit, window)
    if not counted:
        raise TooMany(detail, retry_after=_wait(tx, attempt, limit, window))
    return attempt


def undo(tx: db.Tx, attempt: Hit | None) -> None:
    """Take one counted attempt back."""
    if attempt is not None:
        tx.execute(
            """
            UPDATE throttles SET hits = array_remove(hits, %(at)s)
             WHERE scope = %(scope)s AND subject = %(subject)s
            """,
            attempt._asdict(),
        )


def clear(tx: db.Tx, scope: str, subject: str) -> None:
    """Forget every attempt of `subject`."""
    tx.execute(
        "DELETE FROM throttles WHERE scope = %(scope)s AND subject = %(subject)s",
        {"scope": scope, "subject": subject_hash(subject)},
    )


def sweep(tx: db.Tx) -> int:
    """Remove windows that have passed; the cleanup worker calls this."""
    return tx.execute("DELETE FROM throttles WHERE expires_at <= %(now)s", {"now": clock.now()})


def _count_alone(attempt: Hit, limit: int, window: int) -> bool:
    with db.reading() as tx:  # one statement, its own transaction
        return _count(tx, attempt, limit, window)


def _count(tx: db.Tx, attempt: Hit, limit: int, window: int) -> bool:
    """Whether the attempt was within the limit, and so was recorded: one statement under the row's lock."""
    recorded = tx.execute(
        """
        INSERT INTO throttles AS t (scope, subject, hits, expires_at)
        VALUES (%(scope)s, %(subject)s, ARRAY[%(at)s::timestamptz], %(until)s)
        ON CONFLICT (scope, subject) DO UPDATE
           SET hits = ARRAY(SELECT h FROM unnest(t.hits) h WHERE h > %(since)s ORDER BY h) || excluded.hits,
               expires_at = excluded.expires_at
         WHERE (SELECT count(*) FROM unnest(t.hits) h WHERE h > %(since)s) < %(limit)s
        """,
        {**attempt._asdict(), "limit": limit, **_window(attempt, window)},
    )
    return recorded == 1


def _wait(tx: db.Tx, attempt: Hit, limit: int, window: int) -> int:
    """Seconds until the window holds fewer than `limit`."""
    leaves = tx.value(
        """
        SELECT h FROM throttles t, unnest(t.hits) h
         WHERE scope = %(scope)s AND subject = %(subject)s AND h > %(since)s
         ORDER BY h DESC OFFSET %(limit)s - 1 LIMIT 1
        """,
        {**attempt._asdict(), "limit": limit, **_window(attempt, window)},
    )
    if leaves is None:
        return 1
    remaining: timedelta = leaves + timedelta(seconds=window) - attempt.at
    return int(remaining.total_seconds()) + 1


def _window(attempt: Hit, window: int) -> dict[str, datetime]:
    length = timedelta(seconds=window)
    return {"since": attempt.at - length, "until": attempt.at + length}
