"""Warm requests through the Lambda handler with Postgres: rate, tail, and how often the database is asked.

The peer is the same two statements on the same connection with nothing around them: the floor that any framework
stands on. One statement of each request is the token check.

    make bench ARGS=warm_requests
"""

import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, Self

import psycopg

from bench import measure
from bench.platform import Platform, event
from darkroom import db

REQUESTS = 3_000
PATHS = ("/api/v1/users/me", "/api/v1/users/me/stats")
CONTEXT = SimpleNamespace(aws_request_id="bench", get_remaining_time_in_millis=lambda: 30_000)


class Statements:
    """Every statement that reaches the database, in order."""

    def __init__(self) -> None:
        self.seen: list[tuple[Any, Any]] = []

    def __enter__(self) -> Self:
        self._execute = psycopg.Cursor.execute
        original, seen = self._execute, self.seen

        def execute(cursor: Any, query: Any, params: Any = None, **options: Any) -> Any:
            seen.append((query, params))
            return original(cursor, query, params, **options)

        psycopg.Cursor.execute = execute  # type: ignore[method-assign, assignment]
        return self

    def __exit__(self, *_: object) -> None:
        psycopg.Cursor.execute = self._execute  # type: ignore[method-assign]


def run(platform: Platform) -> bool:
    """Measure each path; whether each asked the database once beside the token check."""
    from accounts.api import handler

    token = platform.sign_in().token
    rows = [["warm request", "statements", "requests/s", "p50", "p99", "floor/s", "share of floor"]]
    kept = True
    for path in PATHS:
        request = event("GET", path, token=token)
        if handler(request, CONTEXT)["statusCode"] != 200:
            raise RuntimeError(f"{path} did not answer 200")
        with Statements() as statements:
            handler(request, CONTEXT)
        asked = statements.seen
        kept = kept and len(asked) == 2
        ours = _times(lambda r=request: handler(r, CONTEXT))  # type: ignore[misc]
        floor = _times(lambda a=asked: _ask(a))  # type: ignore[misc]
        rate, floor_rate = len(ours) / sum(ours), len(floor) / sum(floor)
        rows.append(
            [
                path,
                str(len(asked)),
                f"{rate:,.0f}",
                f"{measure.percentile(ours, 0.5) * 1000:.2f} ms",
                f"{measure.percentile(ours, 0.99) * 1000:.2f} ms",
                f"{floor_rate:,.0f}",
                f"{rate / floor_rate:.2f}",
            ]
        )
    print(measure.table(rows))
    return kept


def _ask(statements: list[tuple[Any, Any]]) -> None:
    for query, params in statements:
        db.connection().execute(query, params).fetchall()


def _times(work: Callable[[], object]) -> list[float]:
    for _ in range(REQUESTS // 10):
        work()
    times = []
    for _ in range(REQUESTS):
        started = time.perf_counter()
        work()
        times.append(time.perf_counter() - started)
    return times
