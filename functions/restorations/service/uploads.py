"""Bringing old photos: a session of a day, and what became of each file."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple, Protocol
from uuid import UUID

from darkroom.db import Tx
from darkroom.storage import Upload

TOKEN: Final = "upload"  # noqa: S105 - the kind of token that opens a session


class File(Protocol):
    """What a client says about a file before it brings it."""

    @property
    def filename(self) -> str: ...
    @property
    def content_type(self) -> str: ...
    @property
    def size_bytes(self) -> int: ...


class Place(NamedTuple):
    upload_id: UUID
    upload: Upload


class Opened(NamedTuple):
    id: UUID
    token: str
    places: list[Place]
    expires_at: datetime


class Uploaded(NamedTuple):
    id: UUID
    filename: str
    status: str
    width: int | None
    height: int | None
    preview_key: str | None
    reason: str | None


class Session(NamedTuple):
    id: UUID
    expires_at: datetime
    files: list[Uploaded]
    order_id: UUID | None


def open_session(tx: Tx, address: str, files: Sequence[File]) -> Opened:
    raise NotImplementedError


def get(tx: Tx, caller_id: UUID, session_id: UUID) -> Session:
    raise NotImplementedError


def renew(tx: Tx, caller_id: UUID, session_id: UUID, upload_ids: Sequence[UUID]) -> list[Place]:
    raise NotImplementedError
