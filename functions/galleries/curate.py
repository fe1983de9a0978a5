"""The Lambda that makes albums: photos are prepared in batches, the model is asked, albums are written, and undone."""

from darkroom import worker
from darkroom.db import Tx
from darkroom.messages import Message
from galleries import finding, making, preparation
from galleries.service import curations, undoing


def undo(tx: Tx, message: Message) -> None:
    undoing.undo(tx, message.uuid("job_id"))


handler = worker.sqs_worker(
    {undoing.UNDO: undo},
    guarded={
        curations.PREPARE: preparation.prepare,
        curations.ASK_MODEL: finding.ask_model,
        curations.MAKE_ALBUMS: making.make_albums,
    },
)
