"""Our schedules at EventBridge Scheduler: `capture-{id}`, in the stage's group, for each row that will still fire.

Every call may be repeated: what is there already, or gone already, is no failure.
"""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from captures.queries.schedules import Schedule
from captures.recurrence import BadExpression, Recurrence
from captures.service import dispatching, timing
from darkroom import clients, log, worker
from darkroom.settings import settings

PREFIX: Final = "capture-"

# Scheduler fires within a minute of the time, and tries again for as long as a capture waits for its device. What was
# due so recently may still be on its way: until then nothing is taken from Scheduler.
_UNDER_WAY: Final = timedelta(minutes=10)
_ONE_MORE: Final = timedelta(seconds=1)  # Scheduler's end may be exclusive, ours is not
_AT_ONCE: Final = 100  # ListSchedules' own
_ROUNDS: Final = 3
_COMPARED: Final = (
    *("ScheduleExpression", "ScheduleExpressionTimezone", "State", "EndDate"),
    *("FlexibleTimeWindow", "ActionAfterCompletion", "Target"),
)


def name_of(schedule_id: UUID) -> str:
    return f"{PREFIX}{schedule_id}"


def id_of(name: str) -> UUID | None:
    """The row that a schedule is of; None for a name that is none of ours."""
    try:
        found = UUID(name.removeprefix(PREFIX))
    except ValueError:
        return None
    return found if name == name_of(found) else None


def match(row: Schedule, now: datetime) -> None:
    """Has Scheduler do what the row says. A row that never fires again needs nothing there."""
    try:
        recurrence = timing.read(row, row.created_at)
    except BadExpression as refused:
        log.error("scheduling.unreadable", schedule_id=str(row.id), reason=refused.reason)
        remove(row.id)
        return
    if recurrence.next_after(now) is not None:
        try:
            _put(_wanted(row, recurrence, now), recurrence, now)
        except clients.scheduler().exceptions.ValidationException as refused:
            raise worker.Permanent(str(refused)) from refused  # it knows something of expressions that we do not
    elif recurrence.next_after(now - _UNDER_WAY) is None:
        remove(row.id)


def remove(schedule_id: UUID) -> None:
    client: Any = clients.scheduler()
    try:
        client.delete_schedule(GroupName=settings().schedule_group, Name=name_of(schedule_id))
    except client.exceptions.ResourceNotFoundException:
        return
    log.info("scheduling.removed", schedule_id=str(schedule_id))


def names() -> Iterator[str]:
    """Everything of ours that Scheduler has."""
    client: Any = clients.scheduler()
    asked = {"GroupName": settings().schedule_group, "NamePrefix": PREFIX, "MaxResults": _AT_ONCE}
    while True:
        answer = client.list_schedules(**asked)
        yield from (found["Name"] for found in answer["Schedules"])
        if not answer.get("NextToken"):
            return
        asked["NextToken"] = answer["NextToken"]


def will_fire(row: Schedule, now: datetime) -> bool:
    """Whether Scheduler is to have it."""
    return next(timing.after(row, row.created_at, now), None) is not None


def _wanted(row: Schedule, recurrence: Recurrence, now: datetime) -> dict[str, Any]:
    current = settings()
    # Scheduler writes the time in when it fires.
    due = {"schedule_id": str(row.id), "due_at": "<aws.scheduler.scheduled-time>"}
    target: dict[str, Any] = {
        "Arn": current.queue_arn_prefix + dispatching.QUEUE,
        "RoleArn": current.scheduler_role_arn,
        "Input": json.dumps(due),
        "RetryPolicy": {"MaximumEventAgeInSeconds": current.capture_expires_seconds, "MaximumRetryAttempts": 10},
    }
    if current.failed_invocations_arn:
        target["DeadLetterConfig"] = {"Arn": current.failed_invocations_arn}
    wanted: dict[str, Any] = {
        "GroupName": current.schedule_group,
        "Name": name_of(row.id),
        "ScheduleExpression": recurrence.text,
        "ScheduleExpressionTimezone": row.timezone,
        "State": "ENABLED" if row.enabled else "DISABLED",
        "FlexibleTimeWindow": {"Mode": "OFF"},
        "ActionAfterCompletion": "DELETE",  # what is over still counts against the account's quota
        "Target": target,
    }
    start = _start(recurrence, now)
    if start is not None:
        wanted["StartDate"] = start
    if recurrence.ends_at is not None:
        wanted["EndDate"] = recurrence.ends_at + _ONE_MORE
    return wanted


def _start(recurrence: Recurrence, now: datetime) -> datetime | None:
    """Scheduler takes no start that is over, and counts a rate from its start: so a rate begins with its next time."""
    if recurrence.interval is not None:
        return recurrence.next_after(now)
    return recurrence.starts_at if recurrence.starts_at is not None and recurrence.starts_at > now else None


def _put(wanted: Mapping[str, Any], recurrence: Recurrence, now: datetime) -> None:
    """Only what differs is written: Scheduler may be about to fire, and a schedule that is written begins anew."""
    client: Any = clients.scheduler()
    missing, exists = client.exceptions.ResourceNotFoundException, client.exceptions.ConflictException
    for _ in range(_ROUNDS):  # somebody else may create or delete it between two calls
        try:
            found = client.get_schedule(GroupName=wanted["GroupName"], Name=wanted["Name"])
            if _is_as_wanted(found, wanted, recurrence, now):
                return
            client.update_schedule(**wanted)
        except missing:
            try:
                client.create_schedule(**wanted)
            except exists:
                continue
        log.info("scheduling.put", schedule=wanted["Name"], state=wanted["State"])
        return
    raise RuntimeError("the schedule comes and goes while it is written")


def _is_as_wanted(found: Mapping[str, Any], wanted: Mapping[str, Any], recurrence: Recurrence, now: datetime) -> bool:
    if any(found.get(part) != wanted.get(part) for part in _COMPARED):
        return False
    started: datetime | None = found.get("StartDate")
    start: datetime | None = wanted.get("StartDate")
    if recurrence.interval is not None and start is not None and started is not None:
        return started <= start and (start - started) % recurrence.interval == timedelta(0)
    return started == start or (start is None and started is not None and started <= now)
