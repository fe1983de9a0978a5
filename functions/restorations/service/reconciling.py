"""What webhooks lost is found by asking Stripe, and unpaid orders are given up when their photos' time is over."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from darkroom import clock, db, log
from darkroom.db import Tx
from darkroom.errors import Problem
from restorations import facts, stripe_client
from restorations.queries import checkouts, orders
from restorations.queries import events as queries
from restorations.queries.checkouts import Open
from restorations.service import events, pages, payments, telling

LOOK_BACK: Final = timedelta(days=3)  # as long as Stripe itself tries to deliver
EVENTS_KEPT_DAYS: Final = 90
_AT_ONCE: Final = 100

HasTime = Callable[[], bool]


def take_lost_events(has_time: HasTime) -> int:
    """Events that Stripe has and we have not, by the way that webhooks go; how many there were."""
    lost: list[Mapping[str, Any]] = []
    for listed in stripe_client.events(clock.now() - LOOK_BACK, facts.EVENTS):
        with db.reading() as tx:
            unseen = queries.unseen(tx, [str(event["id"]) for event in listed])
        lost.extend(event for event in listed if event["id"] in unseen)
        if not has_time():
            break
    found = 0
    for event in reversed(lost):  # as it happened
        if not has_time():
            log.warning("restorations.reconcile_unfinished")
            break
        try:
            with db.transaction() as tx:
                found += events.receive(tx, event)
        except Exception as failure:  # noqa: BLE001 - one event must not keep the others
            log.exception("restorations.reconcile_failed", failure, event_id=str(event["id"]))
    return found


def look_at_open_pages(has_time: HasTime) -> int:
    """Pages of unpaid orders as Stripe shows them; how many were paid or over."""
    done, after = 0, None
    while has_time():
        with db.reading() as tx:
            rows = checkouts.open_pages(tx, after, _AT_ONCE)
        if not rows:
            break
        after = rows[-1].order_id
        done += sum(_look(row) for row in rows if has_time())
    return done


def _look(row: Open) -> bool:
    assert row.stripe_session_id is not None
    try:
        page = stripe_client.page(row.stripe_session_id)
        if page.order_id != row.order_id or not (page.is_paid or page.is_over):
            return False
        with db.transaction() as tx:
            events.see(tx, page)
    except Exception as failure:  # noqa: BLE001 - one page must not keep the others
        log.exception("restorations.page_not_seen", failure, order_id=str(row.order_id))
        return False
    return True


# --- sweeps ----------------------------------------------------------------------------------------------------------


def give_up_unpaid(tx: Tx, limit: int) -> int:
    """Orders that were not paid in time end as failed; a page is closed first, and what was paid on it counts."""
    given_up = 0
    for row in checkouts.given_up(tx, clock.now(), limit):
        tx.commit()
        if row.stripe_session_id is not None:
            try:
                is_closed = pages.is_closed(tx, row.stripe_session_id)
            except Problem as failure:
                log.warning("restorations.not_given_up", order_id=str(row.order_id), error=type(failure).__name__)
                continue
            if not is_closed:
                log.info("restorations.paid_at_last", order_id=str(row.order_id))
        given_up += _give_up(tx, row.order_id)
    return given_up


def _give_up(tx: Tx, order_id: UUID) -> bool:
    order = orders.hold(tx, order_id)
    if order is None or order.status != "pending_payment" or order.paid_at is not None:
        return False
    orders.move(tx, order_id, "pending_payment", "failed")
    if order.stripe_session_id is not None:
        checkouts.forget_page(tx, order_id, order.stripe_session_id)
    payments.stop(tx, order_id, "It was not paid in time.")
    telling.order_updated(tx, order_id)
    return True


def forget_events(tx: Tx, limit: int) -> int:
    return queries.forget(tx, EVENTS_KEPT_DAYS, limit)
