"""A file has arrived: what it is, read from its bytes, and a watermarked picture of it."""

from typing import Final
from uuid import UUID

from darkroom.db import Tx

QUEUE: Final = "validations"
VALIDATE: Final = "restorations.validate_upload"
ARRIVED: Final = "s3.object_created"


def validate(tx: Tx, upload_id: UUID) -> None:
    raise NotImplementedError


def arrived(tx: Tx, key: str) -> None:
    """Storage says that something lies under a key."""
    raise NotImplementedError
