"""What operations answer."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from darkroom.http import Answer


class Health(Answer):
    status: Literal["ok"]
    checks: dict[str, Literal["ok"]]


class Progress(Answer):
    stage: str | None
    done: int
    total: int


class JobStatus(Answer):
    """Of any product's job; `result` is what the job made, `albums_created` how many albums where it made some."""

    job_id: UUID
    kind: str
    status: Literal["pending", "processing", "completed", "failed"]
    progress: Progress
    result: dict[str, Any] | None
    albums_created: int | None
    error_message: str | None
    created_at: datetime
    started_at: datetime | None
    completed_at: datetime | None


State = Literal["ok", "degraded", "unknown"]


class PartState(Answer):
    status: State
    detail: str


class Insight(Answer):
    """`degraded` when a part is; a part whose state nobody knows yet changes nothing."""

    status: Literal["ok", "degraded"]
    checks: dict[str, PartState]
    checked_at: datetime


class QueueState(Answer):
    """`waiting` could be taken now, `delayed` may not yet, `in_flight` somebody works on, `dead` failed for good.
    Numbers are null when nobody knows them; an empty queue has an age of 0."""

    name: str
    waiting: int | None
    in_flight: int | None
    delayed: int | None
    oldest_seconds: float | None
    dead: int | None


class ProcessingSeconds(Answer):
    p50: float | None
    p95: float | None


class RestorationsState(Answer):
    """Of the photos that ended within the window, from payment to the end; null when none has."""

    processing_seconds: ProcessingSeconds
    error_rate: float | None
    finished: int
    failed: int
    waiting: int
    oldest_seconds: float | None
    window_seconds: int


class StorageState(Answer):
    bytes: int


class AlarmState(Answer):
    """`action` is what is done about it, `runbook` the chapter that says how."""

    name: str
    state: Literal["OK", "ALARM", "INSUFFICIENT_DATA"]
    what: str
    action: str
    runbook: str
    since: datetime | None


class Metrics(Answer):
    queues: list[QueueState]
    restorations: RestorationsState
    storage: StorageState
    alarms: list[AlarmState]
    unknown: list[Literal["queues", "alarms"]]
    """What could not be read."""
    measured_at: datetime


class RestorationsHour(Answer):
    hour: datetime
    finished: int
    failed: int
    p50_seconds: float | None
    p95_seconds: float | None


class QueuePoint(Answer):
    at: datetime
    waiting: float | None
    oldest_seconds: float | None


class QueueHistory(Answer):
    name: str
    points: list[QueuePoint]


class StorageDay(Answer):
    """What is kept today and had come by the end of that day."""

    day: datetime
    bytes: int


class History(Answer):
    """The last 24 hours, and the storage of 30 days. Hours and moments in which nothing happened are left out."""

    hours: list[RestorationsHour]
    queues: list[QueueHistory]
    storage: list[StorageDay]
    since: datetime
    period_seconds: int
    unknown: list[Literal["queues"]]
    measured_at: datetime
