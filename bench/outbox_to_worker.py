"""Outbox to worker, end to end, beside a Postgres job queue library on the same durable database.

Ours: a transaction for each message writes the outbox row, sends it to SQS after the commit and removes the row; a
worker receives batches, and each message is a transaction that also remembers its id. SQS is the emulator of the
local stack, which is Python and shares the machine's cores; the peer has nothing between it and the database. Lambda's
own polling is left out of both.

    make bench ARGS=outbox_to_worker
"""

import os
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import boto3
import psycopg
from procrastinate.types import JSONValue

from bench import measure
from bench.peers import job_queue
from bench.platform import Platform
from bench.queue_worker import NAME
from darkroom import db, ids, messages, outbox
from darkroom.settings import settings

MESSAGES = 1_500
PER_TRANSACTION = (1, 10)
ROOT = Path(__file__).parent.parent
_PORT = 45_871
_PATIENCE_SECONDS = 240


def run(platform: Platform) -> bool:
    """Measure both in turn; nothing may be lost and nothing done twice."""
    url = platform.environment["DATABASE_URL"]
    job_queue.install(url)
    rows = [["end to end", "messages", "messages/s", "peer/s", "ratio"]]
    with _emulator() as endpoint:
        os.environ |= {"AWS_ENDPOINT_URL": endpoint}
        sqs = boto3.client("sqs", endpoint_url=endpoint, region_name="us-east-1")
        os.environ["QUEUE_URL_PREFIX"] = sqs.create_queue(QueueName="bench")["QueueUrl"].removesuffix("bench")
        settings.cache_clear()
        environment = {**os.environ, **platform.environment}
        for size in PER_TRANSACTION:
            ours = _rate(url, environment, "bench.queue_worker", lambda s=size: _send_ours(s))  # type: ignore[misc]
            peer = _rate(url, environment, "bench.peers.job_queue", lambda s=size: _send_peer(s))  # type: ignore[misc]
            label = "a transaction each" if size == 1 else f"{size} a transaction"
            rows.append([label, f"{MESSAGES:,}", f"{ours:,.0f}", f"{peer:,.0f}", f"{ours / peer:.2f}"])
    print(measure.table(rows))
    with psycopg.connect(url) as conn:
        (left,) = conn.execute("SELECT count(*) FROM outbox").fetchone() or (-1,)
    return bool(left == 0)


def _send_ours(size: int) -> None:
    for _ in range(MESSAGES // size):
        with db.transaction() as tx:
            outbox.send_many(tx, "bench", [messages.new(NAME) for _ in range(size)])


def _send_peer(size: int) -> None:
    app = job_queue.producer()
    with app.open():
        task = app.configure_task(name="bench_done", allow_unknown=True)
        for _ in range(MESSAGES // size):
            if size == 1:
                task.defer(message_id=str(ids.new_id()))
            else:
                task.batch_defer(*[dict[str, JSONValue](message_id=str(ids.new_id())) for _ in range(size)])


def _rate(url: str, environment: dict[str, str], worker: str, send: Callable[[], None]) -> float:
    """Messages a second from the first send to the last effect, sender and worker at work together."""
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute("TRUNCATE bench_done")
        with subprocess.Popen(
            [sys.executable, "-m", worker, "worker"], env=environment, cwd=ROOT, stderr=subprocess.DEVNULL
        ) as process:
            try:
                time.sleep(2)  # both workers are up and waiting
                started = time.perf_counter()
                send()
                done = 0
                while done < MESSAGES:
                    if time.perf_counter() - started > _PATIENCE_SECONDS:
                        raise RuntimeError(f"{worker}: {done} of {MESSAGES} after {_PATIENCE_SECONDS} s")
                    time.sleep(0.01)
                    (done,) = conn.execute("SELECT count(*) FROM bench_done").fetchone() or (0,)
                return MESSAGES / (time.perf_counter() - started)
            finally:
                process.terminate()


@contextmanager
def _emulator() -> Iterator[str]:
    with tempfile.TemporaryDirectory() as folder:
        environment = {
            **os.environ,
            "BIND_HOST": "127.0.0.1",
            "GATEWAY_PORT": str(_PORT),
            "STATE_DIR": folder,
            "S3_DATA_DIR": folder,
            "LOG_LEVEL": "ERROR",
        }
        endpoint = f"http://127.0.0.1:{_PORT}"
        with subprocess.Popen(
            [sys.executable, "-m", "ministack"], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ) as process:
            try:
                _wait_for(endpoint)
                yield endpoint
            finally:
                process.terminate()


def _wait_for(endpoint: str) -> None:
    for _ in range(300):
        try:
            urllib.request.urlopen(f"{endpoint}/_ministack/health", timeout=1).close()
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("the emulator did not come up")
