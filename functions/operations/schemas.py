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
