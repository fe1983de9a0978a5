"""Where a person's browsers take push messages."""

from uuid import UUID

from accounts.queries import push_subscriptions
from accounts.queries.push_subscriptions import PushSubscription
from darkroom import ids
from darkroom.db import Tx
from darkroom.errors import NotFound

BROWSERS_MAX = 20


def add(tx: Tx, user_id: UUID, endpoint: str, p256dh: str, auth: str) -> PushSubscription:
    """Remember a browser. The same one again is the same subscription, with its newest keys."""
    saved = push_subscriptions.save(tx, ids.new_id(), user_id, endpoint=endpoint, p256dh=p256dh, auth=auth)
    push_subscriptions.keep_newest(tx, user_id, BROWSERS_MAX)
    return saved


def remove(tx: Tx, user_id: UUID, *, subscription_id: UUID | None = None, endpoint: str | None = None) -> None:
    """By its id, or by its endpoint: that is all a browser knows of itself."""
    if not push_subscriptions.delete(tx, user_id, subscription_id=subscription_id, endpoint=endpoint):
        raise NotFound
