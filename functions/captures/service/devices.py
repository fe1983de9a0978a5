"""A person's cameras: adding them, pausing them, letting them go."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from captures.queries.devices import Device
from darkroom.db import Tx
from darkroom.pagination import PageRequest


class Pairing(NamedTuple):
    id: UUID
    name: str
    pairing_code: str
    expires_at: datetime


def create(tx: Tx, user_id: UUID, name: str) -> Pairing:
    raise NotImplementedError


def new_code(tx: Tx, user_id: UUID, device_id: UUID) -> Pairing:
    raise NotImplementedError


def listed(tx: Tx, user_id: UUID, page: PageRequest) -> tuple[list[Device], str | None]:
    raise NotImplementedError


def get(tx: Tx, user_id: UUID, device_id: UUID) -> Device:
    raise NotImplementedError


def change(tx: Tx, user_id: UUID, device_id: UUID, changes: Mapping[str, Any]) -> Device:
    raise NotImplementedError


def delete(tx: Tx, user_id: UUID, device_id: UUID) -> None:
    raise NotImplementedError
