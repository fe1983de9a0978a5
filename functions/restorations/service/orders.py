"""Who may open an order, and what an owner has ordered so far."""

from datetime import datetime
from uuid import UUID

from darkroom.auth import Caller
from darkroom.db import Tx
from darkroom.errors import NotFound, Unauthorized
from darkroom.pagination import PageRequest
from restorations.queries import orders as queries
from restorations.queries import photos
from restorations.queries.orders import Order, Summary
from restorations.queries.photos import Photo
from restorations.service import links

Opened = tuple[Order, list[Photo]]


def opened(tx: Tx, caller: Caller, order_id: UUID) -> Opened:
    return find(tx, caller, order_id), photos.of_order(tx, order_id)


def find(tx: Tx, caller: Caller, order_id: UUID, *, hold: bool = False) -> Order:
    """The order, for whoever has its token, its owner, or an admin. A token of another kind is no credential here."""
    if caller.kind not in {"user", links.ORDER}:
        raise Unauthorized
    order = queries.hold(tx, order_id) if hold else queries.get(tx, order_id)
    if order is None:
        raise NotFound
    may = order.user_id == caller.id or caller.role == "admin" if caller.kind == "user" else order.id == caller.id
    if not may:
        raise NotFound
    return order


def listed(tx: Tx, user_id: UUID, page: PageRequest) -> tuple[list[Summary], str | None]:
    rows = queries.page_of_user(tx, user_id, page.after(datetime, UUID), page.fetch)
    return page.split(rows, lambda row: (row.created_at, row.id))
