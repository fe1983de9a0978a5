"""Gives a queue more workers while its alarm rings, and takes them back when it is over.

The event says which alarm has changed; how it stands is asked now, so that events may come late, twice or in any order.
How many workers there may be at most stands in the template.
"""

import json
from typing import Any, NamedTuple

from darkroom import aws, clients, log
from darkroom.settings import settings

_KINDS = ("age", "depth")


class Bounds(NamedTuple):
    source: str
    usual: int
    most: int


def handler(event: dict[str, Any], context: Any) -> dict[str, int]:
    """How many workers the queue may have now."""
    with log.context(function_request_id=getattr(context, "aws_request_id", None)):
        queue = event["detail"]["alarmName"].removeprefix(f"darkroom-{settings().stage}-").rpartition("-")[0]
        bounds = Bounds(**json.loads(settings().scaling)[queue])
        wanted = bounds.most if _rings(queue) else bounds.usual
        change = {"MaximumConcurrency": wanted}
        clients.functions().update_event_source_mapping(UUID=bounds.source, ScalingConfig=change)
        log.warning("restorations.scaled", queue=queue, workers=wanted)
    return {queue: wanted}


def _rings(queue: str) -> bool:
    names = [f"darkroom-{settings().stage}-{queue}-{kind}" for kind in _KINDS]
    body = {"AlarmNames": names, "StateValue": "ALARM"}
    return bool(aws.call("monitoring", "GraniteServiceVersion20100801.DescribeAlarms", body)["MetricAlarms"])
