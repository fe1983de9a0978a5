"""The outbox's peer: procrastinate, a job queue that lives in Postgres alone. Same database, same kind of work.

python -m bench.peers.job_queue worker     # run jobs until ended
"""

import os
import sys

import psycopg
from procrastinate import App, PsycopgConnector, SyncPsycopgConnector

CONCURRENCY = 4


def producer() -> App:
    """An app that defers, one connection."""
    return App(connector=SyncPsycopgConnector(conninfo=os.environ["DATABASE_URL"], min_size=1, max_size=1))


def install(url: str) -> None:
    """The library's tables and the table that counts."""
    app = producer()
    with app.open():
        app.schema_manager.apply_schema()
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute("CREATE TABLE bench_done (message_id uuid PRIMARY KEY)")


def worker() -> None:
    """Each job writes its id, as the worker of our queue does."""
    app = App(connector=PsycopgConnector(conninfo=os.environ["DATABASE_URL"], min_size=1, max_size=CONCURRENCY + 1))
    kept = psycopg.connect(os.environ["DATABASE_URL"], autocommit=True)

    @app.task(name="bench_done")
    async def bench_done(message_id: str) -> None:
        kept.execute("INSERT INTO bench_done VALUES (%s) ON CONFLICT DO NOTHING", (message_id,))

    app.run_worker(concurrency=CONCURRENCY, install_signal_handlers=True)


if __name__ == "__main__" and sys.argv[1:] == ["worker"]:
    worker()
