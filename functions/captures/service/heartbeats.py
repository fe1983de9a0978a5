"""Whether devices live: what their heartbeats say, and who falls silent."""

from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from darkroom.db import Tx


class Said(NamedTuple):
    cameras: list[dict[str, Any]]
    disk_free: int
    queued: int


class Heard(NamedTuple):
    server_time: datetime
    paused: bool
    revision: int
    waiting: int


def heard(tx: Tx, device_id: UUID, said: Said) -> Heard:
    raise NotImplementedError


def tell_of_silent(tx: Tx, limit: int) -> int:
    """Tell owners of devices that fell silent, once an outage; how many there were."""
    raise NotImplementedError
