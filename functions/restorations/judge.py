"""The Lambda that decides whether a result may be sent."""

from darkroom import worker
from darkroom.db import Tx
from darkroom.messages import Message
from restorations.service import judging


def _judge(tx: Tx, message: Message) -> None:
    judging.judge(tx, message.uuid("job_id"), int(message.data["try_number"]))  # type: ignore[arg-type]  # its schema says so


handler = worker.sqs_worker(guarded={judging.JUDGE: _judge})
