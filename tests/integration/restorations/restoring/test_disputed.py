"""While a bank disputes its payment nothing is spent on an order: it rests where it is, and goes on when it is won."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from darkroom import clock, db
from restorations.queries import events as payments
from restorations.service import events
from tests.integration.restorations.restoring.conftest import Paid, Restoring

INTENT = "pi_disputed"
QUEUES = ("orders", "judgements", "restorations", "restorations", "judgements")


def _tell(kind: str, status: str) -> None:
    thing: dict[str, Any] = {"id": "du_1", "amount": 900, "currency": "usd", "status": status}
    event = {"id": f"evt_{uuid4().hex}", "object": "event", "type": f"charge.dispute.{kind}"}
    document = {
        **event,
        "created": int(clock.now().timestamp()),
        "data": {"object": {**thing, "payment_intent": INTENT}},
    }
    with db.transaction() as tx:
        assert events.receive(tx, document)


def _disputed(restoring: Restoring, steps: int) -> Paid:
    """An order that came so far when a bank disputed it."""
    order = restoring.paid(stripe_payment_intent=INTENT)
    with db.transaction() as tx:
        payments.lock_payment(tx, INTENT, order.id)
    for queue in QUEUES[:steps]:
        restoring.step(queue)
    _tell("created", "needs_response")
    return order


@pytest.mark.parametrize("steps", range(5))
def test_nothing_is_spent_while_it_is_open_and_all_is_done_when_it_is_won(restoring: Restoring, steps: int) -> None:
    order = _disputed(restoring, steps)
    restoring.run()
    for _ in range(3):  # weeks, by our clock and by the database's
        restoring.execute("UPDATE restoration_jobs SET created_at = created_at - interval '20 days'")
        restoring.time.advance(timedelta(days=20).total_seconds())
        restoring.sweep()
        restoring.run()
    assert len(restoring.replicate.created) == (1 if steps > 2 else 0)
    assert (restoring.status(order), restoring.photo(order)["status"] in {"uploaded", "processing"}) == (
        "processing",
        True,
    )
    assert restoring.given_back == []
    assert restoring.mails("order_completed") == []
    assert restoring.photo(order)["original_key"] is not None  # what was brought is kept for three days only
    _tell("closed", "won")
    restoring.sweep()
    restoring.run()
    assert restoring.status(order) == "completed"
    assert restoring.row("orders", order.id)["payment_status"] == "paid"
    assert len(restoring.replicate.created) == 1
    assert len(restoring.mails("order_completed")) == 1


@pytest.mark.parametrize("steps", range(5))
def test_what_is_lost_is_over(restoring: Restoring, steps: int) -> None:
    restoring.replicate.ends = ["processing"]
    order = _disputed(restoring, steps)
    _tell("closed", "lost")
    restoring.run()
    restoring.time.advance(1_300)
    restoring.sweep()
    restoring.run()
    row = restoring.row("orders", order.id)
    assert (row["status"], row["payment_status"], row["refunded_cents"]) == ("refunded", "disputed", 0)
    assert restoring.photo(order)["status"] == restoring.job(order)["status"] == "failed"
    assert len(restoring.replicate.created) == (1 if steps > 2 else 0)
    assert restoring.mails("order_refunded") == []


def test_a_try_that_fails_meanwhile_waits_with_the_next(restoring: Restoring) -> None:
    restoring.replicate.ends = ["failed", "succeeded"]
    order = _disputed(restoring, 3)
    restoring.run()
    job = restoring.job(order)
    assert (job["status"], job["try_number"], len(restoring.replicate.created)) == ("queued", 2, 1)
    _tell("closed", "won")
    restoring.sweep()
    restoring.run()
    assert restoring.status(order) == "completed"
    assert len(restoring.replicate.created) == 2
