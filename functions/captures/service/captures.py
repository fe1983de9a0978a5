"""Captures as their owners ask for them and see them."""

from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from captures.queries.captures import Capture
from darkroom.db import Tx
from darkroom.pagination import PageRequest


class Choice(NamedTuple):
    device_id: UUID | None = None
    schedule_id: UUID | None = None
    status: str | None = None
    from_: datetime | None = None
    to: datetime | None = None


def request(tx: Tx, user_id: UUID, device_id: UUID, *, when_online: bool) -> UUID:
    raise NotImplementedError


def listed(tx: Tx, user_id: UUID, page: PageRequest, choice: Choice) -> tuple[list[Capture], str | None]:
    raise NotImplementedError


def get(tx: Tx, user_id: UUID, capture_id: UUID) -> Capture:
    raise NotImplementedError


def daily(tx: Tx, user_id: UUID, first: date, last: date, timezone: str) -> list[Any]:
    raise NotImplementedError


def expire(tx: Tx, limit: int) -> int:
    """Captures that nobody came for expire, and photos that never arrived fail; how many there were."""
    raise NotImplementedError
