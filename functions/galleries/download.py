"""The Lambda that makes an album's ZIP: its originals in the album's order, streamed from storage into one object.

Memory stays flat whatever the album holds. A message that comes again finds its job finished, or writes the same
archive under the same key once more.
"""

from collections.abc import Iterator
from datetime import UTC
from uuid import UUID

from darkroom import db, jobs, log, storage, worker
from darkroom.archive import File, zipped
from darkroom.db import Tx
from darkroom.messages import Message
from galleries.queries import albums
from galleries.service import downloads

_PAGE = 200
_REPORT_EVERY = 20
PACKING = "packing photos"
GONE = "This album is gone, or has no photos any more."


class JobIsOver(Exception):
    """Nobody waits for this archive any more."""


def build(tx: Tx, message: Message) -> None:
    job_id = message.uuid("job_id")
    job = jobs.start(tx, job_id) or jobs.resume(tx, job_id)
    if job is None:
        return
    album = albums.get(tx, job.user_id, UUID(job.input["album_id"]))
    if album is None or album.image_count == 0:
        jobs.fail(tx, job_id, GONE)
        return
    tx.commit()
    key = downloads.storage_key(job)
    try:
        size = storage.write_stream(key, zipped(_files(job, album.id)), "application/zip")
    except JobIsOver:
        return
    jobs.complete(tx, job_id, {"storage_key": key, "download_name": job.input["name"], "size_bytes": size})
    log.info("galleries.download_built", job_id=str(job_id), size_bytes=size)


def _files(job: jobs.Job, album_id: UUID) -> Iterator[File]:
    number, after = 0, None
    while True:
        with db.reading() as tx:
            page = albums.originals(tx, job.user_id, album_id, after, _PAGE)
        if not page:
            return
        for photo in page:
            if number % _REPORT_EVERY == 0:
                _report(job, number)
            number += 1
            try:
                pieces = storage.opened(photo.storage_key)
            except storage.Missing:
                log.warning("galleries.original_missing", image_id=str(photo.id))
                continue
            name = f"{number:03}-{storage.safe_name(photo.original_filename)}"
            taken = (photo.taken_at or photo.created_at).astimezone(UTC)
            yield File(name, taken, pieces, photo.file_size_bytes, crc32=photo.crc32)
        after = (page[-1].display_order, page[-1].id)


def _report(job: jobs.Job, done: int) -> None:
    with db.transaction() as tx:
        if jobs.progress(tx, job.id, done, stage=PACKING) is None:
            raise JobIsOver


handler = worker.sqs_worker(guarded={downloads.BUILD: build})
