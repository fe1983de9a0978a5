"""What a device is told to do. The long poll answers the same objects that `device.command` pushes to its socket."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final, Protocol
from uuid import UUID

from darkroom import clock

PUSH: Final = "device.command"


class Asked(Protocol):
    """A capture that is asked of a device: whatever row of it there is."""

    @property
    def id(self) -> UUID: ...
    @property
    def requested_at(self) -> datetime: ...
    @property
    def expires_at(self) -> datetime: ...
    @property
    def schedule_id(self) -> UUID | None: ...
    @property
    def due_at(self) -> datetime | None: ...


def topic(device_id: UUID) -> str:
    """Where a device listens."""
    return f"device:{device_id}"


def capture_command(row: Asked) -> dict[str, Any]:
    """Take a photo."""
    return {
        "type": "capture",
        "capture_id": str(row.id),
        "requested_at": clock.rfc3339(row.requested_at),
        "expires_at": clock.rfc3339(row.expires_at),
        "schedule_id": str(row.schedule_id) if row.schedule_id else None,
        "due_at": clock.rfc3339(row.due_at) if row.due_at else None,
    }


def schedules_command(revision: int, planned: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Know when to take photos without being asked. `planned` is what schedules.day_ahead answers."""
    return {
        "type": "schedules",
        "revision": revision,
        "schedules": [
            {"id": str(each["id"]), "name": each["name"], "next": [_shown(moment) for moment in each["next"]]}
            for each in planned
        ],
    }


def paused_command(revision: int, paused: bool) -> dict[str, Any]:
    """Take no photo, or take photos again."""
    return {"type": "paused", "revision": revision, "paused": paused}


def _shown(moment: datetime | str) -> str:
    return moment if isinstance(moment, str) else clock.rfc3339(moment)
