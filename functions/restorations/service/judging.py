"""Whether a result may be sent: a photo, no worse than its original, and the same people in it.

What is good becomes the restored photo, with pictures for looking at beside each other, and one of its owner's photos
if they have an account. No transaction is open while photos are looked at. Whoever repeats it writes the same objects,
and one transaction at the end says everything at once.
"""

import tempfile
from datetime import timedelta
from typing import BinaryIO, Final, NamedTuple
from uuid import UUID

from darkroom import clock, images, log, metrics, pictures, storage
from darkroom.db import Tx
from darkroom.images import Inspection, NotAPhoto, quality
from restorations import keys
from restorations.queries import jobs, orders, photos, results
from restorations.queries.jobs import Job
from restorations.queries.orders import Order
from restorations.queries.photos import Photo
from restorations.service import cleaning, finishing, gate, restoring, tries
from restorations.service.tries import Failure

QUEUE: Final = restoring.JUDGEMENTS
JUDGE: Final = restoring.JUDGE
OWNED: Final = "restorations"  # the folder of restored photos that belong to somebody

_OF_SHAPES: Final = frozenset({"patchy", "place", "structure"})  # measures that another face moves as well
_LEASE: Final = timedelta(minutes=20)  # longer than a message that failed waits before it comes again


class Made(NamedTuple):
    """The restored photo as it lies in storage."""

    key: str
    found: Inspection
    owned_key: str | None


def judge(tx: Tx, job_id: UUID, try_number: int) -> None:
    job = jobs.get(tx, job_id)
    photo = photos.get(tx, job.image_id) if job else None
    order = orders.get(tx, job.order_id) if job else None
    if job is None or photo is None or order is None or job.result_key is None:
        return
    if job.try_number != try_number or job.status != "processing" or not _goes_on(order):
        return
    owner = order.user_id if order.user_id is not None and results.is_here(tx, order.user_id) else None
    jobs.lease(tx, job, clock.now() + _LEASE)
    tx.commit()
    verdict = _judged(job, photo, order, owner)
    held = orders.hold(tx, order.id)
    if held is None or not _goes_on(held):
        return
    if isinstance(verdict, Failure):
        tries.end(tx, held, job, photo, verdict)
    elif jobs.complete(tx, job):
        _complete(tx, held, photo, verdict, owner)


def _goes_on(order: Order) -> bool:
    """A result that waits for the end of a dispute lies safe."""
    return order.status == "processing" and not order.is_disputed


def _judged(job: Job, photo: Photo, order: Order, owner: UUID | None) -> Made | Failure:
    assert job.result_key is not None
    assert photo.original_key is not None
    with tempfile.TemporaryFile() as original, tempfile.TemporaryFile() as result:
        try:
            storage.download(photo.original_key, original)
        except storage.Missing:
            return tries.GONE
        try:
            storage.download(job.result_key, result)
            images.inspect(result)
        except storage.Missing:
            return tries.LOST
        except NotAPhoto as refused:
            return tries.NO_PHOTO._replace(detail=refused.reason)
        failure = _compared(order, job, original, result)
        return failure or _made(photo, owner, original, result)


def _compared(order: Order, job: Job, original: BinaryIO, result: BinaryIO) -> Failure | None:
    try:
        verdict = quality.is_worse(original, result, colorized=order.colorize)
    except NotAPhoto as refused:
        return tries.NO_PHOTO._replace(detail=refused.reason)
    if verdict.reason in _OF_SHAPES and not gate.are_the_same(original, result):
        return tries.OTHER_FACE  # which says more to people than that something has changed
    if verdict:
        measures = {name: round(value, 3) for name, value in verdict.measures.items()}
        return tries.WORSE._replace(detail=f"{verdict.reason}: {measures}")
    if not gate.are_the_same(original, result):
        return tries.OTHER_FACE
    log.info("restorations.judged_good", job_id=str(job.id), try_number=job.try_number)
    return None


def _made(photo: Photo, owner: UUID | None, original: BinaryIO, result: BinaryIO) -> Made | Failure:
    """Everything of a good result, in storage."""
    content = cleaning.without_metadata(result)
    if len(content) > storage.PHOTO_BYTES_MAX:
        return tries.TOO_LARGE
    found = images.inspect(content)
    key = keys.restored(photo.order_id, photo.position, found.content_type)
    storage.write(key, content, found.content_type)
    for edge, picture in images.derivatives(original, keys.EDGES).items():
        storage.write(keys.original_view(photo.id, edge), picture, pictures.CONTENT_TYPE)
    views = images.derivatives(content, keys.EDGES)
    for edge, picture in views.items():
        storage.write(keys.restored_view(photo.id, edge), picture, pictures.CONTENT_TYPE)
    if owner is None:
        return Made(key, found, None)
    owned_key = f"{OWNED}/{owner}/{photo.id}.{storage.PHOTO_TYPES[found.content_type]}"
    storage.write(owned_key, content, found.content_type)
    for edge, picture in views.items():
        storage.write(pictures.key(photo.id, edge), picture, pictures.CONTENT_TYPE)
    return Made(key, found, owned_key)


def _complete(tx: Tx, order: Order, photo: Photo, made: Made, owner: UUID | None) -> None:
    if not results.complete(tx, photo.id, made.key, made.found):
        return
    if owner is not None and made.owned_key is not None:
        name = _name(photo.filename, storage.PHOTO_TYPES[made.found.content_type])
        results.give(tx, owner, photo, storage_key=made.owned_key, name=name, found=made.found)
    if order.paid_at is not None:
        seconds = (clock.now() - order.paid_at).total_seconds()
        tx.after_commit(lambda: metrics.put("RestorationSeconds", seconds, "Seconds"))
    tx.after_commit(lambda: metrics.put("RestorationsCompleted", 1))
    finishing.photo_ended(tx, order)


def _name(filename: str, extension: str) -> str:
    stem = filename.rpartition(".")[0] or filename
    return storage.safe_name(f"{stem[:80]} restored.{extension}")
