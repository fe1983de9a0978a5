"""EventBridge Scheduler's clock, inside the emulator's process.

ministack's own looks every ten seconds, reads every expression as UTC, knows neither start nor end nor L, W and #, and
forgets at a restart what it has fired. Here expressions are read as the platform reads them (captures.recurrence),
every second, and a one-time schedule that has fired remembers it. What a schedule's target gets is ministack's own
doing, with the context attributes that Scheduler fills in (schedule_context.py).
"""

import json
import logging
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from http import HTTPStatus
from typing import Any

from captures.recurrence import BadExpression, Recurrence, parse

_TICK_SECONDS = 1.0
_LAST_FIRED = "DarkroomLastFired"
_CATCHES_UP = timedelta(minutes=1)  # a machine that slept fires once when it wakes, not once for each minute
_log = logging.getLogger("schedules")

_PAGE = 100
_NO_END = 1_000_000

Listing = Callable[[dict[str, Any]], tuple[int, dict[str, str], bytes]]
Fire = Callable[[tuple[str, str, str], dict[str, Any], datetime], None]


def next_fire(schedule: dict[str, Any], after: float) -> float | None:
    """When a schedule fires next after a moment; None for never. A one-time schedule fires late rather than not at all,
    and once."""
    due = _next_due(schedule, datetime.fromtimestamp(after, UTC))
    return due.timestamp() if due else None


def _next_due(schedule: dict[str, Any], after: datetime) -> datetime | None:
    recurrence = _recurrence(schedule, after)
    if recurrence is None:
        return None
    if not _is_one_time(schedule):
        return recurrence.next_after(after)
    return None if schedule.get(_LAST_FIRED) else recurrence.next_after(datetime.min.replace(tzinfo=UTC))


def _recurrence(schedule: dict[str, Any], now: datetime) -> Recurrence | None:
    created = _moment(schedule.get("CreationDate")) or now
    start, end = _moment(schedule.get("StartDate")), _moment(schedule.get("EndDate"))
    zone = schedule.get("ScheduleExpressionTimezone") or "UTC"
    return _read(schedule.get("ScheduleExpression", ""), zone, created, start, end)


@lru_cache(maxsize=4_096)
def _read(
    expression: str, zone: str, created: datetime, start: datetime | None, end: datetime | None
) -> Recurrence | None:
    try:
        return parse(expression, zone, anchor=created, starts_at=start, ends_at=end)
    except BadExpression as refused:
        _log.warning("a schedule that cannot be read never fires: %s", refused.reason)
        return None


def in_pages(listing: Listing) -> Listing:
    """ministack's ListSchedules, with the rest on further pages: it shows a hundred and says nothing of the others."""

    def listed(query: dict[str, Any]) -> tuple[int, dict[str, str], bytes]:
        status, headers, body = listing({**query, "MaxResults": str(_NO_END)})
        if status != HTTPStatus.OK:
            return status, headers, body
        found = json.loads(body)["Schedules"]
        start = int(query.get("NextToken") or 0)
        following = start + int(query.get("MaxResults") or _PAGE)
        page = {"Schedules": found[start:following]} | ({"NextToken": str(following)} if found[following:] else {})
        return status, headers, json.dumps(page).encode()

    return listed


class Clock:
    """Fires what is due."""

    def __init__(self, schedules: Any, fire: Fire) -> None:
        self._schedules = schedules
        self._fire = fire
        self._looked = time.time()

    def start(self) -> None:
        threading.Thread(target=self._run, daemon=True, name="schedules").start()

    def _run(self) -> None:
        while True:
            time.sleep(_TICK_SECONDS)
            try:
                self.tick(time.time())
            except Exception:  # noqa: BLE001 - a bad second must not stop the clock
                _log.exception("the clock stumbled")

    def tick(self, now: float) -> None:
        before, self._looked = self._looked, now
        for key, schedule in list(self._schedules.items()):
            try:
                self._look_at(key, schedule, datetime.fromtimestamp(before, UTC), datetime.fromtimestamp(now, UTC))
            except Exception:  # noqa: BLE001 - one schedule must not stop the others
                _log.exception("a schedule stumbled")

    def _look_at(self, key: tuple[str, str, str], schedule: dict[str, Any], before: datetime, now: datetime) -> None:
        due = _due_between(schedule, before, now) if schedule.get("State") == "ENABLED" else None
        if due is None:
            return
        schedule[_LAST_FIRED] = now.timestamp()
        self._fire(key, schedule, due)
        if _is_one_time(schedule) and schedule.get("ActionAfterCompletion") == "DELETE":
            self._schedules.pop(key, None)


def _due_between(schedule: dict[str, Any], before: datetime, now: datetime) -> datetime | None:
    """The last time that has come since the clock last looked."""
    due = _next_due(schedule, before)
    if due is None or due > now:
        return None
    if not _is_one_time(schedule):
        while (later := _next_due(schedule, max(due, now - _CATCHES_UP))) is not None and later <= now:
            due = later
    return due


def _is_one_time(schedule: dict[str, Any]) -> bool:
    return str(schedule.get("ScheduleExpression", "")).strip().startswith("at(")


def _moment(value: Any) -> datetime | None:
    """Dates of the API are numbers; some clients send text."""
    if value is None:
        return None
    if isinstance(value, int | float):
        return datetime.fromtimestamp(value, UTC)
    moment = datetime.fromisoformat(str(value))
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
