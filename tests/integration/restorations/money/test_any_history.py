"""Whatever happens to a payment, told in whatever order and however often: the money stands the same in the end.

Histories are made up and told as events; a small model says how they end.
"""

import random
from typing import Any
from uuid import UUID, uuid4

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from darkroom import db
from restorations.service import events
from tests.factories import orders
from tests.integration.restorations.conftest import World

TOTAL = 1_800
ACTS = st.one_of(
    st.tuples(st.just("refund"), st.integers(1, 1_000)),
    st.tuples(st.just("fail"), st.integers(0, 5)),
    st.tuples(st.just("dispute"), st.just(0)),
    st.tuples(st.sampled_from(["win", "lose"]), st.just(0)),
)


class Payment:
    """A payment at Stripe, and what is told of it."""

    def __init__(self, order_id: UUID) -> None:
        self.id = f"pi_{uuid4().hex}"
        self.order_id = order_id
        self.told: list[dict[str, Any]] = []
        self.refunds: list[dict[str, Any]] = []
        self.disputes: list[dict[str, Any]] = []
        self.clock = 1_700_000_000
        page = {"id": "cs_1", "status": "complete", "payment_status": "paid", "amount_total": TOTAL, "currency": "usd"}
        self.tell("checkout.session.completed", {**page, "metadata": {"order_id": str(order_id)}})

    def tell(self, kind: str, thing: dict[str, Any]) -> None:
        self.clock += 1
        event = {"id": f"evt_{uuid4().hex}", "object": "event", "type": kind, "created": self.clock}
        self.told.append({**event, "data": {"object": {**thing, "payment_intent": self.id}}})

    @property
    def back(self) -> int:
        return sum(each["amount"] for each in self.refunds if each["status"] == "succeeded")

    @property
    def is_disputed(self) -> bool:
        return any(each["status"] != "won" for each in self.disputes)

    @property
    def is_lost(self) -> bool:
        return any(each["status"] == "lost" for each in self.disputes)

    def act(self, act: str, number: int) -> None:
        if act == "refund" and not self.is_disputed and self.back + number < TOTAL:
            self.refunds.append({"id": f"re_{uuid4().hex}", "amount": number, "status": "succeeded"})
            self.tell("refund.created", {**self.refunds[-1], "status": "pending"})
            self.tell("charge.refunded", {"amount_refunded": self.back})
            self.tell("refund.updated", self.refunds[-1])
        elif act == "fail" and number < len(self.refunds) and self.refunds[number]["status"] == "succeeded":
            self.refunds[number]["status"] = "failed"
            self.tell("refund.updated", self.refunds[number])
            self.tell("refund.failed", self.refunds[number])
        elif act == "dispute" and not self.is_disputed:
            self.disputes.append(
                {"id": f"du_{uuid4().hex}", "amount": 1, "currency": "usd", "status": "needs_response"}
            )
            self.tell("charge.dispute.created", self.disputes[-1])
        elif act in {"win", "lose"} and self.disputes and self.disputes[-1]["status"] == "needs_response":
            self.disputes[-1]["status"] = "won" if act == "win" else "lost"
            self.tell("charge.dispute.closed", self.disputes[-1])

    @property
    def ends(self) -> tuple[str, str, int]:
        by_refunds = "partially_refunded" if self.back else "paid"
        status = "refunded" if self.is_lost else "processing"
        return status, "disputed" if self.is_disputed else by_refunds, self.back


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(acts=st.lists(ACTS, max_size=10), seed=st.randoms(use_true_random=False), times=st.integers(1, 3))
def test_any_history_in_any_order(world: World, acts: list[tuple[str, int]], seed: random.Random, times: int) -> None:
    with db.transaction() as tx:
        order = orders.order(tx, photos=2)
    payment = Payment(order.id)
    for act, number in acts:
        payment.act(act, number)
    told = payment.told * times
    seed.shuffle(told)
    news = 0
    for event in told:
        with db.transaction() as tx:
            news += events.receive(tx, event)
    row = world.row("orders", order.id)
    assert (row["status"], row["payment_status"], row["refunded_cents"]) == payment.ends
    assert news == len(payment.told)
    jobs = world.rows("restoration_jobs", order.id)
    if payment.is_lost:  # nothing is begun where that was told before the payment, and nothing goes on
        assert {job["status"] for job in jobs} <= {"failed"}
    else:
        assert [job["status"] for job in jobs] == ["pending"] * 2
    assert {photo["status"] for photo in world.rows("order_images", order.id)} == {
        "failed" if payment.is_lost else "pending"
    }
    assert len(world.rows("refunds", order.id)) == len(payment.refunds)
    alive = [refund for refund in payment.refunds if refund["status"] == "succeeded"]
    letters = [mail for mail in world.mails("order_refunded", "grace@example.test") if mail["order"] == str(order.id)]
    assert len(alive) <= len(letters) <= len(payment.refunds)  # none of one that is known to have failed by then
    assert world.value("SELECT count(*) FROM stripe_events WHERE order_id = %s", order.id) == len(payment.told)
