"""Telling whoever has the order's page open how far it is.

A push holds its topic until the commit, so it comes last in a transaction, and an order's own topic before its owner's.
"""

from typing import Final
from uuid import UUID

from darkroom import realtime
from darkroom.db import Tx
from restorations.queries import orders, photos

UPDATED: Final = "order.updated"


def order_updated(tx: Tx, order_id: UUID) -> None:
    """States and progress; the page asks for addresses when it needs them."""
    order = orders.get(tx, order_id)
    if order is None:
        return
    document = {
        "id": str(order.id),
        "status": order.status,
        "payment_status": order.payment_status,
        "refunded_cents": order.refunded_cents,
        "images": [
            {"id": str(photo.id), "status": photo.status, "progress": photo.progress, "error": photo.trouble}
            for photo in photos.of_order(tx, order_id)
        ],
    }
    realtime.push(tx, f"order:{order.id}", UPDATED, document)
    if order.user_id is not None:
        realtime.push(tx, f"user:{order.user_id}", UPDATED, document)
