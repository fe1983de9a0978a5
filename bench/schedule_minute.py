"""A thousand devices whose schedules are due in the same minute, each message delivered twice.

The dispatch worker's own handler takes what EventBridge Scheduler puts into the queue, ten a batch and in any order, in
four processes on one durable database. Every device has an open socket, so that each capture is written, pushed to its
device's topic and handed on to the push queue, whose place a server takes that says yes to everything. In the end
there is one capture and one command for each device, and as many pushes. The limit is pgbench in the same run: one row
and one commit, nothing else.

    make bench ARGS=schedule_minute
"""

import random
from datetime import UTC, datetime
from uuid import UUID

from bench import commits, lambdas, measure, sqs
from bench.platform import Platform
from darkroom import auth, clock, db, ids
from darkroom.db import Tx
from tests.factories.captures import device
from tests.factories.people import person

DEVICES = 1_000
PEOPLE = 100
PROCESSES = 4
BUDGET_A_SECOND = 1_000 / 60  # or the next minute finds the last one's captures waiting


def run(platform: Platform) -> bool:
    """Dispatch them, and count what came of it."""
    url = platform.environment["DATABASE_URL"]
    limit = commits.a_second(url, PROCESSES)
    due_at = datetime.now(UTC).replace(second=0, microsecond=0)
    with db.transaction() as tx:
        schedules = _schedules(tx, due_at)
    bodies = [{"schedule_id": str(each), "due_at": clock.rfc3339(due_at)} for each in schedules] * 2
    random.Random(11).shuffle(bodies)
    with sqs.taker() as taken:
        rate = DEVICES / lambdas.seconds("captures.dispatch", lambdas.batches(bodies, "dispatches"), PROCESSES)
    rows = [
        ["one minute", "devices", "messages", "dispatched a second", "commits/s (pgbench)", "ratio"],
        [f"{PROCESSES} processes", f"{DEVICES:,}", f"{len(bodies):,}", f"{rate:,.0f}", f"{limit:,.0f}", ""],
    ]
    rows[1][-1] = f"{rate / limit:.3f}"
    print(measure.table(rows))
    lost, doubled = _counted(taken)
    print(f"\nlost: {lost}, doubled: {doubled}; budget: {BUDGET_A_SECOND:.0f} a second, none lost, none doubled")
    return rate >= BUDGET_A_SECOND and lost == doubled == 0


def _schedules(tx: Tx, due_at: datetime) -> list[UUID]:
    people = [person(tx) for _ in range(PEOPLE)]
    return [_schedule(tx, people[number % PEOPLE], due_at) for number in range(DEVICES)]


def _schedule(tx: Tx, user_id: UUID, due_at: datetime) -> UUID:
    """A device that listens on an open socket, and what it is to do each minute."""
    device_id, schedule_id, connection = device(tx, user_id), ids.new_id(), str(ids.new_id())
    topic = f"device:{device_id}"
    auth.issue_opaque(tx, "device", device_id)
    tx.execute("UPDATE devices SET last_seen_at = now() WHERE id = %s", (device_id,))
    tx.execute(
        "INSERT INTO realtime_connections (id, caller_kind, caller_id) VALUES (%s, 'device', %s)",
        (connection, device_id),
    )
    tx.execute("INSERT INTO realtime_topics (topic) VALUES (%s)", (topic,))
    tx.execute(
        """INSERT INTO realtime_subscriptions (topic, connection_id, last_sent, leased_until)
           VALUES (%s, %s, 0, now())""",
        (topic, connection),
    )
    tx.execute(
        """INSERT INTO schedules (id, user_id, device_id, name, expression, timezone, starts_at)
           VALUES (%s, %s, %s, 'Each minute', 'rate(1 minute)', 'UTC', %s - interval '1 hour')""",
        (schedule_id, user_id, device_id, due_at),
    )
    return schedule_id


def _counted(taken: list[int]) -> tuple[int, int]:
    """How many captures, commands and pushes are missing, and how many there are too many."""
    with db.reading() as tx:
        captures = tx.value("SELECT count(*) FROM captures WHERE status = 'dispatched'")
        commands = tx.value("SELECT count(*) FROM realtime_messages WHERE topic LIKE 'device:%'")
    found = (captures, commands, sum(taken))
    return sum(max(0, DEVICES - count) for count in found), sum(max(0, count - DEVICES) for count in found)
