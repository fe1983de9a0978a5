"""Money is a ledger: entries are added, never changed, and every balance is a sum over them.

Three rules make it right under any concurrency. The user's row is locked first, so that the entries of one
person are written one after another and each carries the sum up to itself. (user, kind, reference) is unique, so
that whatever is repeated finds its first entry and changes nothing. And an entry that would take the available
credits below zero is refused.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from darkroom import ids
from darkroom.db import Tx
from darkroom.errors import NotFound, PaymentRequired

CURRENCY = "usd"
EARNED_KINDS = ("capture", "adjustment")

Kind = Literal["capture", "hold", "release", "restoration", "refund", "adjustment"]


@dataclass(frozen=True, slots=True)
class Entry:
    id: UUID
    kind: str
    amount_cents: int
    balance_after_cents: int
    currency: str
    reference: str
    reason: str | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Balances:
    balance_cents: int
    """What the person has earned so far."""
    available_credits_cents: int
    """What the person can spend now."""


_COLUMNS = "id, kind, amount_cents, balance_after_cents, currency, reference, reason, created_at"


def lock(tx: Tx, user_id: UUID) -> None:
    """From here until the transaction ends nobody else writes entries of this person: what a payment depends on can be
    looked up. `post` does it by itself."""
    if tx.one("SELECT id FROM users WHERE id = %s FOR UPDATE", (user_id,)) is None:
        raise NotFound


def find(tx: Tx, user_id: UUID, kind: Kind, reference: str) -> Entry | None:
    """The entry that was posted for this, if there is one."""
    return tx.one(
        f"SELECT {_COLUMNS} FROM ledger_entries WHERE user_id = %s AND kind = %s AND reference = %s",  # noqa: S608
        (user_id, kind, reference),
        into=Entry,
    )


def post(
    tx: Tx,
    user_id: UUID,
    kind: Kind,
    amount_cents: int,
    reference: str,
    *,
    reason: str | None = None,
) -> Entry:
    """Adds an entry once and returns it; a repetition returns the first one, whatever amount it asks for."""
    lock(tx, user_id)
    first = find(tx, user_id, kind, reference)
    if first is not None:
        return first
    last = tx.one(
        f"SELECT {_COLUMNS} FROM ledger_entries WHERE user_id = %s ORDER BY id DESC LIMIT 1",  # noqa: S608
        (user_id,),
        into=Entry,
    )
    available = last.balance_after_cents if last else 0
    after = available + amount_cents
    if amount_cents < 0 and after < 0:
        raise not_enough(-amount_cents, available)
    entry = tx.one(
        f"""INSERT INTO ledger_entries
                   (id, user_id, kind, amount_cents, balance_after_cents, currency, reference, reason)
            VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
         RETURNING {_COLUMNS}""",  # noqa: S608
        (_id_after(last), user_id, kind, amount_cents, after, CURRENCY, reference, reason),
        into=Entry,
    )
    assert entry is not None
    return entry


def not_enough(needed_cents: int, available_cents: int) -> PaymentRequired:
    """Credits are dollars, and said as such."""
    needed, available = (f"${cents / 100:,.2f}" for cents in (needed_cents, available_cents))
    return PaymentRequired(f"This takes {needed} of credits, and {available} are there.")


def _id_after(last: Entry | None) -> UUID:
    """Ids are the order of the ledger, also where another machine's clock is a little ahead of this one's."""
    fresh = ids.new_id()
    return fresh if last is None or fresh > last.id else UUID(int=last.id.int + 1)


def balances(tx: Tx, user_id: UUID) -> Balances:
    found = tx.one(
        """SELECT coalesce(sum(amount_cents) FILTER (WHERE kind = ANY(%s)), 0)::bigint AS balance_cents,
                  coalesce(sum(amount_cents), 0)::bigint AS available_credits_cents
             FROM ledger_entries
            WHERE user_id = %s""",
        (list(EARNED_KINDS), user_id),
        into=Balances,
    )
    assert found is not None
    return found


def page(tx: Tx, user_id: UUID, limit: int, before: UUID | None = None) -> list[Entry]:
    """Entries, newest first, older than the given one."""
    return tx.all(
        f"""SELECT {_COLUMNS}
              FROM ledger_entries
             WHERE user_id = %(user_id)s AND (%(before)s::uuid IS NULL OR id < %(before)s)
             ORDER BY id DESC
             LIMIT %(limit)s""",  # noqa: S608
        {"user_id": user_id, "before": before, "limit": limit},
        into=Entry,
    )
