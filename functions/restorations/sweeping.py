"""Works sweeps off: each in batches, a transaction a batch, until nothing is left or the time is over."""

from collections.abc import Callable, Mapping
from typing import Any

from darkroom import db, log
from darkroom.db import Tx

Sweep = Callable[[Tx, int], int]
"""Does a batch of at most so many, and says how many there were. It may commit in between."""


class SweepsFailed(Exception):
    """Some sweeps did not end; the others did."""


def run(sweeps: Mapping[str, Sweep], batch: int, context: Any, time_to_finish_ms: int) -> dict[str, int]:
    """How many each has done. One that fails does not keep the others from their work, and is raised in the end."""

    def has_time() -> bool:
        return context is None or context.get_remaining_time_in_millis() > time_to_finish_ms

    done, failed = {}, []
    for name, sweep in sweeps.items():
        try:
            done[name] = _all(sweep, batch, has_time)
        except Exception as error:  # noqa: BLE001 - raised below
            log.exception("restorations.sweep_failed", error, sweep=name)
            failed.append(name)
    if failed:
        raise SweepsFailed(", ".join(failed))
    return done


def _all(sweep: Sweep, batch: int, has_time: Callable[[], bool]) -> int:
    total = 0
    while has_time():
        with db.transaction() as tx:
            swept = sweep(tx, batch)
        total += swept
        if swept < batch:
            break
    return total
