"""Which photos are ordered: some are added to a session, and some left out of it, until it is paid."""

from collections.abc import Sequence
from uuid import UUID

from darkroom.db import Tx
from restorations.service.uploads import File, Place


def add(tx: Tx, caller_id: UUID, session_id: UUID, address: str, files: Sequence[File]) -> list[Place]:
    raise NotImplementedError


def remove(tx: Tx, caller_id: UUID, session_id: UUID, upload_id: UUID) -> None:
    raise NotImplementedError
