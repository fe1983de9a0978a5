"""Which photos are ordered: some are added to a session, and some left out of it, until it is paid.

Nobody pays for a choice that is not theirs any more: a payment page that is open for the photos as they were closes
first, and if somebody has paid on it nothing changes. The order stays unpaid, as after any page that expired, and the
next checkout names what is there then. A file that is left out keeps its row and its bytes until the session ends.
"""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from darkroom import clock, storage, throttle
from darkroom.db import Tx
from darkroom.errors import Conflict, Gone, NotFound
from darkroom.settings import settings
from restorations.queries import checkouts
from restorations.queries import choosing as queries
from restorations.service import pages, telling, uploads
from restorations.service.uploads import File, Place

_HOUR: Final = 3600
_CHANGES_OF_MIND: Final = 10  # so many times the photos of one order may pass through a session
_OTHERS_AT_MOST: Final = 3  # checkouts that come in between


def add(tx: Tx, caller_id: UUID, session_id: UUID, address: str, files: Sequence[File]) -> list[Place]:
    """Places for more files, in their order; one file that could not be taken refuses the whole call."""
    storage.check_photos(files)
    throttle.hit(tx, "upload_sessions", address, settings().upload_sessions_per_address_hour, _HOUR)
    order_id = _hold_unpaid(tx, caller_id, session_id)
    there, most = queries.count(tx, session_id), settings().restoration_files_max
    if there.wanted + len(files) > most:
        raise Conflict(f"An order takes at most {most} photos, and {there.wanted} are here already.")
    if there.all + len(files) > most * _CHANGES_OF_MIND:
        raise Conflict("Too many files have come and gone here. Please begin a new order.")
    announced = [uploads.announced(session_id, file) for file in files]
    queries.add(tx, session_id, there.all, announced)
    _tell(tx, order_id)
    return [uploads.place(each.id, each.storage_key, each.announced_type, each.announced_bytes) for each in announced]


def remove(tx: Tx, caller_id: UUID, session_id: UUID, upload_id: UUID) -> None:
    order_id = _hold_unpaid(tx, caller_id, session_id)
    if not queries.leave_out(tx, session_id, upload_id):
        raise NotFound
    _tell(tx, order_id)


def _hold_unpaid(tx: Tx, caller_id: UUID, session_id: UUID) -> UUID | None:
    """The session, held, and its order if there was a checkout: nobody can pay on a page that was made for it as it is
    now. A page that is being opened at this moment is given up by whoever opens it."""
    for _ in range(_OTHERS_AT_MOST):
        _hold(tx, caller_id, session_id)
        order = checkouts.hold_order(tx, session_id)
        if order is None:
            return None
        if order.stripe_session_id is None:
            checkouts.next_page(tx, order.id)
            return order.id
        pages.close(tx, order.id, order.stripe_session_id)
    raise Conflict("Another checkout of these photos is under way.", headers={"Retry-After": "5"})


def _tell(tx: Tx, order_id: UUID | None) -> None:
    """Whoever looks at the order: its page to pay on is closed."""
    if order_id is not None:
        telling.order_updated(tx, order_id)


def _hold(tx: Tx, caller_id: UUID, session_id: UUID) -> None:
    if caller_id != session_id:
        raise NotFound
    found = queries.hold(tx, session_id)
    if found is None or found.expires_at <= clock.now():
        raise Gone(uploads.EXPIRED)
    if found.is_over:
        raise Conflict("These photos are ordered already. Please begin a new order for others.")
