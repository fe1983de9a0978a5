"""Money that goes back: each row is one refund, wanted by us or made in Stripe's dashboard."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, LiteralString, NamedTuple
from uuid import UUID

from darkroom import ids
from darkroom.db import Tx


class Refund(NamedTuple):
    id: UUID
    order_id: UUID
    key: str
    payment_intent: str | None
    stripe_refund_id: str | None
    amount_cents: int
    reason: str
    image_ids: list[UUID]
    status: str
    attempts: int
    refusals: int
    error: str | None
    created_at: datetime


class Wanted(NamedTuple):
    key: str
    payment_intent: str | None
    amount_cents: int
    reason: str
    image_ids: Sequence[UUID] = ()
    status: str = "wanted"
    stripe_refund_id: str | None = None


_COLUMNS: Final[LiteralString] = ", ".join(Refund._fields)
# A refund only ever goes on: whatever is told late changes nothing.
_RANK: Final[LiteralString] = """
    CASE {} WHEN 'wanted' THEN 0 WHEN 'requires_action' THEN 1 WHEN 'pending' THEN 2 WHEN 'succeeded' THEN 3
            WHEN 'canceled' THEN 4 ELSE 5 END"""
_RANK_NOW: Final[LiteralString] = _RANK.replace("{}", "status")
_RANK_TOLD: Final[LiteralString] = _RANK.replace("{}", "%(status)s")


def get(tx: Tx, refund_id: UUID) -> Refund | None:
    return tx.one(f"SELECT {_COLUMNS} FROM refunds WHERE id = %s", (refund_id,), into=Refund)  # noqa: S608


def of_order(tx: Tx, order_id: UUID) -> list[Refund]:
    return tx.all(
        f"SELECT {_COLUMNS} FROM refunds WHERE order_id = %s ORDER BY id",  # noqa: S608
        (order_id,),
        into=Refund,
    )


def add(tx: Tx, order_id: UUID, wanted: Wanted) -> Refund | None:
    """None when the same thing is there already."""
    return tx.one(
        f"""INSERT INTO refunds (id, order_id, key, payment_intent, amount_cents, reason, image_ids, status,
                                 stripe_refund_id, settled_at)
            VALUES (%(id)s, %(order_id)s, %(key)s, %(payment_intent)s, %(amount_cents)s, %(reason)s, %(image_ids)s,
                    %(status)s, %(stripe_refund_id)s,
                    CASE WHEN %(status)s IN ('succeeded', 'failed', 'canceled') THEN now() END)
            ON CONFLICT DO NOTHING
         RETURNING {_COLUMNS}""",  # noqa: S608
        {"id": ids.new_id(), "order_id": order_id, **wanted._asdict(), "image_ids": list(wanted.image_ids)},
        into=Refund,
    )


def find(tx: Tx, order_id: UUID, stripe_refund_id: str, refund_id: UUID | None) -> Refund | None:
    """The row of one of Stripe's refunds: by its id, else the one of ours that it names and that has no other."""
    return tx.one(
        f"""SELECT {_COLUMNS} FROM refunds
             WHERE order_id = %(order_id)s
               AND (stripe_refund_id = %(stripe_id)s OR (id = %(id)s AND stripe_refund_id IS NULL))
             ORDER BY stripe_refund_id NULLS LAST LIMIT 1""",  # noqa: S608
        {"order_id": order_id, "stripe_id": stripe_refund_id, "id": refund_id},
        into=Refund,
    )


def told(tx: Tx, refund_id: UUID, stripe_refund_id: str, status: str) -> bool:
    """How far Stripe is with it. Whether that was news."""
    return bool(
        tx.execute(
            f"""UPDATE refunds SET status = %(status)s, stripe_refund_id = %(stripe_id)s, leased_until = NULL,
                       settled_at = CASE WHEN %(status)s IN ('succeeded', 'failed', 'canceled') THEN now() END
                 WHERE id = %(id)s AND {_RANK_NOW} < {_RANK_TOLD}""",  # noqa: S608
            {"id": refund_id, "stripe_id": stripe_refund_id, "status": status},
        )
    )


def lease(tx: Tx, refund_id: UUID, seconds: int) -> int | None:
    """The right to ask Stripe for it, and the how manyth time that is; None: somebody else asks, or it is done."""
    attempts: int | None = tx.value(
        """UPDATE refunds SET attempts = attempts + 1, leased_until = clock_timestamp() + make_interval(secs => %s)
            WHERE id = %s AND status = 'wanted' AND (leased_until IS NULL OR leased_until < clock_timestamp())
        RETURNING attempts""",
        (seconds, refund_id),
    )
    return attempts


def release(tx: Tx, refund_id: UUID, error: str, *, was_refused: bool = False) -> None:
    """It was not to be had this time."""
    tx.execute(
        """UPDATE refunds SET leased_until = NULL, error = %s, refusals = refusals + %s
            WHERE id = %s AND status = 'wanted'""",
        (error, int(was_refused), refund_id),
    )


def reduce(tx: Tx, refund_id: UUID, cents: int) -> None:
    """No more than is left of the payment."""
    tx.execute(
        """UPDATE refunds SET amount_cents = %(cents)s, leased_until = NULL
            WHERE id = %(id)s AND status = 'wanted' AND amount_cents > %(cents)s""",
        {"id": refund_id, "cents": cents},
    )


def call_off(tx: Tx, refund_id: UUID, error: str) -> bool:
    """It will not be, and Stripe has none."""
    return bool(
        tx.execute(
            """UPDATE refunds SET status = 'canceled', error = %s, leased_until = NULL, settled_at = now()
                WHERE id = %s AND status = 'wanted'""",
            (error, refund_id),
        )
    )


def left_behind(tx: Tx, minutes: int, limit: int) -> list[UUID]:
    """Refunds that stay wanted although nobody is at them, and no dispute keeps them."""
    rows = tx.all(
        """UPDATE refunds SET leased_until = NULL, touched_at = now()
            WHERE id IN (SELECT r.id FROM refunds r
                          WHERE r.status = 'wanted' AND r.touched_at < now() - make_interval(mins => %(minutes)s)
                            AND (r.leased_until IS NULL OR r.leased_until < clock_timestamp())
                            AND NOT EXISTS (SELECT FROM disputes d WHERE d.order_id = r.order_id AND d.status = 'open')
                          ORDER BY r.touched_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED)
        RETURNING id""",
        {"minutes": minutes, "limit": limit},
    )
    return [row["id"] for row in rows]
