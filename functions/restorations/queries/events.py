"""What Stripe told, and which payment is whose."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from darkroom.db import Tx
from restorations import facts
from restorations.facts import Event


class _Row(NamedTuple):
    id: str
    type: str
    object: dict[str, Any]
    created_at: datetime


def keep(tx: Tx, event: Event) -> bool:
    """Whether this event is new. A delivery of the same event that is under way is waited for."""
    return bool(
        tx.execute(
            """INSERT INTO stripe_events (id, type, object, payment_intent, created_at)
               VALUES (%(id)s, %(type)s, %(object)s::jsonb, %(intent)s, %(at)s) ON CONFLICT (id) DO NOTHING""",
            {
                "id": event.id,
                "type": event.type,
                "object": json.dumps(facts.document(event.fact)),
                "intent": event.payment_intent,
                "at": event.created_at,
            },
        )
    )


def handled(tx: Tx, event_id: str, order_id: UUID) -> None:
    tx.execute(
        "UPDATE stripe_events SET handled_at = now(), order_id = %(order_id)s WHERE id = %(id)s AND handled_at IS NULL",
        {"id": event_id, "order_id": order_id},
    )


def waiting(tx: Tx, payment_intent: str) -> list[Event]:
    """What was told of a payment before anybody knew whose it is."""
    rows = tx.all(
        """SELECT id, type, object, created_at FROM stripe_events
            WHERE payment_intent = %s AND handled_at IS NULL AND type <> ALL(%s) ORDER BY created_at, id""",
        (payment_intent, list(facts.PAGE_EVENTS)),
        into=_Row,
    )
    return [Event(row.id, row.type, row.created_at, facts.kept(row.type, row.object)) for row in rows]


def unseen(tx: Tx, event_ids: Sequence[str]) -> set[str]:
    known = tx.all("SELECT id FROM stripe_events WHERE id = ANY(%s)", (list(event_ids),))
    return set(event_ids) - {row["id"] for row in known}


def lock_payment(tx: Tx, payment_intent: str, order_id: UUID | None = None) -> UUID | None:
    """Whose payment this is, as far as anybody knows. Nobody else is told of it until this transaction ends. Held
    before the order's own row."""
    owner: UUID | None = tx.value(
        """INSERT INTO stripe_payments AS p (id, order_id) VALUES (%(id)s, %(order_id)s)
           ON CONFLICT (id) DO UPDATE SET order_id = coalesce(p.order_id, excluded.order_id)
        RETURNING order_id""",
        {"id": payment_intent, "order_id": order_id},
    )
    return owner


def forget(tx: Tx, days: int, limit: int) -> int:
    """Events that are so old, and payments nobody has ever known."""
    tx.execute(
        """DELETE FROM stripe_payments WHERE id IN (
               SELECT id FROM stripe_payments
                WHERE order_id IS NULL AND told_at < now() - make_interval(days => %s) LIMIT %s)""",
        (days, limit),
    )
    return tx.execute(
        """DELETE FROM stripe_events WHERE id IN (
               SELECT id FROM stripe_events WHERE received_at < now() - make_interval(days => %s) LIMIT %s)""",
        (days, limit),
    )
