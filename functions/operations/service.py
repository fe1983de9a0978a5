"""The rules of operations: what healthy means, and what is swept away each hour."""

from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Final, Literal

from darkroom import db, jobs, log, metrics, realtime, throttle
from darkroom.db import Tx
from operations import queries

BATCH: Final = 1_000
_OPENAPI: Final = Path(__file__).with_name("openapi.json")

# Each removes at most a batch and says how many rows that were; it is called again while there is more.
SWEEPS: Final[Mapping[str, Callable[[Tx], int]]] = {
    "sessions": lambda tx: queries.forget_sessions(tx, BATCH),
    "one_time_tokens": lambda tx: queries.forget_one_time_tokens(tx, BATCH),
    "opaque_tokens": lambda tx: queries.forget_opaque_tokens(tx, BATCH),
    "idempotency_keys": lambda tx: queries.forget_idempotency_keys(tx, BATCH),
    "processed_messages": lambda tx: queries.forget_processed_messages(tx, BATCH),
    "jobs": lambda tx: jobs.sweep(tx, limit=100),
    "throttles": throttle.sweep,
    "realtime": realtime.sweep,
}


def check(tx: Tx) -> dict[str, Literal["ok"]]:
    """Asks the database; one that cannot be reached is a 503 by itself."""
    queries.ping(tx)
    return {"database": "ok"}


@lru_cache(maxsize=1)
def openapi_document() -> bytes:
    """Every product's routes in one document, made by `make generate` and deployed with this function."""
    return _OPENAPI.read_bytes()


def clean_up(has_time: Callable[[], bool]) -> dict[str, int]:
    """Runs every sweep in small transactions, so that none holds locks for long; one that fails stops no other."""
    removed: dict[str, int] = {}
    failed: list[str] = []
    for name, sweep in SWEEPS.items():
        try:
            removed[name] = _sweep(sweep, has_time)
        except Exception as error:  # noqa: BLE001 - the others still have to run
            log.exception("cleanup.sweep_failed", error, sweep=name)
            failed.append(name)
    log.info("cleanup.done", removed=removed, failed=failed)
    if failed:
        raise RuntimeError(f"not everything was cleaned up: {', '.join(failed)}")
    return removed


def _sweep(sweep: Callable[[Tx], int], has_time: Callable[[], bool]) -> int:
    total = 0
    while has_time():
        with db.transaction() as tx:
            removed = sweep(tx)
        total += removed
        if not removed:
            break
    return total


def measure_outbox(tx: Tx) -> None:
    """Tells the alarms how much waits and for how long: a relay that fails is seen by what it leaves behind."""
    waiting = queries.outbox_waiting(tx)
    metrics.put("OutboxWaiting", waiting.rows)
    metrics.put("OutboxOldestSeconds", waiting.oldest_seconds, "Seconds")
