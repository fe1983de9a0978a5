"""What customers are written of money that goes back: only once Stripe has taken it on or tells of it (credits are back
at once), and once for whatever it is for, whoever had it go back. The order is held by the caller."""

from typing import Final

from darkroom import mail
from darkroom.db import Tx
from restorations.queries import orders, refunds
from restorations.queries.orders import Order
from restorations.queries.refunds import Refund
from restorations.service.money import shown

REFUNDED: Final = "order_refunded"
# The key of a refund for a photo that could not be restored begins so.
PHOTO: Final = "photo:"

_OVER: Final = frozenset({"completed", "failed", "refunded"})
_TAKEN_ON: Final = frozenset({"requires_action", "pending", "succeeded"})
_NOT_RESTORED: Final = "What could not be restored is not paid for."


def taken_on(tx: Tx, order: Order, refund: Refund, currency: str | None, promise: str) -> None:
    """It goes back. `promise` is what it is for: another try of it is no news."""
    if not refund.key.startswith(PHOTO):
        amount = shown(refund.amount_cents, currency or order.currency)
        _write(tx, order, amount, refund.reason, promise)


def of_failed_photos(tx: Tx, order: Order) -> None:
    """What goes back for photos that could not be restored: one letter, when the order is over and none of these
    refunds is still to be taken on. Credits were never spent for them."""
    current = orders.get(tx, order.id)
    if current is None or current.status not in _OVER or current.pay_with != "card":
        return
    found = [refund for refund in refunds.of_order(tx, order.id) if refund.key.startswith(PHOTO)]
    if all(refund.status != "wanted" for refund in found):
        cents = sum(refund.amount_cents for refund in found if refund.status in _TAKEN_ON)
        if cents > 0:
            _write(tx, current, shown(cents, current.currency), _NOT_RESTORED, "photos")


def _write(tx: Tx, order: Order, amount: str, reason: str, promise: str) -> None:
    if order.email is None:  # its person is gone
        return
    data = {"order": str(order.id), "amount": amount, "reason": reason}
    key = f"{REFUNDED}:{order.id}:{promise}"
    mail.send(tx, order.email, REFUNDED, data, user_id=order.user_id, dedupe_key=key)
