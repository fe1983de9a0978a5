"""A worker's Lambdas in processes of their own: each has one connection, and takes a batch at a time."""

import importlib
import json
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from typing import Any
from uuid import uuid4

from darkroom import db

BATCH = 10


def batches(bodies: Sequence[dict[str, Any]], queue: str) -> list[dict[str, Any]]:
    """What SQS hands to a function, ten messages at a time."""
    records = [
        {
            "messageId": str(uuid4()),
            "receiptHandle": "",
            "body": json.dumps(body),
            "attributes": {"ApproximateReceiveCount": "1"},
            "eventSourceARN": f"arn:aws:sqs:us-east-1:000000000000:darkroom-bench-{queue}",
        }
        for body in bodies
    ]
    return [{"Records": records[start : start + BATCH]} for start in range(0, len(records), BATCH)]


def seconds(module: str, events: Sequence[dict[str, Any]], processes: int) -> float:
    """How long so many processes take for all of them. None may fail."""
    with ProcessPoolExecutor(processes, initializer=_awake, initargs=(module,)) as pool:
        work = partial(_work, module)
        list(pool.map(work, [{"Records": []}] * processes * 4))  # all are up
        started = time.perf_counter()
        failed = sum(pool.map(work, events))
        took = time.perf_counter() - started
    if failed:
        raise RuntimeError(f"{failed} messages failed")
    return took


def _awake(module: str) -> None:
    """A forked process must not use its parent's connection."""
    db.use(None)
    importlib.import_module(module)
    with db.reading() as tx:
        tx.value("SELECT 1")


def _work(module: str, event: dict[str, Any]) -> int:
    if not event["Records"]:
        return 0
    return len(importlib.import_module(module).handler(event, None)["batchItemFailures"])
