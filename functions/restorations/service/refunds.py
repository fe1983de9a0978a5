"""Money that goes back: by card through the payment provider, credits through the ledger; the same thing once."""

from typing import Final
from uuid import UUID

from darkroom.db import Tx
from restorations.queries.orders import Order
from restorations.queries.photos import Photo

QUEUE: Final = "payments"
SEND: Final = "restorations.send_refund"


def give_back_photo(tx: Tx, order: Order, photo: Photo, reason: str) -> None:
    """The price of a photo that could not be restored. The order is held by the caller."""
    raise NotImplementedError


def settle_credits(tx: Tx, order: Order, restored: int) -> None:
    """The order's work is over: what was held of its owner's credits is spent for the photos that were restored."""
    raise NotImplementedError


def send(tx: Tx, refund_id: UUID) -> None:
    """Asks the provider for a refund that is wanted (the payments worker)."""
    raise NotImplementedError
