"""Each hour: sessions that ended, links and ZIPs that are over, and what tries have left in storage."""

from collections.abc import Mapping
from typing import Any

from darkroom import log
from restorations import sweeping
from restorations.queries import links
from restorations.service import archives, reconciling, uploads
from restorations.sweeping import Sweep

# In this order: an order that is given up first lets go of its session's photos.
SWEEPS: Mapping[str, Sweep] = {
    "unpaid": reconciling.give_up_unpaid,
    "sessions": uploads.forget_over,
    "links": links.forget_expired,
    "archives": archives.forget_over,
    "results": archives.forget_results,
    "events": reconciling.forget_events,
}
_BATCH = 50
_TIME_TO_FINISH_MS = 20_000


def handler(event: dict[str, Any], context: Any) -> dict[str, int]:
    with log.context(function_request_id=getattr(context, "aws_request_id", None)):
        done = sweeping.run(SWEEPS, _BATCH, context, _TIME_TO_FINISH_MS)
        log.info("restorations.cleaned_up", **done)
    return done
