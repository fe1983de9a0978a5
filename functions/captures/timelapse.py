"""The Lambda that makes films: a camera's photos, oldest first, from the pictures that are kept for looking at.

A few of them are fetched ahead, and memory stays flat however many there are. A message that comes again finds its job
finished, or writes the same film under the same key once more.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING
from uuid import UUID

from captures.service import timelapses
from darkroom import db, jobs, log, pictures, storage, worker
from darkroom.db import Tx
from darkroom.messages import Message

if TYPE_CHECKING:
    from PIL.Image import Image

    from captures.video import Film

FILMING = "making the film"
GONE = "None of these photos is there any more."

_REPORT_EVERY = 20
_THREADS = 4
_AHEAD = 8
_PICTURE_BYTES_MAX = 20_000_000
_PIECE = 1_000_000


class JobIsOver(Exception):
    """Nobody waits for this film any more."""


def build(tx: Tx, message: Message) -> None:
    from captures import video

    job_id = message.uuid("job_id")
    job = jobs.start(tx, job_id) or jobs.resume(tx, job_id)
    if job is None:
        return
    images = timelapses.photos(tx, job)
    if not images:
        jobs.fail(tx, job_id, GONE)
        return
    jobs.progress(tx, job_id, 0, stage=FILMING, total=len(images))
    tx.commit()  # nothing is held while the film is made
    key = timelapses.storage_key(job)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "film.mp4"
        try:
            with video.Film(path, job.input["fps"]) as film:
                _shoot(job, film, images)
            _report(job, len(images))  # an account that went meanwhile leaves no film behind
        except JobIsOver:
            return
        if film.frames == 0:
            jobs.fail(tx, job_id, GONE)
            return
        size = storage.write_stream(key, _pieces(path), video.CONTENT_TYPE)
    made = {"frames": film.frames, "duration_seconds": round(film.seconds, 3), "size_bytes": size}
    jobs.complete(tx, job_id, {"storage_key": key, "download_name": job.input["name"], **made})
    log.info("captures.film_made", job_id=str(job_id), **made)


def _shoot(job: jobs.Job, film: "Film", images: Sequence[UUID]) -> None:
    for number, picture in enumerate(_fetched(images)):
        if number % _REPORT_EVERY == 0:
            _report(job, number)
        if picture is not None:
            film.add(picture)


def _fetched(images: Sequence[UUID]) -> "Iterator[Image | None]":
    """The pictures in order, a few of them on their way while one is used. The first comes alone: it makes the client
    that the threads share."""
    yield _fetch(images[0])
    left = iter(images[1:])
    with ThreadPoolExecutor(_THREADS) as threads:
        ahead: deque[Future[Image | None]] = deque(
            threads.submit(_fetch, image_id) for image_id in islice(left, _AHEAD)
        )
        while ahead:
            picture = ahead.popleft().result()
            ahead.extend(threads.submit(_fetch, image_id) for image_id in islice(left, 1))
            yield picture


def _fetch(image_id: UUID) -> "Image | None":
    from captures import video

    try:
        return video.decoded(storage.read(pictures.key(image_id, pictures.VIEW_EDGE), _PICTURE_BYTES_MAX))
    except (storage.Missing, video.NoPicture) as error:
        log.warning("captures.picture_left_out", image_id=str(image_id), error=type(error).__name__)
        return None


def _report(job: jobs.Job, done: int) -> None:
    with db.transaction() as tx:
        if jobs.progress(tx, job.id, done) is None:
            raise JobIsOver


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as film:
        while piece := film.read(_PIECE):
            yield piece


handler = worker.sqs_worker(guarded={timelapses.BUILD: build})
