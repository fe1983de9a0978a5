"""The way in: a place in storage for each photo that is announced."""

from collections.abc import Sequence
from typing import Final, Protocol
from uuid import UUID

from darkroom import storage, throttle
from darkroom.db import Tx
from darkroom.settings import settings
from darkroom.storage import Upload
from galleries.queries import uploads as queries

FOLDER: Final = "uploads"
ABANDONED_DAYS: Final = 7
_HOUR: Final = 3600


class File(Protocol):
    """What a client says about a file before it brings it."""

    @property
    def filename(self) -> str: ...
    @property
    def content_type(self) -> str: ...
    @property
    def size_bytes(self) -> int: ...


def upload_urls(tx: Tx, user_id: UUID, files: Sequence[File]) -> list[Upload]:
    """A place for each file, in their order; one file that could not be taken refuses the whole call."""
    storage.check_photos(files)
    throttle.hit(tx, FOLDER, str(user_id), settings().uploads_per_caller_hour, _HOUR)
    announced = [
        queries.Announced(
            storage.new_key(FOLDER, user_id, file.content_type),
            storage.safe_name(file.filename),
            file.content_type,
            file.size_bytes,
        )
        for file in files
    ]
    queries.announce(tx, user_id, announced)
    return [storage.upload_url(each.storage_key, each.content_type, each.file_size_bytes) for each in announced]


def forget_abandoned(tx: Tx, limit: int) -> int:
    return queries.forget_abandoned(tx, ABANDONED_DAYS, limit)
