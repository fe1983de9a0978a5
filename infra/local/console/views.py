"""What the console shows, gathered from where it is kept: the emulator, Postgres, the mailbox."""

import json
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from infra.local import emulated_aws, loopback
from infra.local.deployed import Deployed
from infra.local.emulated_aws import WINDOW
from infra.tools import redrive as dead_letters

_JOBS_SHOWN = 100


def rfc3339(seconds: float | None) -> str | None:
    if seconds is None:
        return None
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


async def fetch(endpoint: str, path: str) -> Any:
    async with loopback.client() as client:
        answer = await client.get(endpoint + path, timeout=10)
        answer.raise_for_status()
        return answer.json()


class Names:
    """Short names for what the template deploys under long ones."""

    def __init__(self, deployed: Deployed) -> None:
        self._short = {}
        prefixes = set()
        for function in deployed.functions:
            self._short[function.name] = function.handler.split(".")[-2]
            prefixes.add(function.environment.get("QUEUE_URL_PREFIX", "").rpartition("/")[2])
        for queue in deployed.queues:
            for prefix in filter(queue.name.startswith, prefixes - {""}):
                self._short[queue.name] = queue.name.removeprefix(prefix)

    def short(self, name: str) -> str:
        return self._short.get(name, name)


async def queues(endpoint: str, deployed: Deployed, names: Names) -> list[dict[str, Any]]:
    """Each queue with its counts; dead letters are counted with the queue they came from."""
    messages = await _messages(endpoint)
    dead_letter_arns = {queue.dead_letter_arn for queue in deployed.queues}
    by_arn = {queue.arn: queue for queue in deployed.queues}
    shown = []
    for queue in deployed.queues:
        if queue.arn in dead_letter_arns:
            continue
        own = messages.get(queue.name, [])
        in_flight = sum(1 for message in own if not message["IsVisible"] and message["ReceiveCount"])
        dead = by_arn.get(queue.dead_letter_arn or "")
        shown.append(
            {
                "name": names.short(queue.name),
                "waiting": len(own) - in_flight,
                "in_flight": in_flight,
                "dead": len(messages.get(dead.name, [])) if dead else 0,
            }
        )
    return sorted(shown, key=lambda row: str(row["name"]))


async def queue_messages(endpoint: str, deployed: Deployed, names: Names, name: str) -> dict[str, Any] | None:
    queue = next((queue for queue in deployed.queues if name in (queue.name, names.short(queue.name))), None)
    if queue is None:
        return None
    messages = await _messages(endpoint)
    dead = next((other.name for other in deployed.queues if other.arn == queue.dead_letter_arn), "")
    return {
        "name": names.short(queue.name),
        "messages": [_shown(message) for message in messages.get(queue.name, [])],
        "dead": [_shown(message) for message in messages.get(dead, [])],
    }


def redrive(endpoint: str, deployed: Deployed, names: Names, name: str) -> int | None:
    """Send a queue's dead letters back to it, by the command that does so on AWS. None for no such queue."""
    queue = next((queue for queue in deployed.queues if name in (queue.name, names.short(queue.name))), None)
    if queue is None or queue.dead_letter_arn is None:
        return None
    return dead_letters.redrive(emulated_aws.client("sqs", endpoint), queue.url)


async def _messages(endpoint: str) -> dict[str, list[dict[str, Any]]]:
    """Every message of every queue, looked at without being received."""
    document = await fetch(endpoint, "/_ministack/sqs/messages")
    return {
        url.rsplit("/", 1)[-1]: messages
        for regions in document["messages"].values()
        for urls in regions.values()
        for url, messages in urls.items()
    }


def _shown(message: dict[str, Any]) -> dict[str, Any]:
    try:
        body = json.loads(message["Body"])
    except ValueError:
        body = message["Body"]
    return {
        "id": message["MessageId"],
        "sent_at": rfc3339(message["SentTimestamp"]),
        "visible_at": rfc3339(message["VisibleAt"]),
        "received": message["ReceiveCount"],
        "body": body,
    }


async def events(endpoint: str) -> list[dict[str, Any]]:
    """What was put on the bus, newest first."""
    found = await fetch(endpoint, WINDOW + "events")
    return [_event(event) for event in sorted(found, key=lambda event: event["Time"], reverse=True)]


def _event(event: dict[str, Any]) -> dict[str, Any]:
    try:
        detail = json.loads(event["Detail"])
    except ValueError:
        detail = event["Detail"]
    return {"type": event["DetailType"], "at": rfc3339(event["Time"]), "detail": detail, "source": event["Source"]}


async def schedules(endpoint: str, names: Names) -> list[dict[str, Any]]:
    """Every schedule."""
    found = await fetch(endpoint, WINDOW + "schedules")
    return told_apart([_schedule(row, names) for row in found])


def told_apart(schedules: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """One that runs a function of its own goes by that function's name, unless others would go by the same: then each
    goes by its own."""
    often = Counter(row["name"] for row in schedules)
    named = [{**row, "name": row["schedule"] if often[row["name"]] > 1 else row["name"]} for row in schedules]
    return sorted(named, key=lambda row: str(row["name"]))


def _schedule(row: dict[str, Any], names: Names) -> dict[str, Any]:
    function = row["target"].get("Arn", "").rpartition(":function:")[2].partition(":")[0]
    own = bool(function) and not row["target"].get("Input")
    return {
        "name": names.short(function) if own else row["name"],
        "expression": row["expression"],
        "timezone": row["timezone"],
        "next_at": rfc3339(row["next_at"]) if row["enabled"] else None,
        "enabled": row["enabled"],
        "schedule": row["name"],
        "arn": row["arn"],
        "group": row["group"],
        "function": function,
        "target": row["target"],
    }


def alarms(endpoint: str) -> list[dict[str, Any]]:
    found = emulated_aws.client("cloudwatch", endpoint).describe_alarms().get("MetricAlarms", [])
    return [{"name": a["AlarmName"], "state": a["StateValue"], "reason": a.get("StateReason", "")} for a in found]


def jobs(database: str) -> list[dict[str, Any]]:
    import psycopg
    from psycopg.rows import dict_row

    statement = """
        SELECT id, user_id, kind, status, stage, done, total, error_message, created_at, completed_at
        FROM jobs ORDER BY created_at DESC LIMIT %s
    """
    with psycopg.connect(database, autocommit=True) as connection:
        rows: Iterable[dict[str, Any]] = connection.cursor(row_factory=dict_row).execute(statement, (_JOBS_SHOWN,))
        return list(rows)
