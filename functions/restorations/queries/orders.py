"""Orders: reading them, holding them, moving them on."""

from datetime import datetime
from typing import Final, LiteralString, NamedTuple
from uuid import UUID

from darkroom.db import Tx


class Order(NamedTuple):
    id: UUID
    session_id: UUID | None
    user_id: UUID | None
    customer_id: UUID | None
    email: str | None
    status: str
    payment_status: str
    pay_with: str
    currency: str
    price_cents: int
    total_cents: int
    paid_cents: int | None
    refunded_cents: int
    fidelity: float
    colorize: bool
    upscale: int
    pages: int
    stripe_session_id: str | None
    stripe_session_url: str | None
    stripe_payment_intent: str | None
    charge_refunded_cents: int
    held_reason: str | None
    created_at: datetime
    paid_at: datetime | None
    completed_at: datetime | None

    @property
    def is_disputed(self) -> bool:
        """A bank disputes its payment, or has taken it back: nothing is spent on it."""
        return self.payment_status == "disputed"

    @property
    def is_owed(self) -> bool:
        """It is over, and money that was to go back is still here."""
        return self.payment_status == "held" and self.status in {"refunded", "failed"}

    @property
    def is_frozen(self) -> bool:
        """Whether its photos are out of reach: the money is disputed or gone back."""
        return self.payment_status == "disputed" or self.status == "refunded" or self.payment_status == "refunded"


class Summary(NamedTuple):
    id: UUID
    email: str | None
    status: str
    payment_status: str
    currency: str
    total_cents: int
    refunded_cents: int
    image_count: int
    completed_count: int
    cover_id: UUID | None
    created_at: datetime
    paid_at: datetime | None
    completed_at: datetime | None

    @property
    def is_frozen(self) -> bool:
        return self.payment_status in {"disputed", "refunded"} or self.status == "refunded"


_COLUMNS: Final[LiteralString] = ", ".join(Order._fields)

_SUMMARIES: Final[LiteralString] = """
    SELECT o.id, o.email, o.status, o.payment_status, o.currency, o.total_cents, o.refunded_cents,
           (SELECT count(*) FROM order_images i WHERE i.order_id = o.id) AS image_count,
           (SELECT count(*) FROM order_images i WHERE i.order_id = o.id AND i.status = 'completed') AS completed_count,
           (SELECT i.id FROM order_images i WHERE i.order_id = o.id AND i.status = 'completed'
               AND NOT EXISTS (SELECT FROM refunds r WHERE r.order_id = o.id AND i.id = ANY(r.image_ids)
                                  AND r.status NOT IN ('failed', 'canceled'))
             ORDER BY i.position LIMIT 1) AS cover_id,
           o.created_at, o.paid_at, o.completed_at
      FROM orders o"""


def get(tx: Tx, order_id: UUID) -> Order | None:
    return tx.one(f"SELECT {_COLUMNS} FROM orders WHERE id = %s", (order_id,), into=Order)  # noqa: S608


def hold(tx: Tx, order_id: UUID) -> Order | None:
    """The order, which nobody else changes until this transaction ends. Whoever changes an order or what belongs to it
    holds it first, before photos, jobs, refunds and the ledger: so nobody waits in a ring. Rows that refer to the order
    may be written meanwhile (they lock its key), which two payments of one order do before they hold it."""
    return tx.one(
        f"SELECT {_COLUMNS} FROM orders WHERE id = %s FOR NO KEY UPDATE",  # noqa: S608
        (order_id,),
        into=Order,
    )


def of_session(tx: Tx, session_id: UUID) -> Order | None:
    return tx.one(f"SELECT {_COLUMNS} FROM orders WHERE session_id = %s", (session_id,), into=Order)  # noqa: S608


def move(tx: Tx, order_id: UUID, before: str, after: str) -> Order | None:
    """One guarded step; None: the order stands elsewhere by now."""
    return tx.one(
        f"""UPDATE orders SET status = %(after)s,
                   completed_at = CASE WHEN %(after)s IN ('completed', 'failed') THEN now() ELSE completed_at END
             WHERE id = %(id)s AND status = %(before)s
         RETURNING {_COLUMNS}""",  # noqa: S608
        {"id": order_id, "before": before, "after": after},
        into=Order,
    )


def page_of_user(tx: Tx, user_id: UUID, after: tuple[datetime, UUID] | None, limit: int) -> list[Summary]:
    return tx.all(
        _SUMMARIES
        + """ WHERE o.user_id = %(user_id)s
                AND (%(at)s::timestamptz IS NULL OR (o.created_at, o.id) < (%(at)s, %(id)s))
              ORDER BY o.created_at DESC, o.id DESC LIMIT %(limit)s""",
        {"user_id": user_id, "at": after and after[0], "id": after and after[1], "limit": limit},
        into=Summary,
    )


def page_of_all(tx: Tx, payment_status: str | None, after: tuple[datetime, UUID] | None, limit: int) -> list[Summary]:
    """Everybody's, or those whose money stands so: for admins only."""
    chosen: LiteralString = "o.payment_status = %(payment_status)s AND" if payment_status else ""
    return tx.all(
        _SUMMARIES
        + f""" WHERE {chosen} (%(at)s::timestamptz IS NULL OR (o.created_at, o.id) < (%(at)s, %(id)s))
              ORDER BY o.created_at DESC, o.id DESC LIMIT %(limit)s""",
        {"payment_status": payment_status, "at": after and after[0], "id": after and after[1], "limit": limit},
        into=Summary,
    )
