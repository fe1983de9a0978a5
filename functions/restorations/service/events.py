"""What Stripe tells, in whatever order it comes and however often.

An event is proof of what it says. It is written down first, under Stripe's id, so that a second delivery finds it. What
it says about a payment that nobody knows yet waits, and is taken in when the order learns of that payment.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from darkroom import log
from darkroom.db import Tx
from darkroom.errors import BadRequest
from restorations import facts
from restorations.facts import Charge, Dispute, Event, NoEvent, Page, Refund
from restorations.queries import checkouts, money, orders
from restorations.queries import events as queries
from restorations.queries.orders import Order
from restorations.service import alerting, links, payments, refunds, telling
from restorations.service.money import shown


def receive(tx: Tx, event: Mapping[str, Any]) -> bool:
    """Takes an event whose signature was checked (or that was fetched from Stripe). Whether it was new."""
    try:
        read = facts.event(event)
    except NoEvent as failure:
        raise BadRequest("This is no event.") from failure
    if read is None:
        return False
    if isinstance(read.fact, Page):
        # A page of an order we do not have is another product's; nothing of it is kept.
        order_id = read.fact.order_id
        if order_id is None or orders.get(tx, order_id) is None or not queries.keep(tx, read):
            return False
        see(tx, read.fact)
        queries.handled(tx, read.id, order_id)
        return True
    return queries.keep(tx, read) and _hear(tx, read)


def see(tx: Tx, page: Page) -> None:
    """A payment page as Stripe shows it now: paid, over, or neither."""
    assert page.order_id is not None
    if page.is_paid:
        assert page.payment_intent is not None
        order = payments.take(tx, page)
        if order is None or order.stripe_payment_intent != page.payment_intent:
            return
        for event in queries.waiting(tx, page.payment_intent):
            _apply(tx, order, event.fact, event.created_at)
            queries.handled(tx, event.id, order.id)
        payments.settle(tx, order, page)
    elif page.is_over:
        checkouts.forget_page(tx, page.order_id, page.session_id)


def _hear(tx: Tx, event: Event) -> bool:
    """Something about a payment. Whoever learns whose it is finds this row, if it is not known now."""
    intent = event.payment_intent
    assert intent is not None
    order_id = queries.lock_payment(tx, intent)
    if order_id is None:
        log.info("stripe.waits", event_id=event.id, type=event.type)
        return True
    order = orders.hold(tx, order_id)
    assert order is not None
    before = order
    _apply(tx, order, event.fact, event.created_at)
    queries.handled(tx, event.id, order_id)
    payments.follow(tx, before, money.settle(tx, order_id))
    after = orders.get(tx, order_id)
    if after != before:
        telling.order_updated(tx, order_id)
    return True


def _apply(tx: Tx, order: Order, fact: facts.Fact, at: datetime) -> None:
    """Writes down what is true of the order's money; what follows from it is worked out afterwards."""
    is_the_orders = fact.payment_intent == order.stripe_payment_intent
    match fact:
        case Refund():
            refunds.hear(tx, order, fact)
        case Charge() if is_the_orders:
            money.charge_refunded(tx, order.id, fact.refunded_cents)
        case Dispute():
            _dispute(tx, order, fact, at, is_the_orders=is_the_orders)
        case _:
            pass


def _dispute(tx: Tx, order: Order, told: Dispute, at: datetime, *, is_the_orders: bool) -> None:
    """Of a payment that was given back anyway it concerns the admins alone."""
    is_news = money.dispute(tx, order.id, told, at) if is_the_orders else told.status == "open"
    if is_news and told.status == "open":
        data = {
            "order": str(order.id),
            "amount": shown(told.amount_cents, told.currency),
            "url": links.for_admins(order.id),
        }
        alerting.tell_admins(tx, "admin_disputed", data, about=uuid5(NAMESPACE_URL, told.id))
    elif is_news and is_the_orders and not money.is_disputed(tx, order.id):
        refunds.after_dispute(tx, order)
