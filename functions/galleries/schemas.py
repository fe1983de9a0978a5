"""Wire models of galleries."""

from typing import Annotated, Literal

from pydantic import Field

from darkroom.http import Answer, Body


class AnnouncedFile(Body):
    """A file that is about to be brought. Its name is only ever shown."""

    filename: Annotated[str, Field(min_length=1, max_length=255)]
    content_type: Annotated[str, Field(min_length=1, max_length=100)]
    size_bytes: Annotated[int, Field(ge=1)]


class UploadRequest(Body):
    files: Annotated[list[AnnouncedFile], Field(min_length=1, max_length=500)]


class UploadTarget(Answer):
    """PUT the bytes to `url` with these headers: exactly that many bytes of that type, once."""

    storage_key: str
    url: str
    method: Literal["PUT"]
    headers: dict[str, str]
    expires_in: int


class UploadTargets(Answer):
    uploads: list[UploadTarget]
