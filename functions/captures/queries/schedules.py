"""Schedules."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID


class Schedule(NamedTuple):
    id: UUID
    user_id: UUID
    device_id: UUID
    name: str
    expression: str
    timezone: str
    starts_at: datetime | None
    ends_at: datetime | None
    enabled: bool
    version: int
    created_at: datetime
    updated_at: datetime
