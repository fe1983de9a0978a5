"""Taking out of the ground floor's tables what a deleted person leaves in them.

Products take out their own rows by a trigger on users.deleted_at (infra/migrations/0002_accounts.sql).
"""

from typing import LiteralString
from uuid import UUID

from darkroom.db import Tx
from darkroom.pictures import EDGES

# In this order: what points to something goes before it. Jobs' results are listed for storage before they go.
_STATEMENTS: tuple[LiteralString, ...] = (
    """INSERT INTO storage_erasures (storage_key, owner_id)
       SELECT storage_key, user_id FROM images WHERE user_id = %(user_id)s
       UNION
       SELECT format('derivatives/%%s-%%s.webp', id, edge), user_id
         FROM images, unnest(%(edges)s::integer[]) AS edge WHERE user_id = %(user_id)s AND derived_at IS NOT NULL
       UNION
       SELECT result->>'storage_key', user_id FROM jobs
        WHERE user_id = %(user_id)s AND result->>'storage_key' IS NOT NULL
       ON CONFLICT DO NOTHING""",
    "DELETE FROM images WHERE user_id = %(user_id)s",
    """DELETE FROM realtime_messages
        WHERE topic = 'user:' || %(user_id)s::text
           OR topic IN (SELECT 'job:' || id::text FROM jobs WHERE user_id = %(user_id)s)""",
    "DELETE FROM jobs WHERE user_id = %(user_id)s",
    "DELETE FROM sessions WHERE user_id = %(user_id)s",
    "DELETE FROM one_time_tokens WHERE user_id = %(user_id)s",
    "DELETE FROM push_subscriptions WHERE user_id = %(user_id)s",
    "DELETE FROM idempotency_keys WHERE caller = 'user:' || %(user_id)s::text",
    "DELETE FROM realtime_tickets WHERE caller_kind = 'user' AND caller_id = %(user_id)s",
    "DELETE FROM emails WHERE user_id = %(user_id)s",
)


def forget(tx: Tx, user_id: UUID) -> None:
    for statement in _STATEMENTS:
        tx.execute(statement, {"user_id": user_id, "edges": list(EDGES)})


def listed(tx: Tx, owner_id: UUID, limit: int) -> list[str]:
    """Objects of a deleted person that are still in storage."""
    rows = tx.all(
        """SELECT storage_key FROM storage_erasures
            WHERE owner_id = %(owner_id)s ORDER BY storage_key LIMIT %(limit)s""",
        {"owner_id": owner_id, "limit": limit},
    )
    return [row["storage_key"] for row in rows]


def strike(tx: Tx, owner_id: UUID, storage_keys: list[str]) -> None:
    """These are gone."""
    tx.execute(
        "DELETE FROM storage_erasures WHERE owner_id = %(owner_id)s AND storage_key = ANY(%(keys)s)",
        {"owner_id": owner_id, "keys": storage_keys},
    )


def is_deleted(tx: Tx, user_id: UUID) -> bool:
    return bool(
        tx.value("SELECT EXISTS (SELECT FROM users WHERE id = %(id)s AND deleted_at IS NOT NULL)", {"id": user_id})
    )
