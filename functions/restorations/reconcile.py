"""Each hour: what Stripe's webhooks lost is found by asking Stripe."""

from typing import Any

from darkroom import log
from restorations.service import reconciling

_TIME_TO_FINISH_MS = 20_000


def handler(event: dict[str, Any], context: Any) -> dict[str, int]:
    def has_time() -> bool:
        return context is None or context.get_remaining_time_in_millis() > _TIME_TO_FINISH_MS

    with log.context(function_request_id=getattr(context, "aws_request_id", None)):
        done = {
            "events": reconciling.take_lost_events(has_time),
            "pages": reconciling.look_at_open_pages(has_time),
        }
        if done["events"]:
            log.warning("restorations.webhooks_lost", events=done["events"])
        log.info("restorations.reconciled", **done)
    return done
