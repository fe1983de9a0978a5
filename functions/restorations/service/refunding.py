"""Asking Stripe for refunds: the payments worker's part, apart from the rules (refunds) so that nothing else which
decides on money has to carry Stripe's kit."""

from typing import Final
from uuid import UUID

from darkroom import log
from darkroom.db import Tx
from darkroom.errors import ProviderFailed
from restorations import facts, stripe_client
from restorations.queries import money, orders
from restorations.queries import refunds as queries
from restorations.queries.refunds import Refund
from restorations.service import refunds

_LEASE_SECONDS: Final = 90  # longer than the worker may take
_TRIES_A_KEY: Final = 5


class InFlight(Exception):
    """Somebody asks for this refund right now, or died doing so less than a lease ago."""


def send(tx: Tx, refund_id: UUID) -> None:
    """Asks the provider for a refund that is wanted (the payments worker). Called again, it finds what was made."""
    refund = queries.get(tx, refund_id)
    if refund is None or refund.status != "wanted" or refund.payment_intent is None:
        return
    order = orders.hold(tx, refund.order_id)
    assert order is not None
    if money.is_disputed(tx, order.id):
        log.info("restorations.refund_waits", refund_id=str(refund_id))
        return  # whoever hears of the dispute's end asks again
    attempt = _lease(tx, refund_id)
    if attempt is None:
        return
    try:
        _have_made(tx, refund, refund.payment_intent, attempt)
        tx.commit()
    except Exception as failure:
        # The queue tries again in seconds, and must not find this one's lease.
        tx.rollback()
        detail = failure.detail if isinstance(failure, ProviderFailed) else type(failure).__name__
        queries.release(tx, refund_id, detail)
        tx.commit()
        raise


def _lease(tx: Tx, refund_id: UUID) -> int | None:
    """The how manyth time it is asked for, and the right to; None: it was settled while its order was waited for."""
    attempt = queries.lease(tx, refund_id, _LEASE_SECONDS)
    current = queries.get(tx, refund_id)
    tx.commit()
    if attempt is None and current is not None and current.status == "wanted":
        raise InFlight(str(refund_id))
    return attempt


def _have_made(tx: Tx, refund: Refund, payment_intent: str, attempt: int) -> None:
    try:
        made = _ask_stripe(refund, payment_intent, attempt)
    except stripe_client.Refused as refused:
        remaining = 0 if refused.is_disputed else _left_at_stripe(payment_intent)
        _refused(tx, refund, refused, remaining)
        return
    order = orders.hold(tx, refund.order_id)
    assert order is not None
    refunds.hear(tx, order, made)
    money.settle(tx, order.id)


def _left_at_stripe(payment_intent: str) -> int | None:
    """None: Stripe knows no such payment, and asking again will not change that."""
    try:
        return stripe_client.left(payment_intent)
    except stripe_client.Unknown:
        return None


def _ask_stripe(refund: Refund, payment_intent: str, attempt: int) -> facts.Refund:
    """Under the same key until Stripe has said no, which it would repeat. It forgets keys after a day and repeats some
    failures, too: so from the second time on what is there already is looked for, and after some tries there is
    another key."""
    if attempt > 1:
        for made in stripe_client.refunds(payment_intent):
            if made.refund_id == refund.id:
                return made
    number = refund.refusals + (attempt - 1) // _TRIES_A_KEY
    key = f"refund:{refund.id}:{refund.amount_cents}:{number}"
    return stripe_client.refund(refund.id, payment_intent, refund.amount_cents, key)


def _refused(tx: Tx, refund: Refund, refused: stripe_client.Refused, remaining: int | None) -> None:
    order = orders.hold(tx, refund.order_id)
    assert order is not None
    if refused.is_disputed and not money.is_lost(tx, order.id):
        queries.release(tx, refund.id, "The customer's bank disputes the payment.", was_refused=True)
    elif refused.is_disputed:
        refunds.call_off(tx, order, refund, "The customer's bank has taken the payment back in a dispute.")
    elif remaining is None:
        refunds.call_off(tx, order, refund, "The payment provider does not know this payment.")
    elif 0 < remaining < refund.amount_cents:
        queries.reduce(tx, refund.id, remaining)
        money.settle(tx, order.id)
        refunds.ask(tx, refund.id)
    elif remaining == 0:
        refunds.call_off(tx, order, refund, "All of the payment has gone back already.")
    else:
        refunds.call_off(tx, order, refund, "The payment provider refuses it.")
    log.warning("stripe.refund_refused", refund_id=str(refund.id), code=refused.code, left=remaining)
