"""Each minute: what was left behind by a crash, a lost message or a lost webhook is taken up again."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from darkroom import db, log
from darkroom.db import Tx
from restorations.service import rescue

# Each takes up so many at most and tells how many there were.
SWEEPS: Final[Mapping[str, Callable[[Tx, int], int]]] = {
    "restorations": rescue.take_up,
}
_BATCH: Final = 50


def handler(event: dict[str, Any], context: Any) -> dict[str, int]:
    with log.context(function_request_id=getattr(context, "aws_request_id", None)):
        done = {name: _all(sweep) for name, sweep in SWEEPS.items()}
        log.info("restorations.watched", **done)
    return done


def _all(sweep: Callable[[Tx, int], int]) -> int:
    total = 0
    while True:
        with db.transaction() as tx:
            swept = sweep(tx, _BATCH)
        total += swept
        if swept < _BATCH:
            return total
