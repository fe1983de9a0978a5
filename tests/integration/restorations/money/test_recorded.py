"""Events as Stripe writes them, whole: recorded from its stand-in, whose objects have Stripe's shape."""

import json
from pathlib import Path
from typing import Any

from darkroom import db
from tests.factories import orders
from tests.fakes.stripe_shop import signed
from tests.integration.restorations.conftest import World

_EVENTS = Path(__file__).parents[3] / "events"
_RECORDED_ORDER = "01939f00-0000-7000-8000-000000000001"


def _hear(world: World, name: str, order_id: Any) -> None:
    text = (_EVENTS / f"stripe_{name}.json").read_text().replace(_RECORDED_ORDER, str(order_id))
    body, headers = signed(json.loads(text))
    answer = world.stripe_webhooks.post("/webhooks/stripe", content=body, headers=headers)
    assert (answer.status, answer.json()) == (200, {"received": True})


def test_recorded_events(world: World) -> None:
    with db.transaction() as tx:
        order_id = orders.order(tx).id

    def money() -> tuple[str, int]:
        row = world.row("orders", order_id)
        return row["payment_status"], row["refunded_cents"]

    told = [
        ("session_completed", ("paid", 0)),
        ("refund_created", ("partially_refunded", 100)),
        ("charge_refunded", ("partially_refunded", 100)),
        ("refund_failed", ("paid", 0)),
        ("dispute_created", ("disputed", 0)),
        ("dispute_closed", ("paid", 0)),
    ]
    for name, after in told:
        _hear(world, name, order_id)
        assert money() == after, name
    assert len(world.rows("stripe_events", order_id)) == len(told)
