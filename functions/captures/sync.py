"""The Lambda that makes EventBridge Scheduler match our rows."""

from captures.service import schedules
from darkroom import worker
from darkroom.db import Tx
from darkroom.messages import Message


def sync(tx: Tx, message: Message) -> None:
    raise NotImplementedError


handler = worker.sqs_worker(guarded={schedules.SYNC: sync})
