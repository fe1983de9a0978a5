"""What administrators are shown: whether each part answers, how much waits, how restoring goes, which alarms ring."""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any, Literal, NamedTuple

from darkroom import clock
from darkroom.db import Tx
from operations import gauges, queries

State = Literal["ok", "degraded", "unknown"]

WINDOW = timedelta(hours=24)
STORAGE_WINDOW = timedelta(days=29)
HISTORY_PERIOD_SECONDS = 900

_OUTBOX_LATE_SECONDS = 150  # the relay runs each minute, and then tries again after longer pauses
_RELAY_LATE_SECONDS = 240
_NAMED_MAX = 5


class Check(NamedTuple):
    status: State
    detail: str


def look_around(tx: Tx) -> dict[str, Any]:
    """Every part with its state and a sentence. Why one cannot be reached stands in the log, not here."""
    checks = {"database": _database(tx), "outbox": _outbox(tx), "schedules": _schedules(tx)}
    asked: dict[str, Callable[[], Any]] = {
        "storage": gauges.storage_answers,
        "alarms": gauges.alarms,
        "queues": gauges.queues,
    }
    found = gauges.together(asked, gauges.WHOLE_SECONDS)
    checks |= _queues(found["queues"])
    checks["storage"] = (
        Check("ok", "The bucket answers.") if found["storage"] else Check("degraded", "The bucket does not answer.")
    )
    checks["alarms"] = _alarms(found["alarms"])
    is_degraded = any(check.status == "degraded" for check in checks.values())
    return {
        "status": "degraded" if is_degraded else "ok",
        "checks": {name: check._asdict() for name, check in checks.items()},
        "checked_at": clock.now(),
    }


def _database(tx: Tx) -> Check:
    started = time.perf_counter()
    queries.ping(tx)  # one that cannot be reached has refused this request already
    return Check("ok", f"PostgreSQL answers in {(time.perf_counter() - started) * 1000:.0f} ms.")


def _outbox(tx: Tx) -> Check:
    waiting = queries.outbox_waiting(tx)
    if not waiting.rows:
        return Check("ok", "All that was promised is sent.")
    words = f"{_several(waiting.rows, 'message')} to send, the oldest for {_long(waiting.oldest_seconds)}."
    return Check("degraded" if waiting.oldest_seconds > _OUTBOX_LATE_SECONDS else "ok", words)


def _schedules(tx: Tx) -> Check:
    last = queries.last_run(tx, "relay")
    if last is None:
        return Check("unknown", "No schedule has fired yet; the first does within a minute.")
    age = (clock.now() - last).total_seconds()
    words = f"The clock last fired {_long(max(0, age))} ago."
    return Check("degraded" if age > _RELAY_LATE_SECONDS else "ok", words)


def _queues(found: list[gauges.Queue] | None) -> dict[str, Check]:
    if found is None:
        away = Check("degraded", "SQS does not answer.")
        return {"queues": away, "dead_letters": Check("unknown", "SQS does not answer.")}
    silent = [queue.name for queue in found if queue.waiting is None]
    waiting = sum(queue.waiting or 0 for queue in found)
    queues = (
        Check("degraded", f"No answer from {_named(silent)}.")
        if silent
        else Check("ok", f"{_several(len(found), 'queue')} answer, {_several(waiting, 'message')} waiting.")
    )
    dead = [f"{queue.name} ({queue.dead})" for queue in found if queue.dead]
    unknown = [queue.name for queue in found if queue.dead is None]
    letters = Check("ok", "No message has failed for good.")
    if dead:
        letters = Check("degraded", f"Messages failed for good: {_named(dead)}.")
    elif unknown:
        letters = Check("unknown", f"No answer from the dead letters of {_named(unknown)}.")
    return {"queues": queues, "dead_letters": letters}


def _alarms(found: list[gauges.Alarm] | None) -> Check:
    if found is None:
        return Check("unknown", "CloudWatch does not answer.")
    ringing = [alarm.name for alarm in found if alarm.state == "ALARM"]
    if ringing:
        return Check("degraded", f"{_several(len(ringing), 'alarm')}: {_named(ringing)}.")
    return Check("ok", f"None of {_several(len(found), 'alarm')} rings.")


def measure(tx: Tx) -> dict[str, Any]:
    """As `/ops/metrics` answers. What could not be read is named in `unknown`."""
    window = queries.restorations(tx, clock.now() - WINDOW)
    asked: dict[str, Callable[[], Any]] = {"queues": gauges.queues, "alarms": gauges.alarms}
    found = gauges.together(asked, gauges.WHOLE_SECONDS)
    return {
        "queues": [queue._asdict() for queue in found["queues"] or ()],
        "restorations": {
            "processing_seconds": {"p50": window.p50_seconds, "p95": window.p95_seconds},
            "error_rate": window.failed / window.finished if window.finished else None,
            "finished": window.finished,
            "failed": window.failed,
            "waiting": window.waiting,
            "oldest_seconds": window.oldest_seconds,
            "window_seconds": int(WINDOW.total_seconds()),
        },
        "storage": {"bytes": queries.storage_bytes(tx)},
        "alarms": [alarm._asdict() for alarm in found["alarms"] or ()],
        "unknown": [name for name, value in found.items() if value is None],
        "measured_at": clock.now(),
    }


def look_back(tx: Tx) -> dict[str, Any]:
    now = clock.now()
    asked: dict[str, Callable[[], Any]] = {"queues": lambda: gauges.queue_history(WINDOW, HISTORY_PERIOD_SECONDS)}
    found = gauges.together(asked, gauges.WHOLE_SECONDS)["queues"]
    return {
        "hours": [hour._asdict() for hour in queries.restorations_by_hour(tx, now - WINDOW)],
        "storage": [day._asdict() for day in queries.storage_by_day(tx, now - STORAGE_WINDOW)],
        "queues": [
            {
                "name": name,
                "points": [
                    {"at": at, "waiting": waiting, "oldest_seconds": oldest} for at, (waiting, oldest) in points.items()
                ],
            }
            for name, points in (found or {}).items()
        ],
        "since": now - WINDOW,
        "period_seconds": HISTORY_PERIOD_SECONDS,
        "unknown": ["queues"] if found is None else [],
        "measured_at": now,
    }


def _several(number: int, what: str) -> str:
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"


def _named(names: list[str]) -> str:
    rest = len(names) - _NAMED_MAX
    return ", ".join(names[:_NAMED_MAX]) + (f" and {rest} more" if rest > 0 else "")


def _long(seconds: float) -> str:
    if seconds < 90:
        return _several(round(seconds), "second")
    if seconds < 90 * 60:
        return _several(round(seconds / 60), "minute")
    return _several(round(seconds / 3600), "hour")
