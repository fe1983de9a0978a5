"""Films of a device's photos: the job is started here, and timelapse.py does it."""

from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID

from darkroom import jobs
from darkroom.db import Tx

KIND: Final = "timelapse"
QUEUE: Final = "timelapses"
BUILD: Final = "captures.build_timelapse"
FOLDER: Final = "downloads"


class Wish(NamedTuple):
    device_id: UUID
    first: datetime
    last: datetime
    fps: int


def start(tx: Tx, user_id: UUID, wish: Wish) -> jobs.Job:
    raise NotImplementedError
