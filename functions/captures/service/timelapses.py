"""Films of a device's photos: the job is started here, and timelapse.py does it."""

from datetime import datetime, timedelta
from typing import Final, NamedTuple
from uuid import UUID

from captures.queries import devices
from captures.queries import timelapses as queries
from darkroom import jobs, messages, outbox, storage, throttle
from darkroom.db import Tx
from darkroom.errors import BadRequest, Conflict, FieldError, NotFound
from darkroom.settings import settings

KIND: Final = "timelapse"
QUEUE: Final = "timelapses"
BUILD: Final = "captures.build_timelapse"
FOLDER: Final = "downloads"
FRAMES_MAX: Final = 5_000

_DAYS_MAX: Final = 366
_HOUR: Final = 3_600


class Wish(NamedTuple):
    device_id: UUID
    first: datetime
    last: datetime
    fps: int


def start(tx: Tx, user_id: UUID, wish: Wish) -> jobs.Job:
    device = devices.get(tx, user_id, wish.device_id)
    if device is None:
        raise NotFound
    _check(wish)
    frames = queries.count(tx, queries.Scope(user_id, wish.device_id, wish.first, wish.last), FRAMES_MAX)
    if frames == 0:
        raise Conflict("This camera has no photos of that time.")
    throttle.hit(tx, "timelapses", str(user_id), settings().timelapses_per_caller_hour, _HOUR)
    asked = {
        "device_id": str(wish.device_id),
        "from": wish.first.isoformat(),
        "to": wish.last.isoformat(),
        "fps": wish.fps,
        "name": f"{storage.safe_name(device.name, 'camera')} {wish.first:%Y-%m-%d}.mp4",
    }
    job = jobs.create(tx, user_id, KIND, asked, total=frames)
    outbox.send(tx, QUEUE, messages.new(BUILD, {"job_id": job.id}))
    return job


def photos(tx: Tx, job: jobs.Job) -> list[UUID]:
    """The images that the film shows, oldest first."""
    asked = job.input
    moments = datetime.fromisoformat(asked["from"]), datetime.fromisoformat(asked["to"])
    return queries.photos(tx, queries.Scope(job.user_id, UUID(asked["device_id"]), *moments), FRAMES_MAX)


def storage_key(job: jobs.Job) -> str:
    """One film a job: a repetition writes the same object again."""
    return f"{FOLDER}/{job.user_id}/{job.id}.mp4"


def _check(wish: Wish) -> None:
    if wish.first >= wish.last:
        raise BadRequest(fields=[FieldError("to", "This has to be later than `from`.")])
    if wish.last - wish.first > timedelta(days=_DAYS_MAX):
        raise BadRequest(fields=[FieldError("to", f"A film spans {_DAYS_MAX} days at most.")])
