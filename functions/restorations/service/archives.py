"""ZIPs of an order's photos: begun here, written by the archive worker."""

from typing import Final
from uuid import UUID

from darkroom.db import Tx

QUEUE: Final = "archives"
BUILD: Final = "restorations.build_archive"


def build(tx: Tx, archive_id: UUID) -> None:
    raise NotImplementedError
