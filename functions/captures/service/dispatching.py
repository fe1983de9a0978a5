"""Asking devices for photos."""

from collections.abc import Sequence
from typing import Any, Final

from darkroom import events
from darkroom.db import Tx
from darkroom.messages import Message

QUEUE: Final = "dispatches"
DUE: Final = "capture.due"
CONNECTED: Final = events.DEVICE_CONNECTED


def read_scheduled(document: dict[str, Any]) -> Sequence[Message]:
    """What EventBridge Scheduler puts into the queue, as a message."""
    raise NotImplementedError


def fire(tx: Tx, message: Message) -> None:
    """A schedule's moment has come."""
    raise NotImplementedError


def welcome(tx: Tx, message: Message) -> None:
    """A device has opened its socket: it hears of its schedules, its pause, and the captures that wait for it."""
    raise NotImplementedError
