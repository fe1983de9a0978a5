"""From photos to albums: what a job is asked for, and how it goes from one stage to the next.

A curation is pending until QStash calls back, is prepared photo by photo, in batches that run side by side, and ends
with one transaction that writes every album. Each step may come twice: rows say what was done.
"""

from collections.abc import Sequence
from math import ceil
from typing import Final, NamedTuple
from uuid import UUID

from darkroom import jobs, messages, outbox, storage, throttle
from darkroom.db import Tx
from darkroom.errors import BadRequest, Conflict, FieldError, NotFound
from darkroom.settings import settings
from galleries.curating import model
from galleries.queries import curations as queries
from galleries.queries import uploads
from galleries.service import downloads, undoing

KIND: Final = "curation"
QUEUE: Final = "curations"
PREPARE: Final = "galleries.prepare_photos"
ASK_MODEL: Final = "galleries.ask_model"
MAKE_ALBUMS: Final = "galleries.make_albums"

ACCEPT_PATH: Final = "/api/v1/jobs/process"
FAILED_PATH: Final = "/api/v1/jobs/process/failed"

PREPARING: Final = "preparing photos"
FINDING: Final = "finding albums"
MAKING: Final = "making albums"

NOTHING_USABLE: Final = "None of these photos could be used, so there are no albums."
GAVE_UP: Final = "We could not finish this. Your photos are safe; please try again."

_HOUR: Final = 3600
_BATCH_MAX: Final = 10
_BATCHES_WANTED: Final = 16  # small jobs are split too: their photos are prepared side by side
_NAMED_MAX: Final = 20


class Wish(NamedTuple):
    """What a person asks for."""

    image_keys: Sequence[str]
    instructions: str | None = None
    regroup: bool = False


def start(tx: Tx, user_id: UUID, wish: Wish) -> jobs.Job:
    """A job over these photos. They are looked for in storage before anything is written, outside any transaction."""
    throttle.hit(tx, "curations", str(user_id), settings().curations_per_caller_hour, _HOUR)
    keys = list(dict.fromkeys(wish.image_keys))
    known, announced = uploads.image_ids(tx, user_id, keys), uploads.announced(tx, user_id, keys)
    tx.commit()
    stored = storage.sizes([key for key in keys if key in announced and key not in known])
    here = {key for key in announced if stored.get(key) == announced[key].file_size_bytes}
    _refuse(tx, user_id, wish.image_keys, {key for key in keys if key not in known and key not in here})
    uploads.make_images(tx, user_id, [key for key in keys if key not in known])
    images = uploads.image_ids(tx, user_id, keys)
    _refuse(tx, user_id, wish.image_keys, set(keys) - set(images))
    job = jobs.create(tx, user_id, KIND, {"photos": len(keys)}, total=_steps(len(keys)))
    queries.create(
        tx,
        job.id,
        user_id,
        instructions=wish.instructions or None,
        regroup=wish.regroup,
        photos=[(key, images[key]) for key in keys],
    )
    _call_back(tx, job)
    return job


def _steps(photos: int) -> int:
    """Of a job's progress: each photo, each batch that the model is asked about, and the albums."""
    batches = ceil(photos / settings().gemini_photos_per_call) if model.is_configured() else 0
    return photos + batches + 1


def _refuse(tx: Tx, user_id: UUID, keys: Sequence[str], bad: set[str]) -> None:
    """Names every bad key and what is wrong with it. Somebody else's key and one that never was are one."""
    if not bad:
        return
    announced = uploads.announced(tx, user_id, list(bad))
    missing = dict.fromkeys(announced, "nothing has been brought here yet. Upload the photo first.")
    why = queries.refusals(tx, user_id, list(bad)) | missing
    fields = [
        FieldError(f"image_keys.{position}", f"{key}: {why.get(key, 'this is not the key of a photo of yours.')}")
        for position, key in enumerate(keys)
        if key in bad
    ]
    named = ", ".join(sorted(bad)[:_NAMED_MAX])
    more = f" and {len(bad) - _NAMED_MAX} more" if len(bad) > _NAMED_MAX else ""
    raise BadRequest(f"These keys cannot be processed: {named}{more}.", fields=fields)


def retry(tx: Tx, user_id: UUID, job_id: UUID) -> jobs.Job:
    """A failed job of galleries goes on where it was."""
    job = jobs.get(tx, job_id, user_id)
    if job.kind not in (KIND, downloads.KIND, undoing.KIND):
        raise Conflict("This job cannot be tried again. Please start a new one.")
    job = jobs.retry(tx, job_id, user_id)
    if job.kind == KIND:
        queries.forget_failed_answers(tx, job_id)
        _call_back(tx, job)
    elif job.kind == downloads.KIND:
        downloads.enqueue(tx, job)
    else:
        undoing.again(tx, job)
    return job


def _call_back(tx: Tx, job: jobs.Job) -> None:
    outbox.qstash(tx, ACCEPT_PATH, {"job_id": str(job.id)}, failure_path=FAILED_PATH)


def accept(tx: Tx, job_id: UUID) -> None:
    """QStash has called back: pending -> processing, and the photos that wait go to the workers in batches."""
    if queries.get(tx, job_id) is None:
        raise NotFound
    if jobs.start(tx, job_id) is None:
        return
    waiting = [entry.position for entry in queries.waiting(tx, job_id)]
    if not waiting:
        next_stage(tx, job_id)
        return
    size = max(1, min(_BATCH_MAX, len(waiting) // _BATCHES_WANTED))
    batches = [waiting[start : start + size] for start in range(0, len(waiting), size)]
    outbox.send_many(
        tx,
        QUEUE,
        [messages.new(PREPARE, {"job_id": job_id, "first": batch[0], "last": batch[-1]}) for batch in batches],
    )
    report(tx, job_id, PREPARING)


def report(tx: Tx, job_id: UUID, stage: str) -> jobs.Job | None:
    """Tells how many photos are done with. Holds the job's row until the transaction ends."""
    counts = queries.counts(tx, job_id)
    return jobs.progress(tx, job_id, counts.ready + counts.skipped, stage=stage)


def batch_is_prepared(tx: Tx, job_id: UUID) -> None:
    """Some photos were prepared. Whoever finds none waiting opens the next stage, and nobody after them: batches that
    end at one moment all find none, and each opening would cost a question to the model."""
    job = jobs.resume(tx, job_id)  # which holds its row until the transaction ends
    if job is None or job.stage != PREPARING:
        return
    if queries.counts(tx, job_id).waiting:
        report(tx, job_id, PREPARING)
    else:
        next_stage(tx, job_id)


def next_stage(tx: Tx, job_id: UUID) -> None:
    """Every photo is prepared or skipped: the model is asked, or the albums are made without it."""
    if queries.counts(tx, job_id).ready == 0:
        fail_without_photos(tx, job_id)
    elif model.is_configured():
        ask_model(tx, job_id, batch=len(queries.answers(tx, job_id)))  # those of an earlier try are kept
    else:
        make_albums(tx, job_id)


def ask_model(tx: Tx, job_id: UUID, batch: int) -> None:
    """So many batches have been asked about; the next one is sent."""
    if jobs.progress(tx, job_id, queries.counts(tx, job_id).total + batch, stage=FINDING) is not None:
        outbox.send(tx, QUEUE, messages.new(ASK_MODEL, {"job_id": job_id, "batch": batch}))


def make_albums(tx: Tx, job_id: UUID) -> None:
    if report(tx, job_id, MAKING) is not None:
        outbox.send(tx, QUEUE, messages.new(MAKE_ALBUMS, {"job_id": job_id}))


def fail_without_photos(tx: Tx, job_id: UUID) -> None:
    skipped = queries.skipped(tx, job_id)
    reasons = list(dict.fromkeys(row["reason"] for row in skipped))
    result = {"albums_created": 0, "album_ids": [], "photos": 0, "skipped": skipped, "duplicates": []}
    jobs.fail(tx, job_id, " ".join([NOTHING_USABLE, *reasons[:3]]), result)


def give_up(tx: Tx, job_id: UUID) -> None:
    """Its message failed for good, here or with QStash."""
    if jobs.fail(tx, job_id, GAVE_UP) is not None:
        queries.unmark_undone(tx, job_id)
