"""The Lambda that writes ZIPs of orders into storage."""

from darkroom import worker
from darkroom.db import Tx
from darkroom.messages import Message
from restorations.service import archives


def _build(tx: Tx, message: Message) -> None:
    archives.build(tx, message.uuid("archive_id"))


handler = worker.sqs_worker(guarded={archives.BUILD: _build})
