"""The Lambda that opens photos of orders: what the model is shown of them, and whether its results may be sent."""

from darkroom import worker
from darkroom.db import Tx
from darkroom.messages import Message
from restorations.service import judging, model_inputs, preparing


def _prepare(tx: Tx, message: Message) -> None:
    model_inputs.prepare(tx, message.uuid("job_id"))


def _judge(tx: Tx, message: Message) -> None:
    judging.judge(tx, message.uuid("job_id"), int(message.data["try_number"]))  # type: ignore[arg-type]  # its schema says so


handler = worker.sqs_worker(guarded={preparing.PREPARE: _prepare, judging.JUDGE: _judge})
