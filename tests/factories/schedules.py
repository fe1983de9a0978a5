"""A person with a camera, and the Lambdas around their schedules."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from captures import api, reconcile, sync
from captures.service import schedules
from darkroom import clock, db, ids
from darkroom.db import Tx
from darkroom.messages import Message
from darkroom.settings import settings
from tests.api import Answer, Api
from tests.factories.callers import SignedIn, signed_in
from tests.fakes import queues
from tests.fakes.queues import Queues
from tests.fakes.scheduler import Scheduler

NOON = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0)
QUEUE = "schedules"
_ENVIRONMENT = {
    "QUEUE_ARN_PREFIX": "arn:aws:sqs:us-east-1:000000000000:darkroom-test-",
    "SCHEDULE_GROUP": "darkroom-test",
    "SCHEDULER_ROLE_ARN": "arn:aws:iam::000000000000:role/scheduler",
    "FAILED_INVOCATIONS_ARN": "arn:aws:sqs:us-east-1:000000000000:darkroom-test-invocations-dead",
}


def mine(environment: pytest.MonkeyPatch) -> "Schedules":
    """It is noon, and somebody has a camera."""
    for name, value in _ENVIRONMENT.items():
        environment.setenv(name, value)
    settings.cache_clear()
    clock.use(lambda: NOON)
    sqs, scheduler = Queues().install(environment), Scheduler().install(environment)
    with db.transaction() as tx:
        person = signed_in(tx)
        return Schedules(person, camera(tx, person.user_id), sqs, scheduler)


def camera(tx: Tx, user_id: UUID) -> UUID:
    device_id = ids.new_id()
    tx.execute(
        "INSERT INTO devices (id, user_id, name, paired_at) VALUES (%s, %s, 'Desk', now())", (device_id, user_id)
    )
    return device_id


class Schedules(Api):
    """One person's schedules of one camera."""

    def __init__(self, person: SignedIn, device_id: UUID, sqs: Queues, scheduler: Scheduler) -> None:
        super().__init__(api.handler)
        self.person = person
        self.device_id = device_id
        self.sqs = sqs
        self.scheduler = scheduler

    def call(self, method: str, path: str, json: Any = None, **options: Any) -> Answer:
        options.setdefault("token", self.person.token)
        return super().call(method, path, json, **options)

    def make(self, expression: str = "cron(0 9 * * ? *)", **more: Any) -> Answer:
        body = {"device_id": str(self.device_id), "name": "Desk", "expression": expression, "timezone": "UTC"}
        return self.post("/schedules", body | more)

    def made(self, expression: str = "cron(0 9 * * ? *)", **more: Any) -> dict[str, Any]:
        answer = self.make(expression, **more)
        assert answer.status == 201, answer.text
        schedule: dict[str, Any] = answer.json()
        return schedule

    def deliver(self) -> list[str]:
        """Everything that waits goes to the sync worker, in batches as SQS makes them; the ids that come back."""
        waiting = self.sqs.take(QUEUE)
        return [
            failed
            for start in range(0, len(waiting), 5)
            for failed in queues.failures(sync.handler(queues.event("schedules", *waiting[start : start + 5]), None))
        ]

    def reconcile(self) -> dict[str, int]:
        """A night: what it found, after everything that it sent was done."""
        found = reconcile.handler({}, None)
        assert self.deliver() == []
        return found

    def other(self) -> "Schedules":
        """Somebody else, with a camera of their own."""
        with db.transaction() as tx:
            person = signed_in(tx)
            return Schedules(person, camera(tx, person.user_id), self.sqs, self.scheduler)

    def revision(self) -> int:
        with db.reading() as tx:
            return int(tx.value("SELECT revision FROM devices WHERE id = %s", (self.device_id,)))

    def commands(self) -> list[dict[str, Any]]:
        """What the device was told on its topic, in order."""
        with db.reading() as tx:
            rows = tx.all(
                "SELECT type, data FROM realtime_messages WHERE topic = %s ORDER BY sequence",
                (f"device:{self.device_id}",),
            )
        assert all(row["type"] == "device.command" for row in rows)
        return [row["data"] for row in rows]

    def entry(self, schedule_id: str) -> dict[str, Any] | None:
        """What Scheduler has of a schedule."""
        return self.scheduler.schedules.get(f"capture-{schedule_id}")


def sync_of(schedule_id: UUID | str) -> Message:
    return schedules.sync_messages([UUID(str(schedule_id))])[0]
