"""Taking back what a job made: its albums go, its photos stay, and what a person has touched since stays too."""

from typing import Final
from uuid import UUID

from darkroom import jobs, messages, outbox
from darkroom.db import Tx
from darkroom.errors import Conflict
from galleries.queries import albums, curations

KIND: Final = "curation_undo"
UNDO: Final = "galleries.undo_curation"

_QUEUE: Final = "curations"  # the worker that makes albums also takes them back
_NOT_YET = "This job still runs. Wait until it is finished, then it can be undone."


def start(tx: Tx, user_id: UUID, job_id: UUID) -> jobs.Job:
    """A job that takes back another one's albums. Asked twice, the second is refused."""
    job = jobs.get(tx, job_id, user_id)
    curation = curations.get(tx, job_id)
    if curation is None:
        raise Conflict("This job has made no albums, so there is nothing to undo.")
    if job.status in ("pending", "processing"):
        raise Conflict(_NOT_YET)
    if job.status == "failed":
        raise Conflict("This job failed and made no albums, so there is nothing to undo.")
    undo = jobs.create(tx, user_id, KIND, {"job_id": str(job_id)})
    if not curations.mark_undone(tx, job_id, undo.id):
        raise Conflict("This job was undone already.")
    enqueue(tx, undo)
    return undo


def again(tx: Tx, undo: jobs.Job) -> None:
    """An undoing that failed is tried once more, unless another one has been asked for since."""
    if not curations.mark_undone(tx, UUID(undo.input["job_id"]), undo.id):
        raise Conflict("This job was undone already.")
    enqueue(tx, undo)


def enqueue(tx: Tx, undo: jobs.Job) -> None:
    outbox.send(tx, _QUEUE, messages.new(UNDO, {"job_id": undo.id}))


def undo(tx: Tx, undo_job_id: UUID) -> None:
    """All of it or nothing, once."""
    job = jobs.start(tx, undo_job_id)
    if job is None:
        return
    curated_by = UUID(job.input["job_id"])
    albums.lock(tx, job.user_id)
    removed = albums.delete_made_by(tx, job.user_id, curated_by)
    kept = albums.count_made_by(tx, job.user_id, curated_by)
    jobs.complete(tx, undo_job_id, {"albums_removed": removed, "albums_kept": kept})
