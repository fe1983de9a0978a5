"""What admins do with orders and their money."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from darkroom.db import Tx
from darkroom.pagination import PageRequest
from restorations.queries import orders as queries
from restorations.queries.orders import Summary
from restorations.service.orders import Opened


def listed(tx: Tx, page: PageRequest) -> tuple[list[Summary], str | None]:
    rows = queries.page_of_all(tx, page.after(datetime, UUID), page.fetch)
    return page.split(rows, lambda row: (row.created_at, row.id))


def refund(tx: Tx, order_id: UUID, image_ids: Sequence[UUID] | None, reason: str) -> Opened:
    raise NotImplementedError


def accept(tx: Tx, order_id: UUID) -> Opened:
    raise NotImplementedError
