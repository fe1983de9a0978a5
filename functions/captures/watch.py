"""Each minute: devices that fell silent are told of, captures that nobody came for expire, old codes are forgotten."""

from collections.abc import Callable
from typing import Any

from captures.service import captures, heartbeats, pairing
from darkroom import db, log
from darkroom.db import Tx

_BATCH = 200


def handler(event: dict[str, Any], context: Any) -> dict[str, int]:
    with log.context(function_request_id=getattr(context, "aws_request_id", None)):
        done = {
            "away": _all(heartbeats.tell_of_silent),
            "expired": _all(captures.expire),
            "codes": _all(pairing.forget_codes),
        }
        log.info("captures.watched", **done)
    return done


def _all(sweep: Callable[[Tx, int], int]) -> int:
    total = 0
    while True:
        with db.transaction() as tx:
            swept = sweep(tx, _BATCH)
        total += swept
        if swept < _BATCH:
            return total
