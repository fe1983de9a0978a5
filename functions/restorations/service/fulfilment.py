"""What follows a payment: jobs are written at once, photos move to where they stay, and then they are restored."""

from typing import Final
from uuid import UUID

from darkroom.db import Tx
from restorations.queries.orders import Order

QUEUE: Final = "orders"
FULFIL: Final = "restorations.fulfil_order"


def begin(tx: Tx, order: Order) -> None:
    """In the transaction in which the order was paid and moved to `processing`: its jobs, and what moves its photos."""
    raise NotImplementedError


def move_photos(tx: Tx, order_id: UUID) -> None:
    """Copies each photo to its place and has its restoration begin (the worker; commits between)."""
    raise NotImplementedError
