"""Each hour: forget what is over, and end jobs that nobody works on any more."""

from typing import Any

from darkroom import log
from operations import service

_TIME_TO_FINISH_MS = 20_000


def handler(event: dict[str, Any], context: Any) -> dict[str, int]:
    with log.context(function_request_id=getattr(context, "aws_request_id", None)):
        return service.clean_up(lambda: context is None or context.get_remaining_time_in_millis() > _TIME_TO_FINISH_MS)
