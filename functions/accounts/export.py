"""The Lambda that makes a person's export: reads everything page by page and streams it into one ZIP in storage.

Memory stays flat whatever the person has. A message that comes again finds its job finished, or makes the same archive
under the same key once more: the job completes once, and one mail tells of it. No transaction is open while storage is
read or written.
"""

import json
import tempfile
from collections.abc import Iterator
from datetime import UTC

from accounts.queries import exports
from accounts.service import exports as service
from darkroom import clock, db, jobs, log, storage, worker
from darkroom.archive import File, zipped
from darkroom.db import Tx
from darkroom.messages import Message

_PAGE = 500
_PIECE = 1 << 20
_REPORT_EVERY = 20
_README = """This is everything that Darkroom keeps of your account.

photos/                 your photos, as they were brought
*.json                  what else there is, one document a subject (photos.json describes the photos)
"""


class JobIsOver(Exception):
    """Nobody waits for this archive any more."""


def build(tx: Tx, message: Message) -> None:
    """Make the archive of one job."""
    job_id = message.uuid("job_id")
    job = jobs.start(tx, job_id) or jobs.resume(tx, job_id)
    tx.commit()
    if job is None:
        return
    key = service.storage_key(job)
    try:
        size = storage.write_stream(key, zipped(_files(tx, job)), "application/zip")
        finished = service.finish(tx, job, size)
        tx.commit()
    except JobIsOver:
        finished = False
    if finished:
        log.info("accounts.exported", size_bytes=size)
    else:
        _remove_unless_used(tx, job)


def _files(tx: Tx, job: jobs.Job) -> Iterator[File]:
    now = clock.now()
    yield File("README.txt", now, [_README.encode()], packed=True)
    names = exports.document_names(tx)
    tx.commit()
    for name in names:
        yield File(f"{name}.json", now, _document(tx, name, job), packed=True)
    lost: list[str] = []
    yield from _photos(tx, job, lost)
    if lost:
        text = json.dumps(lost, indent=1)
        yield File("photos-that-could-not-be-read.json", now, [text.encode()], packed=True)


def _document(tx: Tx, name: str, job: jobs.Job) -> Iterator[bytes]:
    """Rows go through a file, so that the database's cursor is closed before storage takes the first of them."""
    with tempfile.TemporaryFile() as spool:
        spool.write(b"[")
        for position, row in enumerate(exports.document_rows(tx, name, job.user_id)):
            spool.write((",\n" if position else "\n").encode() + row.encode())
        tx.commit()
        spool.write(b"\n]\n")
        spool.seek(0)
        while piece := spool.read(_PIECE):
            yield piece


def _photos(tx: Tx, job: jobs.Job, lost: list[str]) -> Iterator[File]:
    done, after = 0, None
    while page := exports.photos(tx, job.user_id, after, _PAGE):
        tx.commit()
        for photo in page:
            if done % _REPORT_EVERY == 0:
                _report(job, done)
            done += 1
            try:
                pieces = storage.opened(photo.storage_key)
            except storage.Missing:
                lost.append(str(photo.id))
                continue
            taken = (photo.taken_at or photo.created_at).astimezone(UTC)
            name = f"photos/{taken:%Y-%m-%d}-{photo.id.hex[-12:]}-{storage.safe_name(photo.original_filename)}"
            yield File(name, taken, pieces, photo.file_size_bytes, crc32=photo.crc32)
        after = page[-1].id
    tx.commit()


def _report(job: jobs.Job, done: int) -> None:
    with db.transaction() as tx:
        if jobs.progress(tx, job.id, done, stage="photos") is None:
            raise JobIsOver


def _remove_unless_used(tx: Tx, job: jobs.Job) -> None:
    """A deleted person's archive does not stay; that of a job which another delivery finished does."""
    key = service.storage_key(job)
    used = exports.is_result(tx, job.id, key)
    tx.commit()
    if not used:
        storage.delete_many([key])


handler = worker.sqs_worker(guarded={service.BUILD: build})
