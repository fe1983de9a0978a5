"""The Lambda that has photos restored: it submits them, asks how far they are, and copies what comes back."""

from darkroom import worker
from darkroom.db import Tx
from darkroom.messages import Message
from restorations.replicate_client import Replicate
from restorations.service import restoring


def _submit(tx: Tx, message: Message) -> None:
    restoring.submit(tx, Replicate(), message.uuid("job_id"), int(message.data["try_number"]))  # type: ignore[arg-type]  # its schema says so


def _check(tx: Tx, message: Message) -> None:
    restoring.check(tx, Replicate(), message.uuid("job_id"), int(message.data["try_number"]))  # type: ignore[arg-type]  # its schema says so


handler = worker.sqs_worker(guarded={restoring.SUBMIT: _submit, restoring.CHECK: _check})
