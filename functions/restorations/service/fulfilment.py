"""What follows a payment: jobs are written at once, photos move to where they stay, and then they are restored."""

from datetime import timedelta
from typing import Final
from uuid import UUID

from darkroom import clock, log, messages, outbox, storage
from darkroom.db import Tx
from restorations import keys
from restorations.queries import jobs, orders, photos, results
from restorations.queries.orders import Order
from restorations.queries.photos import Photo
from restorations.service import preparing, telling, tries

QUEUE: Final = "orders"
FULFIL: Final = "restorations.fulfil_order"

_LEASE: Final = timedelta(minutes=10)  # until the sweep has the photos of an order moved again


def begin(tx: Tx, order: Order) -> None:
    """In the transaction in which the order was paid and moved to `processing`: its jobs, and what moves its photos."""
    every = [photo.id for photo in photos.of_order(tx, order.id)]
    if jobs.begin(tx, order.id, every, order.fidelity, clock.now() + _LEASE):
        send(tx, order.id)


def send(tx: Tx, order_id: UUID) -> None:
    outbox.send(tx, QUEUE, messages.new(FULFIL, {"order_id": order_id}))


def move_photos(tx: Tx, order_id: UUID) -> None:
    """Copies each photo to its place and has its restoration begin. Each is settled in a transaction of its own, so
    that whoever repeats this goes on with the first one that is not there yet. What lay in the temporary place is left
    to the cleanup."""
    order = orders.get(tx, order_id)
    if order is None or order.status != "processing":
        return
    waiting = [photo for photo in photos.of_order(tx, order_id) if photo.status == "pending"]
    tx.commit()
    for photo in waiting:
        key = keys.original(order_id, photo.position, photo.content_type)
        try:
            storage.copy(photo.temp_key, key, photo.content_type)
        except storage.Missing:
            _settle(tx, photo, None)
        else:
            _settle(tx, photo, key)
        tx.commit()
    if waiting:
        telling.order_updated(tx, order_id)


def _settle(tx: Tx, photo: Photo, original_key: str | None) -> None:
    order = orders.hold(tx, photo.order_id)
    job = jobs.of_photo(tx, photo.id)
    if order is None or order.status != "processing" or job is None:
        return  # it was given back meanwhile
    if original_key is None:
        log.error("restorations.upload_gone", image_id=str(photo.id))
        tries.end(tx, order, job, photo, tries.GONE)
    elif results.arrive(tx, photo.id, original_key):
        queued = jobs.queue(tx, photo.id, clock.now() + tries.WAITS)
        if queued is not None:
            preparing.send(tx, queued)
