"""What has happened, told to whoever wants to know: the event bus carries it to every product's queues.

Products never import each other, so the names of events stand here. An event says that something is so, in the past
tense, with the ids to look it up by; what it looks like is a schema in tests/contract/messages.
"""

from typing import Final
from uuid import UUID

from darkroom import messages, outbox
from darkroom.db import Tx

ACCOUNT_DELETED: Final = "account.deleted"
DEVICE_CONNECTED: Final = "device.connected"
PHOTO_CAPTURED: Final = "photo.captured"


def publish(tx: Tx, name: str, **ids: UUID) -> None:
    """Tell it once the transaction is durable."""
    outbox.publish(tx, messages.new(name, ids))
