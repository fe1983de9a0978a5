"""The Lambda of the dead-letter queues of galleries: a job whose message failed for good is told so to its person, who
can try it again. That is why these messages do not wait for an operator."""

from darkroom import log, worker
from darkroom.db import Tx
from darkroom.messages import Message
from galleries.service import curations, downloads, undoing


def give_up(tx: Tx, message: Message) -> None:
    job_id = message.uuid("job_id")
    log.error("galleries.job_abandoned", job_id=str(job_id), message_name=message.name)
    curations.give_up(tx, job_id)


_NAMES = (curations.PREPARE, curations.ASK_MODEL, curations.MAKE_ALBUMS, undoing.UNDO, downloads.BUILD)

handler = worker.sqs_worker(guarded=dict.fromkeys(_NAMES, give_up))
