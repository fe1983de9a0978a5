"""The Lambda that makes EventBridge Scheduler match our rows.

A message says which schedule, never what it is: the row says that when the message is read. Two workers may be at the
same schedule, and the slower one may write what has been true before. So each looks at the row again after it has
written, and whoever finds it changed begins anew: the last to write has written what is true (ADR 0090).
"""

from captures import scheduling
from captures.queries import schedules as queries
from captures.service import schedules
from darkroom import clock, worker
from darkroom.db import Tx
from darkroom.messages import Message

_ROUNDS = 5


class KeepsChanging(Exception):
    """Somebody edits faster than Scheduler answers. The message comes back."""


def sync(tx: Tx, message: Message) -> None:
    schedule_id = message.uuid("schedule_id")
    for _ in range(_ROUNDS):
        row = queries.by_id(tx, schedule_id)
        tx.commit()  # nothing is held while Scheduler is spoken to
        if row is None:
            scheduling.remove(schedule_id)
            return
        scheduling.match(row, clock.now())
        if queries.settle(tx, schedule_id, row.version):
            return
        tx.commit()
    raise KeepsChanging


handler = worker.sqs_worker(guarded={schedules.SYNC: sync})
