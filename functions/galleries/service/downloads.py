"""An album's originals as one ZIP: the job is started here, and download.py does it."""

from typing import Final
from uuid import UUID

from darkroom import jobs, messages, outbox, storage, throttle
from darkroom.db import Tx
from darkroom.errors import Conflict, NotFound
from darkroom.settings import settings
from galleries.queries import albums

KIND: Final = "album_download"
QUEUE: Final = "downloads"
BUILD: Final = "galleries.build_download"
FOLDER: Final = "downloads"

_HOUR: Final = 3600


def start(tx: Tx, user_id: UUID, album_id: UUID) -> jobs.Job:
    album = albums.get(tx, user_id, album_id)
    if album is None:
        raise NotFound
    if album.image_count == 0:
        raise Conflict("This album has no photos to download.")
    throttle.hit(tx, "downloads", str(user_id), settings().downloads_per_caller_hour, _HOUR)
    name = f"{storage.safe_name(album.title, 'album')}.zip"
    job = jobs.create(tx, user_id, KIND, {"album_id": str(album_id), "name": name}, total=album.image_count)
    enqueue(tx, job)
    return job


def enqueue(tx: Tx, job: jobs.Job) -> None:
    outbox.send(tx, QUEUE, messages.new(BUILD, {"job_id": job.id}))


def storage_key(job: jobs.Job) -> str:
    """One archive a job: a repetition writes the same object again."""
    return f"{FOLDER}/{job.user_id}/{job.id}.zip"
