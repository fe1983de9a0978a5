"""Payments for photos, beside what the disk lets PostgreSQL commit.

Ours is the earnings worker's own handler on the messages that EventBridge delivers, ten a batch: it locks the person,
looks among the last 200 photos for a near duplicate, counts the day's payments, writes the entry and tells open pages,
in one durable transaction with the message's id. The limit is pgbench in the same run, on the same durable database,
with as many clients: one row and one commit, nothing else. Once every photo is of another person, once all are of one,
whose payments have to wait for each other.

    make bench ARGS=ledger_postings
"""

import random
from typing import Any
from uuid import UUID

import psycopg

from bench import commits, lambdas, measure
from bench.platform import Platform
from darkroom import db, events, messages
from darkroom.db import Tx
from tests.factories.captures import arrived, device
from tests.factories.people import person

PAYMENTS = 2_000
CLIENTS = 4
BUDGET = 0.03  # of the commit limit, for photos of many people


def run(platform: Platform) -> bool:
    """Measure both kinds and the limit; every photo has one entry, and the last balance is the sum."""
    url = platform.environment["DATABASE_URL"]
    limit = commits.a_second(url, CLIENTS)
    rows = [["payments", "photos", "a second", "commits/s (pgbench)", "ratio"]]
    kept = True
    for label, people in (("of many people", PAYMENTS // 10), ("of one person", 1)):
        with db.transaction() as tx:
            captures = _photos(tx, people)
        work = lambdas.batches([_event(capture) for capture in captures], "earnings")
        rate = len(captures) / lambdas.seconds("captures.earn", work, CLIENTS)
        kept &= _is_right(url, captures) and (people == 1 or rate / limit >= BUDGET)
        rows.append([label, f"{len(captures):,}", f"{rate:,.0f}", f"{limit:,.0f}", f"{rate / limit:.2f}"])
    print(measure.table(rows))
    print(f"\n{CLIENTS} clients; budget: {BUDGET} of the limit for many people")
    return kept


def _photos(tx: Tx, people: int) -> list[dict[str, Any]]:
    chance = random.Random(5)  # hashes of chance are far from each other
    owners = [(user_id, device(tx, user_id)) for user_id in (person(tx) for _ in range(people))]
    made = [
        {"user_id": user_id, "device_id": camera, "capture_id": arrived(tx, user_id, camera, _hash(chance))}
        for user_id, camera in (owners[number % people] for number in range(PAYMENTS))
    ]
    tx.execute("ANALYZE captures")
    return made


def _hash(chance: random.Random) -> int:
    return chance.getrandbits(64) - 2**63


def _event(capture: dict[str, Any]) -> dict[str, Any]:
    """What EventBridge puts into the queue."""
    message = messages.new(events.PHOTO_CAPTURED, {**capture, "image_id": capture["capture_id"]})
    return {"source": "darkroom", "detail": messages.to_document(message)}


def _is_right(url: str, captures: list[dict[str, Any]]) -> bool:
    ids: list[UUID] = [each["capture_id"] for each in captures]
    with psycopg.connect(url) as conn:
        entries, wrong = conn.execute(
            """SELECT count(*), count(*) FILTER (WHERE balance_after_cents <> running)
                 FROM (SELECT reference, balance_after_cents,
                              sum(amount_cents) OVER (PARTITION BY user_id ORDER BY id) AS running
                         FROM ledger_entries) AS entry
                WHERE reference = ANY(%s)""",
            ([str(each) for each in ids],),
        ).fetchone() or (0, 0)
    return bool(entries == len(ids) and wrong == 0)
