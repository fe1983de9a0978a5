"""Whether devices live: what their heartbeats say, and who falls silent."""

from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from captures.queries import devices, liveness
from captures.service import telling
from darkroom import clock, log, mail
from darkroom.db import Tx
from darkroom.errors import Unauthorized
from darkroom.settings import settings


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
    """A heartbeat. Most of them are no news to the device's owner, and are told to nobody."""
    beat = liveness.beat(tx, device_id, said.cameras, said.disk_free, said.queued)
    if beat is None:
        raise Unauthorized  # deleted since its token was looked at
    if beat.is_news:
        _tell(tx, device_id)
    return Heard(clock.now(), beat.paused, beat.revision, beat.waiting)


def tell_of_silent(tx: Tx, limit: int) -> int:
    """Tell owners of devices that fell silent, once an outage; how many there were.

    Open pages hear of each. A mail goes to people who may have one, and not about a paused device: nobody expects
    photos of it, and it may well have been unplugged. Should it still be silent when its owner lets it go on, the mail
    goes then (`devices.resume` makes the outage news again). An outage is named by the last heartbeat before it.
    """
    silent = liveness.mark_silent(tx, limit)
    for device in silent:
        if device.is_live and device.email and not device.is_paused:
            mail.send(
                tx,
                device.email,
                "device_offline",
                {
                    "name": device.owner,
                    "device": device.name,
                    "last_seen_at": clock.rfc3339(device.last_seen_at),
                    "url": f"{settings().web_origin}/captures/cameras/{device.id}",
                },
                user_id=device.user_id,
                dedupe_key=f"device_offline:{device.id}:{clock.rfc3339(device.last_seen_at)}",
            )
    for device in silent:
        if device.is_live:
            log.info("captures.device_silent", device_id=str(device.id))
            _tell(tx, device.id)
    return len(silent)


def _tell(tx: Tx, device_id: UUID) -> None:
    row = devices.by_id(tx, device_id)
    if row is not None:
        telling.device_updated(tx, row)
