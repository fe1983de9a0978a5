"""A photo has ended, well or badly. When it was the last one, the order is over: once, whoever comes to say so."""

from collections.abc import Sequence
from typing import Final

from darkroom import clock, log, mail
from darkroom.db import Tx
from restorations.queries import orders, photos
from restorations.queries.orders import Order
from restorations.queries.photos import Photo
from restorations.service import alerting, downloads, links, money, refund_letters, refunds, telling

_ENDED: Final = frozenset({"completed", "failed"})


def photo_ended(tx: Tx, order: Order) -> None:
    """In the transaction in which a photo ended. The order is held by the caller."""
    every = photos.of_order(tx, order.id)
    if all(photo.status in _ENDED for photo in every):
        _finish(tx, order, every)
    telling.order_updated(tx, order.id)


def _finish(tx: Tx, order: Order, every: Sequence[Photo]) -> None:
    restored = [photo for photo in every if photo.status == "completed"]
    failed = [photo for photo in every if photo.status == "failed"]
    moved = orders.move(tx, order.id, "processing", "completed" if restored else "failed")
    if moved is None:  # it ended otherwise: given back as a whole
        return
    refunds.settle_credits(tx, moved, len(restored))
    delivered = [photo for photo in restored if not photo.is_given_back]
    if delivered:
        _tell_completed(tx, moved, delivered, failed)
    if failed:
        _tell_failed(tx, moved, failed)
        refund_letters.of_failed_photos(tx, moved)
    log.info("restorations.order_over", order_id=str(order.id), restored=len(restored), failed=len(failed))


def _tell_completed(tx: Tx, order: Order, delivered: Sequence[Photo], failed: Sequence[Photo]) -> None:
    link = downloads.issue(tx, order.id)
    if order.email is None:  # its person is gone
        return
    data = {
        "order": str(order.id),
        "photos": _counted(len(delivered)),
        "failed": _counted(len(failed)) if failed else "",
        "url": links.page(tx, order.id, order.user_id),
        "download_url": link.url,
        "expires_at": clock.rfc3339(link.expires_at),
    }
    key = f"order_completed:{order.id}"
    mail.send(tx, order.email, "order_completed", data, user_id=order.user_id, dedupe_key=key)


def _tell_failed(tx: Tx, order: Order, failed: Sequence[Photo]) -> None:
    failures = [[photo.filename, photo.error] for photo in failed]
    if order.email is not None:
        data = {
            "order": str(order.id),
            "failures": failures,
            "refunded": money.shown(order.price_cents * len(failed), order.currency),
            "url": links.page(tx, order.id, order.user_id),
        }
        key = f"order_photos_failed:{order.id}"
        mail.send(tx, order.email, "order_photos_failed", data, user_id=order.user_id, dedupe_key=key)
    told = {"order": str(order.id), "failures": failures, "url": links.for_admins(order.id)}
    alerting.tell_admins(tx, "admin_photo_failed", told, about=order.id)


def _counted(count: int) -> str:
    return "1 photo" if count == 1 else f"{count} photos"
