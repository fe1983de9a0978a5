"""The Lambda that writes ZIPs of orders into storage."""

from darkroom import worker
from darkroom.db import Tx
from darkroom.messages import Message
from restorations.service import archives

_SECONDS_FOR_A_PART = 30  # and for saying that somebody else goes on


def _build(tx: Tx, message: Message) -> None:
    archives.build(tx, message.uuid("archive_id"), lambda: worker.seconds_left() > _SECONDS_FOR_A_PART)


handler = worker.sqs_worker(guarded={archives.BUILD: _build})
