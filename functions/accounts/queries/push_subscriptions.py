"""Where a person's browsers take push messages."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from darkroom.db import Tx


class PushSubscription(NamedTuple):
    id: UUID
    endpoint: str
    created_at: datetime


def save(tx: Tx, new_id: UUID, user_id: UUID, *, endpoint: str, p256dh: str, auth: str) -> PushSubscription:
    """One row for each endpoint: a browser that somebody else signs in with is theirs from then on."""
    saved = tx.one(
        """INSERT INTO push_subscriptions AS s (id, user_id, endpoint, p256dh, auth)
           VALUES (%(id)s, %(user_id)s, %(endpoint)s, %(p256dh)s, %(auth)s)
           ON CONFLICT (endpoint) DO UPDATE
              SET user_id = excluded.user_id, p256dh = excluded.p256dh, auth = excluded.auth,
                  id = CASE WHEN s.user_id = excluded.user_id THEN s.id ELSE excluded.id END
           RETURNING id, endpoint, created_at""",
        {"id": new_id, "user_id": user_id, "endpoint": endpoint, "p256dh": p256dh, "auth": auth},
        into=PushSubscription,
    )
    assert saved is not None
    return saved


def keep_newest(tx: Tx, user_id: UUID, count: int) -> None:
    """Forget all but the newest: browsers drop subscriptions without a word."""
    tx.execute(
        """DELETE FROM push_subscriptions
            WHERE user_id = %(user_id)s AND id IN (
                  SELECT id FROM push_subscriptions WHERE user_id = %(user_id)s ORDER BY id DESC OFFSET %(count)s)""",
        {"user_id": user_id, "count": count},
    )


def delete(tx: Tx, user_id: UUID, *, subscription_id: UUID | None = None, endpoint: str | None = None) -> bool:
    return bool(
        tx.execute(
            """DELETE FROM push_subscriptions
                WHERE user_id = %(user_id)s AND (id = %(id)s OR endpoint = %(endpoint)s)""",
            {"user_id": user_id, "id": subscription_id, "endpoint": endpoint},
        )
    )
