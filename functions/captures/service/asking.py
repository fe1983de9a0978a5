"""Asking a device for photos, and telling its owner how far that is.

Locks are taken in one order everywhere: the device, its captures, the device's topic, its owner's.
"""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from captures.queries import asking
from captures.queries import captures as rows
from captures.service import commands, telling
from darkroom import clock, realtime
from darkroom.db import Tx


def ask(
    tx: Tx, device_id: UUID, waiting: Sequence[commands.Asked], *, also: Iterable[dict[str, Any]] = ()
) -> list[UUID]:
    """Sends commands to a device, `also` before the captures. A capture that an open socket takes is dispatched; any
    other waits for the next poll. Which captures this moved on."""
    topic = commands.topic(device_id)
    for command in [*also, *map(commands.capture_command, waiting)]:
        realtime.push(tx, topic, commands.PUSH, command)
    if waiting and asking.is_listening(tx, topic):
        return asking.dispatch(tx, [row.id for row in waiting], clock.now())
    return []


def tell(tx: Tx, capture_ids: Sequence[UUID]) -> None:
    """Owners hear of these captures as they are now; at the end of a transaction."""
    for row in rows.some(tx, capture_ids) if capture_ids else ():
        telling.capture_updated(tx, row)
