"""The dashboard's numbers, in one round trip."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from darkroom.db import Tx


class Stats(NamedTuple):
    photos: int
    captures: int
    schedules: int
    active_schedules: int
    albums: int
    datasets: int
    models: int
    events: int
    balance_cents: int
    available_credits_cents: int
    earned_today_cents: int
    storage_bytes: int


def of(tx: Tx, user_id: UUID, today: datetime) -> Stats:
    """`today` is when the UTC day began. Each product counts its own part (infra/migrations/0002_accounts.sql)."""
    found = tx.one(
        "SELECT * FROM account_stats(%(user_id)s, %(today)s)", {"user_id": user_id, "today": today}, into=Stats
    )
    assert found is not None
    return found
