"""The webhooks that are to be sent, in the order in which they are."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from infra.local.stand_ins.stripe.store import DEAD, DELIVERED, LOST, PENDING, Store

FAULTS = frozenset({"duplicate_webhook", "lost_webhook", "late_webhook", "reordered_webhooks"})
LATE_SECONDS = 10.0


@dataclass(frozen=True)
class Delivery:
    number: int
    event: dict[str, Any]
    attempts: int


class Outbox:
    """Part of the store. What happens together is told together, and a fault is acted out on all of it."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._database = store.database

    def add(self, events: Iterable[str], now: float, fault: str | None) -> None:
        """In order, at once; or as the fault wants it."""
        told = list(events)
        if fault == "reordered_webhooks":
            told.reverse()
        elif fault == "duplicate_webhook":
            told = [event for event in told for _ in range(2)]
        waits = fault in {"late_webhook", "reordered_webhooks"}
        for event in told:
            self._put(
                event,
                due=now + LATE_SECONDS if waits else now,
                held=fault == "reordered_webhooks",
                state=LOST if fault == "lost_webhook" else PENDING,
            )
        if fault != "reordered_webhooks":
            self._release(now)

    def send_again(self, event: str, now: float) -> None:
        """As `Resend` in Stripe's dashboard."""
        self._put(event, due=now, held=False, state=PENDING)

    def _put(self, event: str, *, due: float, held: bool, state: str) -> None:
        self._database.execute(
            "INSERT INTO deliveries (place, event, due, held, state)"
            " VALUES ((SELECT coalesce(max(place), 0) + 1 FROM deliveries), ?, ?, ?, ?)",
            (event, due, held, state),
        )

    def _release(self, now: float) -> None:
        """What was held back to be out of order comes now, behind what happened after it."""
        held = self._database.execute(
            "SELECT number FROM deliveries WHERE held AND state = ? ORDER BY place", (PENDING,)
        ).fetchall()
        for (number,) in held:
            self._database.execute(
                "UPDATE deliveries SET held = 0, due = min(due, ?),"
                " place = (SELECT max(place) + 1 FROM deliveries) WHERE number = ?",
                (now, number),
            )

    def next(self, now: float) -> Delivery | None:
        row = self._database.execute(
            "SELECT number, event, attempts FROM deliveries WHERE state = ? AND due <= ? ORDER BY place LIMIT 1",
            (PENDING, now),
        ).fetchone()
        if row is None:
            return None
        event = self._store.find("event", row[1])
        assert event is not None
        return Delivery(row[0], event, row[2])

    def next_due(self) -> float | None:
        found: float | None = self._database.execute(
            "SELECT min(due) FROM deliveries WHERE state = ?", (PENDING,)
        ).fetchone()[0]
        return found

    def delivered(self, delivery: Delivery, last: str) -> None:
        self._set(delivery, DELIVERED, 0, last)
        self._store.save({**delivery.event, "pending_webhooks": 0})

    def retry(self, delivery: Delivery, due: float, last: str) -> None:
        self._set(delivery, PENDING, due, last)

    def dead(self, delivery: Delivery, last: str) -> None:
        self._set(delivery, DEAD, 0, last)

    def _set(self, delivery: Delivery, state: str, due: float, last: str) -> None:
        self._database.execute(
            "UPDATE deliveries SET state = ?, due = ?, attempts = attempts + 1, last = ? WHERE number = ?",
            (state, due, last, delivery.number),
        )

    def newest(self, limit: int) -> list[dict[str, Any]]:
        """For the console and the dashboard."""
        rows = self._database.execute(
            "SELECT event, document, state, attempts, due, last FROM deliveries JOIN objects ON objects.id = event"
            " ORDER BY deliveries.number DESC LIMIT ?",
            (limit,),
        )
        return [
            {"event": event, "type": json.loads(document)["type"], "state": state, "attempts": attempts}
            | {"due": due if state == PENDING else None, "last": last}
            for event, document, state, attempts, due, last in rows
        ]
