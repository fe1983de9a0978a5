"""Runs a schedule's target now and tells how it went."""

import asyncio
import json
from datetime import UTC, datetime
from typing import Any

from infra.local import emulated_aws, schedule_context
from infra.local.environments import Environments


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
