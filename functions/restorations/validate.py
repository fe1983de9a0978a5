"""The Lambda that looks into what was brought."""

from darkroom import worker
from darkroom.db import Tx
from darkroom.messages import Message
from restorations.service import validating


def _validate(tx: Tx, message: Message) -> None:
    validating.validate(tx, message.uuid("upload_id"), message.attempt)


def _arrived(tx: Tx, message: Message) -> None:
    validating.arrived(tx, str(message.data["key"]), message.attempt)


handler = worker.sqs_worker(
    guarded={validating.VALIDATE: _validate, validating.ARRIVED: _arrived}, translate=worker.s3_objects_created
)
