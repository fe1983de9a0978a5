"""Payments for photos, beside what the disk lets PostgreSQL commit.

Ours is the earnings worker's own handler on the messages that EventBridge delivers, ten a batch: it locks the person,
looks among the last 200 photos for a near duplicate, counts the day's payments, writes the entry and tells open pages,
in one durable transaction with the message's id. The limit is pgbench in the same run, on the same durable database,
with as many clients: one row and one commit, nothing else. Once every photo is of another person, once all are of one,
whose payments have to wait for each other.

    make bench ARGS=ledger_postings
"""

import json
import random
import re
import subprocess
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg

from bench import measure
from bench.platform import Platform
from darkroom import db, events, messages
from darkroom.db import Tx
from infra.tools import scratch_postgres
from tests.factories.captures import arrived, device
from tests.factories.people import person

PAYMENTS = 2_000
CLIENTS = 4
BATCH = 10
PGBENCH_SECONDS = 5
BUDGET = 0.03  # of the commit limit, for photos of many people

_QUEUE = "arn:aws:sqs:us-east-1:000000000000:darkroom-bench-earnings"


def run(platform: Platform) -> bool:
    """Measure both kinds and the limit; every photo has one entry, and the last balance is the sum."""
    url = platform.environment["DATABASE_URL"]
    limit = _commits(url)
    rows = [["payments", "photos", "a second", "commits/s (pgbench)", "ratio"]]
    kept = True
    for label, people in (("of many people", PAYMENTS // 10), ("of one person", 1)):
        with db.transaction() as tx:
            captures = _photos(tx, people)
        rate = _pay([_batch(captures[start : start + BATCH]) for start in range(0, len(captures), BATCH)])
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


def _batch(captures: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """What Lambda hands to the worker."""
    several = [messages.new(events.PHOTO_CAPTURED, {**each, "image_id": each["capture_id"]}) for each in captures]
    return {
        "Records": [
            {
                "messageId": str(message.id),
                "receiptHandle": "",
                "body": json.dumps({"source": "darkroom", "detail": messages.to_document(message)}),
                "attributes": {"ApproximateReceiveCount": "1"},
                "eventSourceARN": _QUEUE,
            }
            for message in several
        ]
    }


def _pay(batches: list[dict[str, Any]]) -> float:
    """Payments a second, by workers of one connection each."""
    with ProcessPoolExecutor(CLIENTS, initializer=_awake) as workers:
        list(workers.map(_work, [{"Records": []}] * CLIENTS * 4))
        started = time.perf_counter()
        failed = sum(workers.map(_work, batches))
        seconds = time.perf_counter() - started
    if failed:
        raise RuntimeError(f"{failed} payments failed")
    return sum(len(batch["Records"]) for batch in batches) / seconds


def _awake() -> None:
    """A forked process must not use its parent's connection."""
    db.use(None)
    with db.reading() as tx:
        tx.value("SELECT 1")


def _work(batch: dict[str, Any]) -> int:
    from captures import earn

    return len(earn.handler(batch, None)["batchItemFailures"]) if batch["Records"] else 0


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


def _commits(url: str) -> float:
    """How many transactions of one small row the disk lets PostgreSQL commit each second."""
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute("CREATE TABLE IF NOT EXISTS commit_limit (at timestamptz)")
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as script:
        script.write("INSERT INTO commit_limit VALUES (now());\n")
        script.flush()
        command = [
            scratch_postgres.binary("pgbench"),
            *("--no-vacuum", "--client", str(CLIENTS), "--jobs", str(CLIENTS)),
            *("--time", str(PGBENCH_SECONDS), "--file", script.name, url),
        ]
        said = subprocess.run(command, capture_output=True, text=True, check=True, cwd=Path("/")).stdout
    found = re.search(r"tps = ([\d.]+)", said)
    assert found is not None, said
    return float(found[1])
