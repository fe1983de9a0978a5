"""What AWS says about queues, alarms and storage: read at the same time, each by itself, so that one that is away hides
nothing of the others."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, Final, Literal, NamedTuple, TypeVar

from darkroom import aws, clock, log
from darkroom.settings import settings

Found = TypeVar("Found")
AlarmState = Literal["OK", "ALARM", "INSUFFICIENT_DATA"]

# Events and schedules that failed at every try wait in a dead-letter queue without a queue before it.
ONLY_DEAD: Final = frozenset({"invocations"})

_PATIENCE_SECONDS = 3
WHOLE_SECONDS: Final = 8  # of what asks for several things, one after the other
_AT_ONCE = 8
_MINUTES_BACK = 5  # CloudWatch is a minute or two behind
_COUNTS = {
    "waiting": "ApproximateNumberOfMessages",
    "in_flight": "ApproximateNumberOfMessagesNotVisible",
    "delayed": "ApproximateNumberOfMessagesDelayed",
}
_DESCRIPTION = re.compile(
    r"(?P<what>.*?)(?:\s*Action: (?P<action>[^.]+)\.)?(?:\s*Runbook: (?P<runbook>\S+))?\s*", re.DOTALL
)


class Queue(NamedTuple):
    """Counts are None when the queue could not be asked, the age when nobody knows it."""

    name: str
    waiting: int | None = None
    in_flight: int | None = None
    delayed: int | None = None
    oldest_seconds: float | None = None
    dead: int | None = None


class Alarm(NamedTuple):
    name: str
    state: AlarmState
    what: str
    action: str
    runbook: str
    since: datetime | None


class Point(NamedTuple):
    at: datetime
    value: float


@lru_cache(maxsize=1)
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="gauges")


def together(asked: Mapping[str, Callable[[], Found]], patience: float = _PATIENCE_SECONDS) -> dict[str, Found | None]:
    """Every answer by its name. What fails or does not come in time is None and stands in the log."""
    running: dict[str, Future[Found]] = {name: _threads().submit(ask) for name, ask in asked.items()}
    _done, late = wait(running.values(), timeout=patience)
    found: dict[str, Found | None] = {}
    for name, future in running.items():
        failure = TimeoutError() if future in late else future.exception()
        found[name] = None if failure else future.result()
        if failure:
            future.cancel()
            log.warning("gauges.unknown", gauge=name, error=type(failure).__name__, code=getattr(failure, "code", None))
    return found


def queue_names() -> list[str]:
    return settings().queues.split()


def queues() -> list[Queue]:
    """Every queue with what waits, what failed for good, and how long the oldest has waited."""
    names = queue_names()
    asked: dict[str, Callable[[], dict[str, int]]] = {f"{name}-dead": _counting(f"{name}-dead") for name in names}
    asked |= {name: _counting(name) for name in names if name not in ONLY_DEAD}
    counts = together(asked)
    busy = [name for name in names if sum((counts.get(name) or {}).values())]
    ages = together({"ages": lambda: oldest_seconds(busy)})["ages"] or {}
    return [_queue(name, counts, ages) for name in names]


def _counting(queue: str) -> Callable[[], dict[str, int]]:
    return lambda: count(queue)


def count(queue: str) -> dict[str, int]:
    body = {"QueueUrl": settings().queue_url(queue), "AttributeNames": list(_COUNTS.values())}
    attributes = aws.call("sqs", "AmazonSQS.GetQueueAttributes", body, attempts=1)["Attributes"]
    return {name: int(attributes[attribute]) for name, attribute in _COUNTS.items()}


def _queue(name: str, counts: Mapping[str, dict[str, int] | None], ages: Mapping[str, float]) -> Queue:
    dead = counts[f"{name}-dead"]
    dead_count = None if dead is None else sum(dead.values())
    if name in ONLY_DEAD:
        return Queue(name, 0, 0, 0, 0, dead_count)
    own = counts[name]
    if own is None:
        return Queue(name, dead=dead_count)
    # An empty queue has no oldest message: nothing has waited for any time.
    age = ages.get(name) if sum(own.values()) else 0
    return Queue(name, own["waiting"], own["in_flight"], own["delayed"], age, dead_count)


def oldest_seconds(names: Sequence[str]) -> dict[str, float]:
    """The age of each queue's oldest message, of those that CloudWatch knows."""
    if not names:
        return {}
    found = _metrics(
        {name: _of_queue(name, "ApproximateAgeOfOldestMessage", 60) for name in names}, timedelta(minutes=_MINUTES_BACK)
    )
    return {name: max(points).value for name, points in found.items() if points}


def queue_history(back: timedelta, period: int) -> dict[str, dict[datetime, tuple[float | None, float | None]]]:
    """By queue and moment: the most that waited, and the oldest age; without moments at which nothing was there."""
    names = [name for name in queue_names() if name not in ONLY_DEAD]
    asked = {f"{name} waiting": _of_queue(name, "ApproximateNumberOfMessagesVisible", period) for name in names}
    asked |= {f"{name} oldest": _of_queue(name, "ApproximateAgeOfOldestMessage", period) for name in names}
    found = _metrics(asked, back)
    history: dict[str, dict[datetime, tuple[float | None, float | None]]] = {}
    for name in names:
        waiting = dict(found[f"{name} waiting"])
        oldest = dict(found[f"{name} oldest"])
        moments = sorted(at for at in waiting.keys() | oldest.keys() if waiting.get(at) or oldest.get(at))
        if moments:
            history[name] = {at: (waiting.get(at), oldest.get(at)) for at in moments}
    return history


def _of_queue(name: str, metric: str, period: int) -> dict[str, Any]:
    prefix = settings().queue_url_prefix.rpartition("/")[2]
    return {
        "Metric": {
            "Namespace": "AWS/SQS",
            "MetricName": metric,
            "Dimensions": [{"Name": "QueueName", "Value": prefix + name}],
        },
        "Period": period,
        "Stat": "Maximum",
    }


def _metrics(asked: Mapping[str, dict[str, Any]], back: timedelta) -> dict[str, list[Point]]:
    """Points of each, oldest first."""
    names, now = list(asked), clock.now()
    body: dict[str, Any] = {
        "StartTime": int((now - back).timestamp()),
        "EndTime": int(now.timestamp()) + 60,
        "MetricDataQueries": [{"Id": f"m{at}", "MetricStat": asked[name]} for at, name in enumerate(names)],
    }
    points: dict[str, list[Point]] = {name: [] for name in names}
    for page in _pages("GetMetricData", body):
        for result in page["MetricDataResults"]:
            pairs = zip(result["Timestamps"], result["Values"], strict=True)
            points[names[int(result["Id"][1:])]] += [Point(_moment(at), value) for at, value in pairs]
    return {name: sorted(several) for name, several in points.items()}


def alarms() -> list[Alarm]:
    """Every alarm of this stage, those that ring first."""
    body = {"AlarmNamePrefix": f"darkroom-{settings().stage}-", "AlarmTypes": ["MetricAlarm"], "MaxRecords": 100}
    found = [_alarm(alarm) for page in _pages("DescribeAlarms", body) for alarm in page["MetricAlarms"]]
    order = ("ALARM", "INSUFFICIENT_DATA", "OK")
    return sorted(found, key=lambda alarm: (order.index(alarm.state), alarm.name))


def _alarm(document: Mapping[str, Any]) -> Alarm:
    said = _DESCRIPTION.fullmatch(document.get("AlarmDescription") or "")
    what, action, runbook = said.group("what", "action", "runbook") if said else ("", None, None)
    since = document.get("StateUpdatedTimestamp")
    return Alarm(
        document["AlarmName"],
        document["StateValue"],
        what,
        action or "investigate",
        runbook or "docs/runbooks.md",
        _moment(since) if since else None,
    )


def _pages(operation: str, body: Mapping[str, Any]) -> Iterable[dict[str, Any]]:
    following: dict[str, Any] = {}
    while True:
        page = aws.call("monitoring", f"GraniteServiceVersion20100801.{operation}", {**body, **following}, attempts=1)
        yield page
        if not page.get("NextToken"):
            return
        following = {"NextToken": page["NextToken"]}


def storage_answers() -> bool:
    """Whether the bucket lets itself be looked into. Nothing lies at this place."""
    aws.list_objects(settings().uploads_bucket, "operations/", "")
    return True


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
