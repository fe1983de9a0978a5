"""How a try ends badly: another begins, a little later and closer to the original where that helps, or the photo has
failed, is given back, and its customer is told why."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final, NamedTuple
from uuid import UUID

from darkroom import clock, log, messages, metrics, outbox
from darkroom.db import Tx
from darkroom.settings import settings
from restorations.queries import jobs, photos
from restorations.queries.jobs import Job
from restorations.queries.orders import Order
from restorations.queries.photos import Photo
from restorations.service import finishing, refunds

QUEUE: Final = "restorations"
SUBMIT: Final = "restorations.submit"

# Until the sweep looks after a job that waits for its message.
WAITS: Final = timedelta(minutes=5)
_CLOSER: Final = 0.15  # of fidelity, for the try after a result that strayed from its original


class Failure(NamedTuple):
    """Why a try failed: in one word for us, in words for the person, and as it was told to us."""

    kind: str
    words: str
    detail: str = ""
    # Nothing changes by trying again.
    is_final: bool = False
    # The next try keeps closer to the original.
    strayed: bool = False


NOT_RESTORED: Final = "This photo could not be restored, though we tried several times."
_REFUSED: Final = (
    "The restoring service refuses this photo because of what it shows. If that is a mistake of theirs, we are sorry."
)

GONE: Final = Failure("gone", "This photo was not in storage any more when its turn came.", is_final=True)
UNREADABLE: Final = Failure("unreadable", "This photo turned out to be damaged and could not be read.", is_final=True)
CANCELED: Final = Failure("canceled", NOT_RESTORED)
LOST: Final = Failure("lost", NOT_RESTORED)
TIMED_OUT: Final = Failure("timeout", "Restoring this photo took too long each time, and we gave it up.")
NOT_SAFE: Final = Failure("nsfw", _REFUSED, is_final=True)
EMPTY: Final = Failure("empty", "Restoring this photo brought nothing, though we tried several times.")
TOO_LARGE: Final = Failure("too_large", "The restored photo became larger than we can keep.")
NO_PHOTO: Final = Failure("not_a_photo", NOT_RESTORED)
WORSE: Final = Failure("worse", "The restored photo was no better than your own each time we tried.", strayed=True)
OTHER_FACE: Final = Failure(
    "other_face", "Restoring this photo changed a face in it each time we tried, so we do not send it.", strayed=True
)
STUCK: Final = Failure("stuck", "This photo could not be restored within a day.", is_final=True)


# Whose fault it was, for the metrics (every value of a dimension is billed); of what is not here, the provider's.
_FAULTS: Final[Mapping[str, str]] = {
    "worse": "quality",
    "other_face": "identity",
    "gone": "input",
    "unreadable": "input",
    "nsfw": "input",
}


def about(job: Job) -> dict[str, UUID | int]:
    """What a message says that is meant for this try and no other."""
    return {"job_id": job.id, "try_number": job.try_number}


def end(tx: Tx, order: Order, job: Job, photo: Photo, failure: Failure) -> bool:
    """This try has failed. The order is held by the caller. False: the try was over already."""
    if not jobs.fail(tx, job, failure.kind, failure.detail or failure.kind):
        return False
    log.warning(
        "restorations.try_failed",
        job_id=str(job.id),
        try_number=job.try_number,
        kind=failure.kind,
        detail=failure.detail,
    )
    if failure.is_final or job.try_number > settings().restoration_retries:
        _give_up(tx, order, photo, failure)
    else:
        _try_again(tx, job, failure)
    return True


def _try_again(tx: Tx, job: Job, failure: Failure) -> None:
    fidelity = min(1.0, round(job.fidelity + _CLOSER, 4)) if failure.strayed else job.fidelity
    delay = 2 ** (job.try_number - 1)
    number = jobs.try_again(tx, job, fidelity, clock.now() + timedelta(seconds=delay) + WAITS)
    if number is not None:
        outbox.send(tx, QUEUE, messages.new(SUBMIT, {"job_id": job.id, "try_number": number}), delay=delay)


def _give_up(tx: Tx, order: Order, photo: Photo, failure: Failure) -> None:
    if not photos.fail(tx, photo.id, failure.words):
        return
    tx.after_commit(lambda: _count(failure))
    refunds.give_back_photo(tx, order, photo, failure.words)
    finishing.photo_ended(tx, order)


def _count(failure: Failure) -> None:
    """All of them, which the alarm looks at, and by whose fault it was."""
    metrics.put("RestorationsFailed", 1)
    metrics.put("RestorationsFailed", 1, Kind=_FAULTS.get(failure.kind, "provider"))
