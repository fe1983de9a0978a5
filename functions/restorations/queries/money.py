"""What is known of an order's money, and what follows from it.

Facts are recorded one by one, in whatever order they come: what was paid, refunds, disputes, what a charge told. Then
`settle` works out `refunded_cents` and `payment_status` from them, in one statement (ADR 0110).
"""

from datetime import datetime
from typing import Final, LiteralString, NamedTuple
from uuid import UUID

from darkroom.db import Tx
from restorations.facts import Dispute
from restorations.queries.orders import Order

_COLUMNS: Final[LiteralString] = ", ".join(Order._fields)
_RETURNED: Final[LiteralString] = ", ".join("o." + name for name in Order._fields)


class Came(NamedTuple):
    """A payment that is the order's."""

    cents: int
    pay_with: str
    payment_intent: str | None
    customer_id: UUID | None
    held_reason: str | None


def settle(tx: Tx, order_id: UUID) -> Order:
    """What follows from the facts. Money on its way back counts as gone, and what a bank sent back as here again.

    A charge tells how much of it has gone back; that is believed where it is more than the refunds that were heard of,
    less those that came to nothing. What is here of an order that is over is the customer's, and held for an admin.
    """
    order = tx.one(
        f"""WITH told AS (
                SELECT o.id, o.paid_cents AS paid, o.charge_refunded_cents AS charged_back,
                       coalesce(sum(r.amount_cents) FILTER (WHERE r.status NOT IN ('failed', 'canceled')), 0) AS going,
                       coalesce(sum(r.amount_cents) FILTER (WHERE r.status IN ('failed', 'canceled')
                                                              AND r.stripe_refund_id IS NOT NULL), 0) AS bounced,
                       EXISTS (SELECT FROM disputes d WHERE d.order_id = o.id AND d.status <> 'won') AS is_disputed
                  FROM orders o LEFT JOIN refunds r
                    ON r.order_id = o.id AND r.payment_intent IS NOT DISTINCT FROM o.stripe_payment_intent
                 WHERE o.id = %(id)s GROUP BY o.id),
            known AS (
                SELECT id, paid, is_disputed,
                       least(coalesce(paid, 0), greatest(going, charged_back - bounced, 0)) AS refunded FROM told)
            UPDATE orders o
               SET refunded_cents = k.refunded,
                   payment_status = CASE
                       WHEN k.is_disputed THEN 'disputed'
                       WHEN k.paid IS NULL THEN 'unpaid'
                       WHEN k.refunded >= k.paid THEN 'refunded'
                       WHEN o.held_reason IS NOT NULL OR o.status IN ('refunded', 'failed') THEN 'held'
                       WHEN o.pay_with = 'credits' AND o.status IN ('pending_payment', 'processing') THEN 'held'
                       WHEN k.refunded > 0 THEN 'partially_refunded'
                       ELSE 'paid' END
              FROM known k WHERE o.id = k.id
         RETURNING {_RETURNED}""",  # noqa: S608
        {"id": order_id},
        into=Order,
    )
    assert order is not None
    return order


def came(tx: Tx, order_id: UUID, payment: Came) -> Order | None:
    """The order's payment; None when it has one already, or is over. The page it was made on is done with."""
    return tx.one(
        f"""UPDATE orders SET paid_cents = %(cents)s, paid_at = now(), pay_with = %(pay_with)s,
                   stripe_payment_intent = %(payment_intent)s, customer_id = %(customer_id)s,
                   held_reason = %(held_reason)s, stripe_session_id = NULL, stripe_session_url = NULL
             WHERE id = %(id)s AND paid_at IS NULL AND status = 'pending_payment'
         RETURNING {_COLUMNS}""",  # noqa: S608
        {"id": order_id, **payment._asdict()},
        into=Order,
    )


def came_late(tx: Tx, order_id: UUID, cents: int, payment_intent: str) -> Order | None:
    """A payment for an order that was given up: it pays for nothing and goes back, and the order shows that. None when
    it has a payment, or is not over."""
    return tx.one(
        f"""UPDATE orders SET paid_cents = %(cents)s, pay_with = 'card', stripe_payment_intent = %(payment_intent)s,
                   stripe_session_id = NULL, stripe_session_url = NULL
             WHERE id = %(id)s AND paid_cents IS NULL AND status = 'failed'
         RETURNING {_COLUMNS}""",  # noqa: S608
        {"id": order_id, "cents": cents, "payment_intent": payment_intent},
        into=Order,
    )


def accept(tx: Tx, order_id: UUID) -> bool:
    """What was held is enough."""
    return bool(
        tx.execute(
            """UPDATE orders SET held_reason = NULL
                WHERE id = %s AND held_reason IS NOT NULL AND status = 'pending_payment'""",
            (order_id,),
        )
    )


def charge_refunded(tx: Tx, order_id: UUID, cents: int) -> None:
    """The most that a charge ever told."""
    tx.execute(
        "UPDATE orders SET charge_refunded_cents = greatest(charge_refunded_cents, %s) WHERE id = %s",
        (cents, order_id),
    )


def dispute(tx: Tx, order_id: UUID, told: Dispute, at: datetime) -> bool:
    """How a dispute stands: once closed it does not open again, and the last word counts. Whether this changed it."""
    return bool(
        tx.execute(
            """INSERT INTO disputes AS d (id, order_id, amount_cents, status, created_at, closed_at)
               VALUES (%(id)s, %(order_id)s, %(amount)s, %(status)s, %(at)s, %(closed_at)s)
               ON CONFLICT (id) DO UPDATE SET status = excluded.status, closed_at = excluded.closed_at
                WHERE d.order_id = excluded.order_id AND excluded.status <> 'open'
                  AND (d.closed_at IS NULL OR d.closed_at < excluded.closed_at
                       OR (d.closed_at = excluded.closed_at AND d.status = 'won' AND excluded.status = 'lost'))""",
            {
                "id": told.id,
                "order_id": order_id,
                "amount": told.amount_cents,
                "status": told.status,
                "at": at,
                "closed_at": None if told.status == "open" else at,
            },
        )
    )


def is_disputed(tx: Tx, order_id: UUID) -> bool:
    """Whether a dispute is open: no refund is taken meanwhile."""
    return bool(tx.value("SELECT EXISTS (SELECT FROM disputes WHERE order_id = %s AND status = 'open')", (order_id,)))


def is_lost(tx: Tx, order_id: UUID) -> bool:
    """Whether a bank has taken the payment back."""
    return bool(tx.value("SELECT EXISTS (SELECT FROM disputes WHERE order_id = %s AND status = 'lost')", (order_id,)))
