"""The Lambda that has photos restored: it submits them, asks how far they are, and copies what comes back."""

from darkroom import worker
from darkroom.db import Tx
from darkroom.messages import Message
from restorations.service import restoring


def _submit(tx: Tx, message: Message) -> None:
    raise NotImplementedError


def _check(tx: Tx, message: Message) -> None:
    raise NotImplementedError


handler = worker.sqs_worker(guarded={restoring.SUBMIT: _submit, restoring.CHECK: _check})
