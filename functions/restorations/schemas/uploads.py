"""What is said while photos are brought."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from darkroom.http import Answer, Body, Id

FILES_MAX = 50


class OldPhoto(Body):
    """A file that is about to be brought. Its name is only ever shown."""

    filename: Annotated[str, Field(min_length=1, max_length=255)]
    content_type: Annotated[str, Field(min_length=1, max_length=100)]
    size_bytes: Annotated[int, Field(ge=1)]


class NewUpload(Body):
    files: Annotated[list[OldPhoto], Field(min_length=1, max_length=FILES_MAX)]


class FreshUrls(Body):
    """Files whose addresses have run out before their bytes were brought."""

    upload_ids: Annotated[list[Id], Field(min_length=1, max_length=FILES_MAX)]


class FileTarget(Answer):
    """PUT the bytes to `url` with these headers: exactly that many bytes of that type, once, within five minutes."""

    upload_id: UUID
    url: str
    method: Literal["PUT"]
    headers: dict[str, str]


class FileTargets(Answer):
    uploads: list[FileTarget]


class UploadOpened(Answer):
    """`session_token` opens this session and nothing else; it is shown once."""

    session_id: UUID
    session_token: str
    uploads: list[FileTarget]
    expires_at: datetime


class UploadedFile(Answer):
    """`width`, `height` and `preview_url` (watermarked) when it is valid, `reason` when it is invalid. A file with the
    bytes of an earlier one is invalid, too, and has all of these: checkout can be asked to keep it."""

    upload_id: UUID
    filename: str
    status: Literal["pending", "valid", "invalid"]
    width: int | None
    height: int | None
    preview_url: str | None
    reason: str | None


class UploadSession(Answer):
    session_id: UUID
    expires_at: datetime
    files: list[UploadedFile]
    order_id: UUID | None
    """The order that was made of it, once there was a checkout."""


class Offered(Answer):
    """What the configured model takes."""

    fidelity: bool
    colorize: bool
    upscale: list[int]


class Offer(Answer):
    """What a photo costs and what can be wished for."""

    price_cents: int
    currency: str
    max_files: int
    max_bytes: int
    content_types: list[str]
    options: Offered
