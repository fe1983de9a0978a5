"""The Lambda that asks the payment provider for refunds."""

from darkroom import worker
from darkroom.db import Tx
from darkroom.messages import Message
from restorations.service import refunds


def _send(tx: Tx, message: Message) -> None:
    refunds.send(tx, message.uuid("refund_id"))


handler = worker.sqs_worker(guarded={refunds.SEND: _send})
