"""Finding albums with the vision model, one batch of photos a message, each told of the albums so far.

The call is counted before it is made, so that the job's budget holds whoever dies. What the model said is kept in the
same transaction that sends the next message. When it is busy the same question is asked again later; when it fails for
good, or the budget is spent, the albums are made with what there is, and the fallback groups the rest.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from typing import Any, Final

from darkroom import jobs, log, outbox, pictures, storage, worker
from darkroom.db import Tx
from darkroom.images import NotAPhoto
from darkroom.messages import Message
from darkroom.settings import settings
from galleries.curating import gemini, places, proposals
from galleries.curating.gemini import ModelBusy, ModelFailed, Picture
from galleries.queries import curations
from galleries.queries.curations import Curation, Known
from galleries.service import curations as service

_PATIENCE_SECONDS: Final = 300  # a person waits: rather albums by the fallback than by the model in an hour
_TRIES_OF_NONSENSE: Final = 2


def ask_model(tx: Tx, message: Message) -> None:
    job_id, batch = message.uuid("job_id"), int(message.data["batch"])  # type: ignore[arg-type]  # its schema says so
    curation = curations.get(tx, job_id)
    answers = curations.answers(tx, job_id)
    if curation is None or batch in answers or jobs.resume(tx, job_id) is None:
        return
    rest = _not_shown(tx, curation, answers)
    if not rest or not curations.count_model_call(tx, job_id, settings().gemini_calls_per_job):
        service.make_albums(tx, job_id)
        return
    tx.commit()
    asked = rest[: settings().gemini_photos_per_call]
    said = _ask(curation, asked, list(answers.values()), message)
    if isinstance(said, int):
        outbox.send(tx, service.QUEUE, message.again(), delay=said)
        return
    if not curations.keep_answer(tx, job_id, batch, said or {"photo_ids": _ids(asked), "failed": True}):
        return  # another delivery of this message asked as well, was first, and has sent what comes next
    if said is None or len(asked) == len(rest):
        service.make_albums(tx, job_id)
    else:
        service.ask_model(tx, job_id, batch + 1)


def _not_shown(tx: Tx, curation: Curation, answers: dict[int, dict[str, Any]]) -> list[Known]:
    shown = {photo for answer in answers.values() for photo in answer["photo_ids"]}
    photos = curations.groupable(tx, curation.job_id, regroup=curation.regroup)
    return [photo for photo in photos if str(photo.id) not in shown]


def _ids(photos: Sequence[Known]) -> list[str]:
    return [str(photo.id) for photo in photos]


def _ask(
    curation: Curation, photos: Sequence[Known], answers: list[dict[str, Any]], message: Message
) -> dict[str, Any] | int | None:
    """What is kept of the answer; or how many seconds later to ask again; or None: it failed for good."""
    try:
        small = [picture for photo in photos if (picture := _picture(photo)) is not None]
        if not small:
            return None
        said = gemini.propose(small, proposals.albums_so_far(answers), curation.instructions)
    except ModelBusy as busy:
        again_in = busy.retry_after or worker.backoff(message.attempt)
        log.warning("galleries.model_busy", reason=str(busy), attempt=message.attempt, again_in=again_in)
        return again_in if message.attempt < settings().gemini_attempts and again_in <= _PATIENCE_SECONDS else None
    except ModelFailed as failed:
        log.warning("galleries.model_failed", reason=str(failed), attempt=message.attempt)
        return worker.backoff(message.attempt) if message.attempt < _TRIES_OF_NONSENSE else None
    # A photo without a picture counts as shown: it ends among those that the model left out.
    shown = said["photo_ids"]
    return {**said, "photo_ids": [*shown, *(photo for photo in _ids(photos) if photo not in shown)]}


def _picture(photo: Known) -> Picture | None:
    key = pictures.key(photo.id, pictures.VIEW_EDGE)
    try:
        content = gemini.shrink(storage.read(key))
    except (storage.Missing, NotAPhoto) as failure:
        log.error("galleries.picture_missing", image_id=str(photo.id), error=type(failure).__name__)
        return None
    place = None
    if photo.latitude is not None and photo.longitude is not None:
        place = places.name_of(photo.latitude, photo.longitude)
    return Picture(photo.id, content, pictures.CONTENT_TYPE, _when(photo), place)


def _when(photo: Known) -> str | None:
    """The wall time where it was taken, in ISO 8601."""
    if photo.taken_at is None:
        return None
    offset = photo.taken_at_offset
    if offset is None:
        return photo.taken_at.replace(tzinfo=None).isoformat(timespec="minutes")
    away = datetime.strptime(offset, "%z").utcoffset() or timedelta()
    return photo.taken_at.astimezone(timezone(away)).isoformat(timespec="minutes")
