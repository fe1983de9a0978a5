"""The Lambda that moves the photos of paid orders to where they stay."""

from darkroom import worker
from darkroom.db import Tx
from darkroom.messages import Message
from restorations.service import fulfilment


def _fulfil(tx: Tx, message: Message) -> None:
    fulfilment.move_photos(tx, message.uuid("order_id"))


handler = worker.sqs_worker(guarded={fulfilment.FULFIL: _fulfil})
