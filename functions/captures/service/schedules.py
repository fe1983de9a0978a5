"""Schedules: what a person wants photographed when."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

from captures.queries.schedules import Schedule
from darkroom.db import Tx
from darkroom.pagination import PageRequest

QUEUE: Final = "schedules"
SYNC: Final = "schedule.sync"


class Wish(NamedTuple):
    device_id: UUID
    name: str
    expression: str
    timezone: str
    starts_at: datetime | None
    ends_at: datetime | None
    enabled: bool


def create(tx: Tx, user_id: UUID, wish: Wish) -> Schedule:
    raise NotImplementedError


def listed(tx: Tx, user_id: UUID, page: PageRequest, device_id: UUID | None) -> tuple[list[Schedule], str | None]:
    raise NotImplementedError


def get(tx: Tx, user_id: UUID, schedule_id: UUID) -> Schedule:
    raise NotImplementedError


def change(tx: Tx, user_id: UUID, schedule_id: UUID, changes: Mapping[str, Any]) -> Schedule:
    raise NotImplementedError


def delete(tx: Tx, user_id: UUID, schedule_id: UUID) -> None:
    raise NotImplementedError


def upcoming(tx: Tx, user_id: UUID, schedule_id: UUID, n: int) -> list[datetime]:
    raise NotImplementedError


def preview(
    expression: str, timezone: str, starts_at: datetime | None, ends_at: datetime | None, n: int
) -> dict[str, Any]:
    raise NotImplementedError


def in_words(row: Schedule) -> dict[str, Any]:
    """`description` and `next_at` of a schedule."""
    raise NotImplementedError


def day_ahead(tx: Tx, device_id: UUID) -> list[dict[str, Any]]:
    """`{id, name, next}` of each schedule of a device that is on: its times of a day ahead, for the agent."""
    raise NotImplementedError


def remove_all(tx: Tx, device_id: UUID) -> None:
    """The schedules of a device that goes."""
    raise NotImplementedError
