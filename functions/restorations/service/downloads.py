"""Links that download: made here, counted where they are used (fetching)."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple
from uuid import UUID

from darkroom import auth, clock, ids, throttle
from darkroom.auth import Caller
from darkroom.db import Tx
from darkroom.errors import Conflict, Forbidden, NotFound
from darkroom.settings import settings
from restorations.queries import links as queries
from restorations.queries import photos
from restorations.queries.orders import Order
from restorations.queries.photos import Photo
from restorations.service import archives, orders

_HOUR: Final = 3600
_PATH: Final = "/api/v1/download/"


class Link(NamedTuple):
    token: str
    url: str
    expires_at: datetime
    max_downloads: int


def create(tx: Tx, caller: Caller, order_id: UUID, image_ids: Sequence[UUID] | None) -> Link:
    """For whoever may open the order: one photo, or a ZIP."""
    order = orders.find(tx, caller, order_id, hold=True)
    _check(order)
    chosen = _chosen(photos.of_order(tx, order_id), image_ids)
    throttle.hit(tx, "order_downloads", str(caller.id), settings().order_downloads_per_caller_hour, _HOUR)
    return _make(tx, order_id, chosen, is_archive=image_ids is None or len(chosen) > 1)


def issue(tx: Tx, order_id: UUID) -> Link:
    """A link to the ZIP of all restored photos of an order that this transaction completes, for its mail. The ZIP is
    begun at once, so that it is there when somebody comes for it."""
    return _make(tx, order_id, _chosen(photos.of_order(tx, order_id), None), is_archive=True)


def revoke(tx: Tx, order_id: UUID) -> None:
    """No link of this order opens anything from now on."""
    queries.revoke(tx, order_id)


def revoke_photos(tx: Tx, order_id: UUID, image_ids: Sequence[UUID]) -> None:
    """No link opens these photos from now on; of the others new ones are made."""
    queries.revoke_photos(tx, order_id, image_ids)


def _check(order: Order) -> None:
    if order.payment_status == "disputed":
        raise Forbidden("The payment of this order is disputed. Its photos are out of reach until that is settled.")
    if order.status != "completed":
        raise Conflict("The photos of this order are not ready." if order.status == "processing" else _NO_PHOTOS)
    if order.is_frozen:
        raise Forbidden("The payment of this order went back. Its photos are out of reach.")


_NO_PHOTOS: Final = "This order has no restored photos to download."


def _chosen(of_order: Sequence[Photo], image_ids: Sequence[UUID] | None) -> list[Photo]:
    """In the order's own order, so that the same choice is the same ZIP."""
    if image_ids is None:
        chosen = [photo for photo in of_order if photo.status == "completed" and not photo.is_given_back]
    else:
        wanted = set(image_ids)
        chosen = [photo for photo in of_order if photo.id in wanted]
        if len(chosen) < len(wanted):
            raise NotFound
    given_back = ", ".join(photo.filename for photo in chosen if photo.is_given_back)
    if given_back:
        raise Forbidden(f"The price went back, so this is out of reach: {given_back}.")
    failed = ", ".join(photo.filename for photo in chosen if photo.status != "completed")
    if failed:
        raise Conflict(f"Not restored: {failed}.")
    if not chosen:
        raise Conflict(_NO_PHOTOS)
    return chosen


def _make(tx: Tx, order_id: UUID, chosen: Sequence[Photo], *, is_archive: bool) -> Link:
    token, hashed = auth.new_token()
    image_ids = [photo.id for photo in chosen]
    expires_at = clock.now() + timedelta(seconds=settings().download_seconds)
    most = settings().download_count
    queries.write(tx, queries.New(ids.new_id(), hashed, order_id, image_ids, is_archive, most, expires_at))
    if is_archive:
        archives.standing(tx, order_id, image_ids)  # one that is about to be cleared away makes room
        archives.begin(tx, order_id, image_ids)
    return Link(token, f"{settings().web_origin}{_PATH}{token}", expires_at, most)
