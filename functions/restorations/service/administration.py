"""What admins do with orders and their money."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from darkroom.db import Tx
from darkroom.errors import Conflict, NotFound
from darkroom.pagination import PageRequest
from restorations.queries import money, photos
from restorations.queries import orders as queries
from restorations.queries.orders import Summary
from restorations.service import downloads, payments, refunds, telling
from restorations.service.orders import Opened


def listed(tx: Tx, payment_status: str | None, page: PageRequest) -> tuple[list[Summary], str | None]:
    rows = queries.page_of_all(tx, payment_status, page.after(datetime, UUID), page.fetch)
    return page.split(rows, lambda row: (row.created_at, row.id))


def refund(tx: Tx, order_id: UUID, image_ids: Sequence[UUID] | None, reason: str) -> Opened:
    """The price of some photos, or all that is left; what has gone back already does not go back again."""
    order = queries.hold(tx, order_id)
    if order is None:
        raise NotFound
    known = {photo.id for photo in photos.of_order(tx, order_id)}
    chosen = known if image_ids is None else set(image_ids)
    if not chosen <= known:
        raise NotFound("One of these photos is not of this order.")
    if order.paid_cents is None:
        raise Conflict("Nothing was paid for this order.")
    fresh = sorted(chosen - refunds.covered(tx, order))
    if fresh or (image_ids is None and refunds.left(tx, order)):
        if order.payment_status == "disputed":
            raise Conflict("The customer's bank disputes this payment: what becomes of it is decided there.")
        refunds.want(tx, order, refunds.key_of(order, fresh), fresh, reason)
        downloads.revoke_photos(tx, order_id, fresh)
        payments.end_if_gone(tx, money.settle(tx, order_id))
        telling.order_updated(tx, order_id)
    return _opened(tx, order_id)


def accept(tx: Tx, order_id: UUID) -> Opened:
    """A payment of another amount is enough: the work begins."""
    order = queries.hold(tx, order_id)
    if order is None:
        raise NotFound
    if order.payment_status != "held" or not money.accept(tx, order_id):
        raise Conflict("No payment of this order is held.")
    payments.begin(tx, money.settle(tx, order_id))
    telling.order_updated(tx, order_id)
    return _opened(tx, order_id)


def _opened(tx: Tx, order_id: UUID) -> Opened:
    order = queries.get(tx, order_id)
    assert order is not None
    return order, photos.of_order(tx, order_id)
