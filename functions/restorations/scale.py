"""Gives a queue more workers while its alarm rings, and takes them back when it is over.

What an event says is only a reason to look: the alarms are asked how they stand now, so that events may come late,
twice or in any order. How many workers there may be at most stands in the template.
"""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from darkroom import aws, clients, log
from darkroom.settings import settings

_KINDS = ("age", "depth")


class Bounds(NamedTuple):
    source: str
    usual: int
    most: int


def handler(event: dict[str, Any], context: Any) -> dict[str, int]:
    """How many workers each queue has now."""
    with log.context(function_request_id=getattr(context, "aws_request_id", None)):
        queues = {name: Bounds(**given) for name, given in json.loads(settings().scaling).items()}
        ringing = _ringing(queues)
        return {
            name: _set(name, bounds, bounds.most if name in ringing else bounds.usual)
            for name, bounds in queues.items()
        }


def _ringing(queues: Mapping[str, Bounds]) -> set[str]:
    """The queues with an alarm that rings."""
    names = {f"darkroom-{settings().stage}-{queue}-{kind}": queue for queue in queues for kind in _KINDS}
    body = {"AlarmNames": list(names), "StateValue": "ALARM"}
    found = aws.call("monitoring", "GraniteServiceVersion20100801.DescribeAlarms", body)["MetricAlarms"]
    return {names[alarm["AlarmName"]] for alarm in found}


def _set(queue: str, bounds: Bounds, wanted: int) -> int:
    functions = clients.functions()
    now = functions.get_event_source_mapping(UUID=bounds.source).get("ScalingConfig", {}).get("MaximumConcurrency")
    if now != wanted:
        functions.update_event_source_mapping(UUID=bounds.source, ScalingConfig={"MaximumConcurrency": wanted})
        log.warning("restorations.scaled", queue=queue, before=now, now=wanted)
    return wanted
