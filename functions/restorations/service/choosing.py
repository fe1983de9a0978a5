"""Which photos are ordered: some are added to a session, and some left out of it, until it is paid.

A file that is left out keeps its row and its bytes until the session ends: a payment page that is still open somewhere
was made for it, and whoever pays there gets what that page named. The next checkout names what is left.
"""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from darkroom import clock, storage, throttle
from darkroom.db import Tx
from darkroom.errors import Conflict, Gone, NotFound
from darkroom.settings import settings
from restorations.queries import choosing as queries
from restorations.service import uploads
from restorations.service.uploads import File, Place

_HOUR: Final = 3600
_CHANGES_OF_MIND: Final = 10  # so many times the photos of one order may pass through a session


def add(tx: Tx, caller_id: UUID, session_id: UUID, address: str, files: Sequence[File]) -> list[Place]:
    """Places for more files, in their order; one file that could not be taken refuses the whole call."""
    storage.check_photos(files)
    throttle.hit(tx, "upload_sessions", address, settings().upload_sessions_per_address_hour, _HOUR)
    _hold(tx, caller_id, session_id)
    there, most = queries.count(tx, session_id), settings().restoration_files_max
    if there.wanted + len(files) > most:
        raise Conflict(f"An order takes at most {most} photos, and {there.wanted} are here already.")
    if there.all + len(files) > most * _CHANGES_OF_MIND:
        raise Conflict("Too many files have come and gone here. Please begin a new order.")
    announced = [uploads.announced(session_id, file) for file in files]
    queries.add(tx, session_id, there.all, announced)
    return [uploads.place(each.id, each.storage_key, each.announced_type, each.announced_bytes) for each in announced]


def remove(tx: Tx, caller_id: UUID, session_id: UUID, upload_id: UUID) -> None:
    _hold(tx, caller_id, session_id)
    if not queries.leave_out(tx, session_id, upload_id):
        raise NotFound


def _hold(tx: Tx, caller_id: UUID, session_id: UUID) -> None:
    if caller_id != session_id:
        raise NotFound
    found = queries.hold(tx, session_id)
    if found is None or found.expires_at <= clock.now():
        raise Gone(uploads.EXPIRED)
    if found.is_over:
        raise Conflict("These photos are ordered already. Please begin a new order for others.")
