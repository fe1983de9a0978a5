"""Runs the targets of schedules now and tells how it went."""

import asyncio
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from infra.local import emulated_aws, schedule_context
from infra.local.environments import Environments


def named(known: Sequence[dict[str, Any]], name: str) -> list[dict[str, Any]]:
    """The schedules that a name means: the one of that name, and those of products that have one of their own
    (`cleanup` means `restorations-cleanup` too)."""
    exact = [row for row in known if row["schedule"] == name]
    others = [
        row for row in known if row not in exact and (row["name"] == name or row["schedule"].endswith(f"-{name}"))
    ]
    return exact + others


async def fire_all(schedules: Sequence[dict[str, Any]], environments: Environments, endpoint: str) -> dict[str, Any]:
    """The first one's answer, and those of the others under `also`; an error is told wherever it happened."""
    first, *also = [await fire(each, environments, endpoint) for each in schedules]
    if not also:
        return first
    return {**first, "error": next((each["error"] for each in (first, *also) if each["error"]), None), "also": also}


async def fire(schedule: dict[str, Any], environments: Environments, endpoint: str) -> dict[str, Any]:
    """A function is called and waited for; a queue gets its message, which is told. The time that it says is now."""
    target = schedule["target"]
    given: str = target.get("Input") or json.dumps({"source": "aws.scheduler", "detail-type": "Scheduled Event"})
    payload = schedule_context.fill(given, due=datetime.now(UTC), arn=schedule["arn"])
    if environments.knows(schedule["function"]):
        outcome = await environments.invoke(schedule["function"], payload.encode())
        return {"name": schedule["name"], "error": outcome.error, "result": _read(outcome.body)}
    if ":sqs:" in target.get("Arn", ""):
        await asyncio.to_thread(_send, endpoint, target["Arn"], payload)
        return {"name": schedule["name"], "error": None, "result": _read(payload.encode())}
    return {"name": schedule["name"], "error": "UnknownTarget", "result": target.get("Arn")}


def _read(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return body.decode(errors="replace")


def _send(endpoint: str, arn: str, body: str) -> None:
    sqs = emulated_aws.client("sqs", endpoint)
    url = sqs.get_queue_url(QueueName=arn.rsplit(":", 1)[-1])["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody=body)
