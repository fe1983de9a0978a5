"""An order's payment: taken, held for an admin, or given back at once, and what begins or ends with it.

The caller has locked the payment's own row (events.lock_payment) where there is one; then the order is held.
"""

from typing import Final
from uuid import UUID

from darkroom import clock, mail
from darkroom.db import Tx
from restorations.facts import Page
from restorations.queries import events, jobs, money, orders, people, photos
from restorations.queries.money import Came
from restorations.queries.orders import Order
from restorations.service import alerting, downloads, fulfilment, links, refund_letters, refunds, restoring, telling
from restorations.service.money import shown

PAID: Final = "order_paid"
_STOPPED: Final = "The order was refunded."
_LOST: Final = "The bank has taken the payment back."


def take(tx: Tx, page: Page) -> Order | None:
    """What was paid on a page: it begins the order, waits for an admin, or goes back. None: no order of ours."""
    assert page.order_id is not None
    assert page.payment_intent is not None
    events.lock_payment(tx, page.payment_intent, page.order_id)
    order = orders.hold(tx, page.order_id)
    if order is None or order.stripe_payment_intent == page.payment_intent:
        return order
    came = Came(
        cents=page.amount_cents,
        pay_with="card",
        payment_intent=page.payment_intent,
        customer_id=None if order.email is None else people.customer(tx, order.email),
        held_reason=_mismatch(order, page),
    )
    taken = money.came(tx, order.id, came) or money.came_late(tx, order.id, came.cents, page.payment_intent)
    if taken is None:
        refunds.want_late(tx, order, page.payment_intent, page.amount_cents)
        return order
    return taken


def settle(tx: Tx, order: Order, page: Page) -> None:
    """After what was told of the payment before it was known: what the order does now."""
    order = money.settle(tx, order.id)
    if order.stripe_payment_intent != page.payment_intent:
        return
    if order.status != "pending_payment":
        if order.paid_at is None:
            refunds.give_back_late(tx, order)
            telling.order_updated(tx, order.id)
        return
    if end_if_gone(tx, order):
        pass
    elif order.held_reason is not None:
        data = {
            "order": str(order.id),
            "expected": shown(order.total_cents, order.currency),
            "paid": shown(page.amount_cents, page.currency),
            "reason": order.held_reason,
            "url": links.for_admins(order.id),
        }
        alerting.tell_admins(tx, "admin_payment_held", data, about=order.id)
    else:
        begin(tx, order)
    telling.order_updated(tx, order.id)


def begin(tx: Tx, order: Order) -> Order:
    """The work of an order whose money is here; its customer is told. The caller tells open pages, last."""
    begun = orders.move(tx, order.id, "pending_payment", "processing")
    assert begun is not None, "the order is held, and was not begun"
    fulfilment.begin(tx, begun)
    begun = money.settle(tx, order.id)
    if begun.email is not None:
        count = len(photos.of_order(tx, order.id))
        data = {
            "order": str(order.id),
            "photos": f"{count} photo" if count == 1 else f"{count} photos",
            "total": shown(begun.paid_cents or 0, begun.currency),
            "url": links.page(tx, order.id, begun.user_id),
        }
        mail.send(tx, begun.email, PAID, data, user_id=begun.user_id, dedupe_key=f"{PAID}:{order.id}")
    return begun


def follow(tx: Tx, before: Order, order: Order) -> None:
    """What news of an order's money do to its work: it ends when all has gone back, rests while a bank disputes the
    payment (whoever works looks for that), and goes on when that is won."""
    if not end_if_gone(tx, order) and before.is_disputed and not order.is_disputed:
        jobs.wake(tx, order.id, clock.now())


def end_if_gone(tx: Tx, order: Order) -> bool:
    """Whether nothing is left of what was paid: it went back, or a bank took it before the work was done. Then the
    order is over."""
    if order.paid_cents is not None and order.refunded_cents >= order.paid_cents:
        _end(tx, order, _STOPPED)
    elif order.status in {"pending_payment", "processing"} and money.is_lost(tx, order.id):
        _end(tx, order, _LOST)
    else:
        return False
    return True


def _end(tx: Tx, order: Order, why: str) -> None:
    """Work stops, and nothing can be downloaded. An order whose photos all failed has ended before, and stays
    failed."""
    moved = order.status in {"pending_payment", "processing", "completed"} and orders.move(
        tx, order.id, order.status, "refunded"
    )
    if not moved:
        return
    stop(tx, order.id, why)
    downloads.revoke(tx, order.id)
    if order.pay_with == "credits":
        refunds.settle_credits(tx, moved, 0)
    refund_letters.of_failed_photos(tx, money.settle(tx, order.id))


def stop(tx: Tx, order_id: UUID, why: str) -> None:
    """The order is over before its work is, or before it has begun."""
    restoring.stop(tx, order_id, why)
    for photo in photos.of_order(tx, order_id):
        photos.fail(tx, photo.id, why)  # those that had no job yet


def _mismatch(order: Order, page: Page) -> str | None:
    if page.currency != order.currency:
        return f"It came in {page.currency.upper()} and not in {order.currency.upper()}."
    if page.amount_cents != order.total_cents:
        more = "more" if page.amount_cents > order.total_cents else "less"
        difference = abs(page.amount_cents - order.total_cents)
        return f"It is {shown(difference, order.currency)} {more} than the order costs."
    return None
