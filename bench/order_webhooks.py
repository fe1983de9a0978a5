"""Payments that Stripe tells of, each twice and in any order, through the webhook's own handler.

Each signed event goes the whole way: signature, event row, order, customer, jobs, two mails' worth of rows, outbox and
SQS. Four processes stand for four execution environments on one durable database. In the end every order was paid
once, with one job, one confirmation and one message. The limit is pgbench in the same run: one row and one commit,
nothing else; what an order writes is more than twenty rows, and one in two deliveries writes nothing.

    make bench ARGS=order_webhooks
"""

import importlib
import json
import random
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import Any
from uuid import UUID, uuid4

import stripe

from bench import commits, measure, sqs
from bench.platform import Platform
from darkroom import db
from tests import api, conftest
from tests.factories import orders

ORDERS = 600
PROCESSES = 4
DELIVERIES = 2
BUDGET_A_SECOND = 20  # a busy hour of 72,000 orders
_MODULE = "restorations.stripe_webhook"


def run(platform: Platform) -> bool:
    """Deliver them, and count what came of it."""
    limit = commits.a_second(platform.environment["DATABASE_URL"], PROCESSES)
    with db.transaction() as tx:
        made = [orders.order(tx, email=f"{uuid4()}@bench.test").id for _ in range(ORDERS)]
    deliveries = [_delivery(order_id) for order_id in made] * DELIVERIES
    random.Random(11).shuffle(deliveries)
    with sqs.taker() as taken:
        seconds = _deliver(deliveries)
    rate = ORDERS / seconds
    rows = [
        ["webhooks", "orders", "deliveries", "orders a second", "deliveries a second", "commits/s (pgbench)", "ratio"],
        [f"{PROCESSES} processes", f"{ORDERS:,}", f"{len(deliveries):,}", f"{rate:,.0f}"],
    ]
    rows[1] += [f"{len(deliveries) / seconds:,.0f}", f"{limit:,.0f}", f"{len(deliveries) / seconds / limit:.3f}"]
    print(measure.table(rows))
    wrong = _wrong(sum(taken))
    print(f"\nnot exactly once: {wrong}; budget: {BUDGET_A_SECOND} orders a second, each exactly once")
    return rate >= BUDGET_A_SECOND and wrong == 0


def _delivery(order_id: UUID) -> dict[str, Any]:
    """What API Gateway hands over of an event that says that this order is paid."""
    page = {
        "id": f"cs_{order_id.hex}",
        "object": "checkout.session",
        "status": "complete",
        "payment_status": "paid",
        "payment_intent": f"pi_{order_id.hex}",
        "amount_total": orders.PRICE,
        "currency": "usd",
        "client_reference_id": str(order_id),
        "metadata": {"order_id": str(order_id)},
    }
    event = {"id": f"evt_{order_id.hex}", "object": "event", "type": "checkout.session.completed"}
    body = json.dumps({**event, "created": int(time.time()), "data": {"object": page}})
    signed = stripe.WebhookSignature.generate_signature_header(body, conftest.SECRETS["stripe_webhook_secret"])
    headers = {"content-type": "application/json", "stripe-signature": signed}
    return api.event("POST", "/api/v1/webhooks/stripe", body=body.encode(), headers=headers)


def _deliver(events: Sequence[dict[str, Any]]) -> float:
    """How long so many processes take. Each delivery is answered with 200."""
    with ProcessPoolExecutor(PROCESSES, initializer=_awake) as pool:
        list(pool.map(_answer, [api.event("GET", "/api/v1/webhooks/stripe")] * PROCESSES * 4))  # all are up
        started = time.perf_counter()
        answers = list(pool.map(_answer, events, chunksize=4))
        took = time.perf_counter() - started
    if set(answers) != {200}:
        raise RuntimeError(f"answers other than 200: {set(answers)}")
    return took


def _awake() -> None:
    """A forked process must not use its parent's connection."""
    db.use(None)
    importlib.import_module(_MODULE)
    with db.reading() as tx:
        tx.value("SELECT 1")


def _answer(event: dict[str, Any]) -> int:
    return int(importlib.import_module(_MODULE).handler(event, None)["statusCode"])


def _wrong(messages: int) -> int:
    """How many orders, jobs, customers, mails, events and messages are missing or too many."""
    with db.reading() as tx:
        counts = [
            tx.value("SELECT count(*) FROM orders WHERE status = 'processing' AND payment_status = 'paid'"),
            tx.value("SELECT count(*) FROM restoration_jobs"),
            tx.value("SELECT count(*) FROM customers"),
            tx.value("SELECT count(*) FROM emails WHERE template = 'order_paid'"),
            tx.value("SELECT count(*) FROM stripe_events WHERE handled_at IS NOT NULL"),
            messages // 2,  # one that has the order begun, one that has its mail sent
        ]
    return sum(abs(ORDERS - count) for count in counts)
