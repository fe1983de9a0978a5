"""What CloudWatch knows of queues, and alarms that mean it, inside the emulator's process.

ministack's SQS tells CloudWatch nothing. Its alarms are evaluated when somebody puts a metric, over every metric of
that name whatever its dimensions, and tell no event bus. Here each queue that holds something is measured as SQS does
it, every few seconds and whenever somebody asks; an alarm looks at its own metric, minds what is missing, and a change
of its state is an event. Alarms of metric math stay as they are: the template does not deploy them here.
"""

import json
import logging
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

_TICK_SECONDS = 10.0
_FRESH_SECONDS = 0.5
_AFTERWARDS_SECONDS = 300  # a queue that became empty is said to be so for a while
_KEEP_SECONDS = 86_400
_MINUTE = 60
_RANG = "DarkroomRang"  # this clock, and nobody by hand, put the alarm into its state

_log = logging.getLogger("metrics")


class Depth(NamedTuple):
    visible: int
    in_flight: int
    oldest_seconds: float


def depth(messages: list[dict[str, Any]], now: float) -> Depth:
    """What waits and what is worked on. A message that is delayed does not wait yet."""
    visible = in_flight = 0
    oldest = now
    for message in messages:
        if message["visible_at"] <= now:
            visible += 1
        elif message["receive_count"]:
            in_flight += 1
        else:
            continue
        oldest = min(oldest, message["sent_at"])
    return Depth(visible, in_flight, now - oldest)


def breaches(alarm: dict[str, Any], values: list[float | None]) -> str | None:
    """The state that the newest periods say, or None when they say nothing. `values` are the newest first."""
    operators: dict[str, Callable[[float, float], bool]] = {
        "GreaterThanOrEqualToThreshold": lambda value, limit: value >= limit,
        "GreaterThanThreshold": lambda value, limit: value > limit,
        "LessThanThreshold": lambda value, limit: value < limit,
        "LessThanOrEqualToThreshold": lambda value, limit: value <= limit,
    }
    crosses = operators.get(alarm.get("ComparisonOperator", ""))
    missing = alarm.get("TreatMissingData") or "missing"
    if crosses is None:
        return None
    if all(value is None for value in values) and missing not in {"breaching", "notBreaching"}:
        return None
    limit = float(alarm.get("Threshold", 0))
    counted = [missing == "breaching" if value is None else crosses(value, limit) for value in values]
    needed = int(alarm.get("DatapointsToAlarm") or len(counted))
    return "ALARM" if sum(counted) >= needed else "OK"


class Watch:
    """Measures and judges; its parts are ministack's."""

    def __init__(self, cloudwatch: Any, sqs: Any, scope: Callable[[str, str], None]) -> None:
        self._cloudwatch = cloudwatch
        self._sqs = sqs
        self._scope = scope
        self._busy: dict[tuple[str, str, str], float] = {}  # when a queue last held something
        self._measured = 0.0
        self._lock = threading.Lock()

    def start(self) -> None:
        threading.Thread(target=self._run, daemon=True, name="metrics").start()

    def _run(self) -> None:
        while True:
            time.sleep(_TICK_SECONDS)
            try:
                self.measure()
                self.judge()
            except Exception:  # noqa: BLE001 - a bad moment must not end it
                _log.exception("the metrics stumbled")

    def measure(self) -> None:
        """Every queue that holds something, or did a moment ago."""
        with self._lock:
            now = time.time()
            if now - self._measured < _FRESH_SECONDS:
                return
            self._measured = now
            with self._sqs._queues_lock:  # noqa: SLF001
                found = [(key, depth(queue["messages"], now)) for key, queue in list(self._sqs._queues._data.items())]  # noqa: SLF001
            for (account, region, url), seen in found:
                key = (account, region, url)
                if seen.visible or seen.in_flight:
                    self._busy[key] = now
                elif now - self._busy.get(key, 0) > _AFTERWARDS_SECONDS:
                    continue
                self._scope(account, region)
                name = url.rpartition("/")[2]
                self._put(name, "ApproximateNumberOfMessagesVisible", seen.visible, "Count", now)
                self._put(name, "ApproximateNumberOfMessagesNotVisible", seen.in_flight, "Count", now)
                self._put(name, "ApproximateAgeOfOldestMessage", seen.oldest_seconds, "Seconds", now)

    def _put(self, queue: str, metric: str, value: float, unit: str, now: float) -> None:
        """One point a minute, the largest: a day of them is kept."""
        dimensions = {"QueueName": queue}
        key = ("AWS/SQS", metric, self._cloudwatch._dims_key(dimensions))  # noqa: SLF001
        points = self._cloudwatch._metric_bucket(key)  # noqa: SLF001
        newest = points[-1] if points else None
        if newest and newest["Timestamp"] // _MINUTE == now // _MINUTE:
            points[-1] = {**newest, "Timestamp": now, "Value": max(newest["Value"], float(value))}
            return
        while points and points[0]["Timestamp"] < now - _KEEP_SECONDS:
            del points[0]
        points.append({"Timestamp": now, "Value": float(value), "Unit": unit, "Dimensions": dimensions})

    def judge(self) -> None:
        for (account, region, _name), alarm in list(self._cloudwatch._alarms._data.items()):  # noqa: SLF001
            self._scope(account, region)
            self.look_at(alarm)

    def look_at(self, alarm: dict[str, Any]) -> None:
        """In the place of ministack's own evaluation."""
        if not alarm.get("MetricName"):
            return
        values = list(self._values(alarm, time.time()))
        state, before = breaches(alarm, values), alarm["StateValue"]
        if state is None or state == before:
            return
        is_known = any(value is not None for value in values)
        if not is_known and before == "ALARM" and not alarm.get(_RANG):
            return  # set by hand, and nothing says otherwise
        alarm["StateValue"], alarm[_RANG] = state, state == "ALARM"
        alarm["StateReason"] = f"{alarm['MetricName']}: {', '.join('none' if v is None else f'{v:g}' for v in values)}"
        alarm["StateUpdatedTimestamp"] = int(time.time())
        if before == "INSUFFICIENT_DATA" and state == "OK":
            return  # where every alarm begins
        self._cloudwatch._record_history(alarm["AlarmName"], before, state, alarm["StateReason"])  # noqa: SLF001
        self._cloudwatch._dispatch_alarm_actions(alarm, before, state, alarm["StateReason"])  # noqa: SLF001

    def _values(self, alarm: dict[str, Any], now: float) -> Iterator[float | None]:
        """One for each period, the newest first; None where there is no data."""
        cloudwatch = self._cloudwatch
        dimensions = cloudwatch._dims_from_list(alarm.get("Dimensions") or [])  # noqa: SLF001
        key = (alarm.get("Namespace"), alarm["MetricName"], cloudwatch._dims_key(dimensions))  # noqa: SLF001
        points = cloudwatch._metrics.get(key) or []  # noqa: SLF001
        statistic = alarm.get("ExtendedStatistic") or alarm.get("Statistic", "Average")
        period = int(alarm.get("Period") or _MINUTE)
        for back in range(int(alarm.get("EvaluationPeriods") or 1)):
            end = now - back * period
            of_period = [point for point in points if end - period < point["Timestamp"] <= end]
            stats = cloudwatch._calc_stats(of_period)  # noqa: SLF001
            yield cloudwatch._stat_value(stats, statistic, of_period) if of_period else None  # noqa: SLF001


def event_of(alarm: dict[str, Any], before: str, state: str, reason: str, at: str) -> dict[str, Any]:
    """What CloudWatch puts on the default bus when an alarm changes."""
    detail = {
        "alarmName": alarm.get("AlarmName", ""),
        "state": {"value": state, "reason": reason, "timestamp": at},
        "previousState": {"value": before},
    }
    return {
        "Source": "aws.cloudwatch",
        "DetailType": "CloudWatch Alarm State Change",
        "Resources": [alarm.get("AlarmArn", "")],
        "Detail": json.dumps(detail),
    }


def enliven() -> None:
    """Put these in the place of ministack's."""
    from ministack.core import responses
    from ministack.services import cloudwatch, eventbridge, sqs

    for owner, names in (
        (cloudwatch, "_evaluate_alarm _dispatch_alarm_actions _get_metric_data _dims_key _metric_bucket _calc_stats"),
        (cloudwatch, "_stat_value _record_history _dims_from_list _ts_iso _describe_alarms"),
        (eventbridge, "_put_events"),
    ):
        for name in names.split():
            assert callable(getattr(owner, name)), f"ministack has no {name}"

    def scope(account: str, region: str) -> None:
        responses.set_request_account_id(account)
        responses.set_request_region(region)

    watch = Watch(cloudwatch, sqs, scope)
    tell_sns, answer_metrics = cloudwatch._dispatch_alarm_actions, cloudwatch._get_metric_data  # noqa: SLF001

    def tell(alarm: dict[str, Any], before: str, state: str, reason: str) -> None:
        tell_sns(alarm, before, state, reason)
        event = event_of(alarm, before, state, reason, cloudwatch._ts_iso(time.time()))  # noqa: SLF001
        eventbridge._put_events({"Entries": [event]}, allow_aws_source=True)  # noqa: SLF001

    def measured(*arguments: Any, **options: Any) -> Any:
        account, region = responses.get_account_id(), responses.get_region()
        watch.measure()
        scope(account, region)
        return answer_metrics(*arguments, **options)

    cloudwatch._evaluate_alarm = watch.look_at  # noqa: SLF001
    cloudwatch._dispatch_alarm_actions = tell  # noqa: SLF001
    cloudwatch._get_metric_data = measured  # noqa: SLF001
    watch.start()
