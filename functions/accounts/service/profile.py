"""A person's own page: who they are, what they have, what they earned."""

from uuid import UUID

from accounts.queries import stats, users
from accounts.queries.stats import Stats
from accounts.queries.users import Person
from darkroom import clock, ledger
from darkroom.db import Tx
from darkroom.errors import NotFound
from darkroom.pagination import PageRequest


def get(tx: Tx, user_id: UUID) -> Person:
    person = users.get(tx, user_id)
    if person is None:
        raise NotFound
    return person


def rename(tx: Tx, user_id: UUID, name: str | None) -> Person:
    """None leaves the name as it is."""
    if name is None:
        return get(tx, user_id)
    person = users.rename(tx, user_id, name)
    if person is None:
        raise NotFound
    return person


def dashboard(tx: Tx, user_id: UUID) -> Stats:
    """Everything the dashboard shows, in one round trip. Days are UTC days."""
    return stats.of(tx, user_id, clock.now().replace(hour=0, minute=0, second=0, microsecond=0))


def earnings(tx: Tx, user_id: UUID, page: PageRequest) -> tuple[ledger.Balances, list[ledger.Entry], str | None]:
    """The sums, and one page of the entries, newest first."""
    after = page.after(UUID)
    entries = ledger.page(tx, user_id, page.fetch, after[0] if after else None)
    items, next_cursor = page.split(entries, lambda entry: (entry.id,))
    return ledger.balances(tx, user_id), items, next_cursor
