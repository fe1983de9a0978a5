"""Preparing photos: what each really is, the smaller pictures of it, and what it looks like.

A photo is settled in a transaction of its own, after everything of it lies in storage. So a batch that is delivered
again, because its worker was killed, goes on with the first photo that is not settled. No transaction is open while
bytes are read, and no more than one photo is in memory.
"""

import io
import tempfile
from typing import BinaryIO

import psycopg

from darkroom import images, jobs, log, pictures, storage
from darkroom.db import Tx
from darkroom.images import NotAPhoto
from darkroom.messages import Message
from galleries.queries import curations
from galleries.queries import preparing as rows
from galleries.queries.curations import Entry
from galleries.queries.preparing import Subject
from galleries.service import curations as service

GONE = "This photo is not in storage any more. Please upload it again."
IN_THE_TRASH = "This photo is in the trash. Restore it to have it in an album."
CANNOT_BE_READ = "We could not read this photo, though we tried several times. Please try again, or send another copy."

_DEADLY_TRIES = 4  # a photo that stood first at so many tries may be what killed them


def prepare(tx: Tx, message: Message) -> None:
    """Settles every photo of a batch that nobody has settled."""
    job = jobs.resume(tx, message.uuid("job_id"))
    entries = []
    if job is not None:
        first, last = int(message.data["first"] or 0), int(message.data["last"] or 0)  # type: ignore[arg-type]
        entries = curations.waiting(tx, job.id, first, last)
    tx.commit()
    if job is None:
        return
    for place, entry in enumerate(entries):
        if place == 0 and message.attempt >= _DEADLY_TRIES:
            curations.settle(tx, job.id, entry.position, entry.image_id, CANNOT_BE_READ)
        else:
            _prepare(tx, job, entry)
        tx.commit()
    service.batch_is_prepared(tx, job.id)


def _prepare(tx: Tx, job: jobs.Job, entry: Entry) -> None:
    image = rows.by_key(tx, job.user_id, entry.storage_key)
    if image is None:  # another job over the same photos may have found out why
        reason = curations.refusals(tx, job.user_id, [entry.storage_key]).get(entry.storage_key, GONE)
        curations.settle(tx, job.id, entry.position, None, reason)
        return
    tx.commit()
    if image.is_trashed:
        curations.settle(tx, job.id, entry.position, image.id, IN_THE_TRASH)
    elif image.is_prepared:
        curations.settle(tx, job.id, entry.position, image.id)
    else:
        _look_into(tx, job, entry, image)


def _look_into(tx: Tx, job: jobs.Job, entry: Entry, image: Subject) -> None:
    with tempfile.TemporaryFile() as file:
        try:
            storage.download(image.storage_key, file, at_most=images.MAX_BYTES)
            found = images.inspect(file)
            twin = rows.same_bytes(tx, image, found.sha256)
            tx.commit()
            look = _store_pictures(image, file) if twin is None else b""
        except (NotAPhoto, storage.Missing, storage.TooMuch) as refused:
            reason = refused.reason if isinstance(refused, NotAPhoto) else GONE
            log.info("galleries.photo_skipped", image_id=str(image.id), reason=reason)
            rows.remove(tx, image, [image.storage_key])
            curations.settle(tx, job.id, entry.position, None, reason)
            return
    if twin is None:
        try:
            with tx.savepoint():
                is_there = rows.write(tx, image, found, look)
        except psycopg.errors.UniqueViolation:  # written under another key at this very moment: that one stands
            twin = rows.same_bytes(tx, image, found.sha256)
            if twin is None:
                raise  # and is gone again: the next try will see
    made = [image.storage_key, *pictures.keys(image.id)]
    if twin is not None:
        rows.replace_by(tx, image, twin, made)
        curations.settle(tx, job.id, entry.position, twin.id)
    elif is_there:
        curations.settle(tx, job.id, entry.position, image.id)
    else:  # deleted for good meanwhile, and what was just stored of it has no row any more
        rows.remove(tx, image, made)
        curations.settle(tx, job.id, entry.position, None, GONE)


def _store_pictures(image: Subject, file: BinaryIO) -> bytes:
    """Stores the smaller pictures; what the photo looks like is told from the smallest."""
    from PIL import Image

    from galleries.curating import looks

    made = images.derivatives(file)
    for edge, picture in made.items():
        storage.write(pictures.key(image.id, edge), picture, pictures.CONTENT_TYPE)
    with Image.open(io.BytesIO(made[pictures.THUMBNAIL_EDGE])) as thumbnail:
        return looks.look(thumbnail.convert("RGB"))
