"""Each hour: photos that were in the trash for 30 days, uploads that nobody processed, and objects without a row go."""

from collections.abc import Callable
from typing import Any

from darkroom import db, log, storage
from darkroom.db import Tx
from galleries.queries import erasures
from galleries.service import images, uploads

_BATCH = 500
_READERS_MINUTES = 60
_TIME_TO_FINISH_MS = 20_000


def handler(event: dict[str, Any], context: Any) -> dict[str, int]:
    def has_time() -> bool:
        return context is None or context.get_remaining_time_in_millis() > _TIME_TO_FINISH_MS

    with log.context(function_request_id=getattr(context, "aws_request_id", None)):
        done = {
            "purged": _all(lambda tx: images.purge(tx, _BATCH), has_time),
            "abandoned": _all(lambda tx: uploads.forget_abandoned(tx, _BATCH), has_time),
            "erased": _erase(has_time),
        }
        log.info("galleries.tidied", **done)
    return done


def _all(sweep: Callable[[Tx], int], has_time: Callable[[], bool]) -> int:
    total = 0
    while has_time():
        with db.transaction() as tx:
            swept = sweep(tx)
        total += swept
        if not swept:
            break
    return total


def _erase(has_time: Callable[[], bool]) -> int:
    """Objects first, then their mention: killed in between, what is gone is asked for once more, which is no error."""
    total = 0
    while has_time():
        with db.reading() as tx:
            keys = erasures.due(tx, _READERS_MINUTES, _BATCH)
        if not keys:
            break
        storage.delete_many(keys)
        with db.transaction() as tx:
            erasures.strike(tx, keys)
        total += len(keys)
    return total
