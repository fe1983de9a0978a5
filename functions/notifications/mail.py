"""The mail worker: one message, one e-mail."""

from darkroom import mail, storage
from darkroom.db import Tx
from darkroom.messages import Message
from darkroom.worker import sqs_worker
from notifications import providers, sending


def _send(tx: Tx, message: Message) -> None:
    sending.send(tx, message.uuid("email_id"), providers.carrier(), storage.read)


# Not one transaction: the claim is durable before the provider is called, and the row knows what was done.
handler = sqs_worker(guarded={mail.SEND: _send})
