"""Every SQL statement of operations.

What is removed here is over for good: nothing reads it any more, and each is kept a little longer than it can matter.
"""

from datetime import datetime
from typing import LiteralString, NamedTuple

from darkroom.db import Tx


class Waiting(NamedTuple):
    rows: int
    oldest_seconds: float


class Restorations(NamedTuple):
    """Of the photos that ended since some moment, and of those that have not. None where there is nothing to say."""

    finished: int
    failed: int
    p50_seconds: float | None
    p95_seconds: float | None
    waiting: int
    oldest_seconds: float | None


class Hour(NamedTuple):
    hour: datetime
    finished: int
    failed: int
    p50_seconds: float | None
    p95_seconds: float | None


class Day(NamedTuple):
    day: datetime
    bytes: int


def ping(tx: Tx) -> None:
    tx.value("SELECT 1")


def outbox_waiting(tx: Tx) -> Waiting:
    """What no commit's own send has delivered, so rows that are younger than the first lease do not count."""
    found = tx.one(
        """SELECT count(*) AS rows,
                  coalesce(extract(epoch FROM now() - min(created_at)), 0)::float AS oldest_seconds
             FROM outbox
            WHERE created_at < now() - interval '30 seconds'""",
        into=Waiting,
    )
    assert found is not None
    return found


def ran(tx: Tx, worker: str) -> None:
    """A periodic worker says that it was called."""
    tx.execute(
        """INSERT INTO worker_runs (name, ran_at) VALUES (%s, now())
           ON CONFLICT (name) DO UPDATE SET ran_at = excluded.ran_at""",
        (worker,),
    )


def last_run(tx: Tx, worker: str) -> datetime | None:
    moment: datetime | None = tx.value("SELECT ran_at FROM worker_runs WHERE name = %s", (worker,))
    return moment


def restorations(tx: Tx, since: datetime) -> Restorations:
    found = tx.one("SELECT * FROM ops_of_restorations(%s)", (since,), into=Restorations)
    assert found is not None
    return found


def restorations_by_hour(tx: Tx, since: datetime) -> list[Hour]:
    return tx.all("SELECT * FROM ops_of_restorations_by_hour(%s)", (since,), into=Hour)


def storage_bytes(tx: Tx) -> int:
    total: int = tx.value("SELECT bytes FROM ops_of_storage()")
    return total


def storage_by_day(tx: Tx, since: datetime) -> list[Day]:
    return tx.all("SELECT * FROM ops_of_storage_by_day(%s)", (since,), into=Day)


def forget_sessions(tx: Tx, limit: int) -> int:
    """With their refresh tokens. Revoked ones are kept a while: a replayed token must still be known as one."""
    return _forget(tx, "sessions", "id", "expires_at < now() OR revoked_at < now() - interval '30 days'", limit)


def forget_one_time_tokens(tx: Tx, limit: int) -> int:
    return _forget(tx, "one_time_tokens", "token_hash", "expires_at < now() - interval '1 day'", limit)


def forget_opaque_tokens(tx: Tx, limit: int) -> int:
    return _forget(
        tx,
        "opaque_tokens",
        "token_hash",
        "expires_at < now() - interval '30 days' OR revoked_at < now() - interval '30 days'",
        limit,
    )


def forget_idempotency_keys(tx: Tx, limit: int) -> int:
    return _forget(
        tx,
        "idempotency_keys",
        "(caller, key)",
        "created_at < now() - interval '24 hours' AND lease_until < now()",
        limit,
    )


def forget_processed_messages(tx: Tx, limit: int) -> int:
    """SQS keeps a message 14 days at most, and one moved back from a dead-letter queue starts anew."""
    return _forget(
        tx, "processed_messages", "(consumer, message_id)", "processed_at < now() - interval '30 days'", limit
    )


def _forget(tx: Tx, table: LiteralString, key: LiteralString, condition: LiteralString, limit: int) -> int:
    """Removes at most `limit` rows and steps over those that somebody works on."""
    bare = key.strip("()")
    return tx.execute(
        f"""DELETE FROM {table}
             WHERE {key} IN (SELECT {bare} FROM {table} WHERE {condition} LIMIT %s FOR UPDATE SKIP LOCKED)""",  # noqa: S608
        (limit,),
    )
