"""Each minute: what was left behind by a crash, a lost message or a lost webhook is taken up again."""

from collections.abc import Mapping
from typing import Any

from darkroom import log
from restorations import sweeping
from restorations.service import archives, refunds, rescue, uploads
from restorations.sweeping import Sweep

SWEEPS: Mapping[str, Sweep] = {
    "uploads": uploads.look_for_lost,
    "archives": archives.take_up,
    "restorations": rescue.take_up,
    "refunds": refunds.ask_again,
}
_BATCH = 50
_TIME_TO_FINISH_MS = 10_000


def handler(event: dict[str, Any], context: Any) -> dict[str, int]:
    with log.context(function_request_id=getattr(context, "aws_request_id", None)):
        done = sweeping.run(SWEEPS, _BATCH, context, _TIME_TO_FINISH_MS)
        log.info("restorations.watched", **done)
    return done
