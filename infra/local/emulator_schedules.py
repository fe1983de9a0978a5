"""EventBridge Scheduler's clock, inside the emulator's process.

ministack's own looks every ten seconds, reads every expression as UTC and forgets at a restart what it has fired. A
schedule of the platform says "9:00 in Europe/Madrid", so here expressions are read in their time zone, every second,
and what has fired is kept with the schedule. What a schedule's target gets is ministack's own doing.
"""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_TICK_SECONDS = 1.0
_LAST_FIRED = "DarkroomLastFired"
_log = logging.getLogger("schedules")


@dataclass(frozen=True)
class Calendar:
    """ministack's reading of expressions, so that there is one."""

    rate_seconds: Callable[[str], int | None]
    cron_fields: Callable[[str], Any]
    cron_next: Callable[[Any, datetime], datetime | None]


def next_fire(schedule: dict[str, Any], after: float, calendar: Calendar) -> float | None:
    """When a schedule fires next after a moment; None for never. A one-time schedule that has fired never does."""
    expression: str = schedule.get("ScheduleExpression", "").strip()
    zone = _zone(schedule.get("ScheduleExpressionTimezone") or "UTC")
    if expression.startswith("at("):
        if schedule.get(_LAST_FIRED):
            return None
        moment = datetime.fromisoformat(expression[3:-1].strip())
        return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).timestamp()
    seconds = calendar.rate_seconds(expression)
    if seconds is not None:
        return float(schedule.get(_LAST_FIRED) or schedule.get("CreationDate") or after) + seconds
    fields = calendar.cron_fields(expression)
    if fields is None:
        return None
    wall = datetime.fromtimestamp(after, zone).replace(tzinfo=UTC)  # ministack counts on a clock without changes
    found = calendar.cron_next(fields, wall)
    return found.replace(tzinfo=zone).timestamp() if found else None


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


class Clock:
    """Fires what is due."""

    def __init__(
        self, schedules: Any, fire: Callable[[tuple[str, str, str], dict[str, Any]], None], calendar: Calendar
    ) -> None:
        self._schedules = schedules
        self._fire = fire
        self._calendar = calendar
        self._looked = time.time()

    def start(self) -> None:
        threading.Thread(target=self._run, daemon=True, name="schedules").start()

    def _run(self) -> None:
        while True:
            time.sleep(_TICK_SECONDS)
            try:
                self.tick(time.time())
            except Exception:  # noqa: BLE001 - one schedule must not stop the others
                _log.exception("the clock stumbled")

    def tick(self, now: float) -> None:
        before, self._looked = self._looked, now
        for key, schedule in list(self._schedules.items()):
            if not _is_active(schedule, now):
                continue
            due = next_fire(schedule, before, self._calendar)
            if due is None or due > now:
                continue
            schedule[_LAST_FIRED] = now
            self._fire(key, schedule)
            one_time = schedule["ScheduleExpression"].strip().startswith("at(")
            if one_time and schedule.get("ActionAfterCompletion") == "DELETE":
                self._schedules.pop(key, None)


def _is_active(schedule: dict[str, Any], now: float) -> bool:
    start, end = _moment(schedule.get("StartDate")), _moment(schedule.get("EndDate"))
    started, ended = start is None or now >= start, end is not None and now > end
    return schedule.get("State") == "ENABLED" and started and not ended


def _moment(value: Any) -> float | None:
    """Dates of the API are numbers; some clients send text."""
    if value is None or isinstance(value, int | float):
        return value
    return datetime.fromisoformat(str(value)).timestamp()
