"""The rules of galleries."""

from collections.abc import Sequence
from typing import Final, Protocol
from uuid import UUID

from darkroom import storage, throttle
from darkroom.db import Tx
from darkroom.errors import FieldError, Problem
from darkroom.settings import settings
from darkroom.storage import Upload

UPLOADS: Final = "uploads"
_HOUR: Final = 3600


class Announced(Protocol):
    """What a client says about a file before it brings it."""

    @property
    def content_type(self) -> str: ...
    @property
    def size_bytes(self) -> int: ...


def upload_urls(tx: Tx, user_id: UUID, files: Sequence[Announced]) -> list[Upload]:
    """A place for each file, in their order; one file that could not be taken refuses the whole call."""
    for position, file in enumerate(files):
        try:
            storage.check_photo(file.content_type, file.size_bytes)
        except Problem as refused:
            raise type(refused)(refused.detail, fields=[FieldError(f"files.{position}", refused.detail)]) from None
    throttle.hit(tx, UPLOADS, str(user_id), settings().uploads_per_caller_hour, _HOUR)
    return [
        storage.upload_url(storage.new_key(UPLOADS, user_id, file.content_type), file.content_type, file.size_bytes)
        for file in files
    ]
