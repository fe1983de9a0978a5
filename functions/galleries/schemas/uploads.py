"""What is said when photos are brought and curated."""

from typing import Annotated, Literal

from pydantic import Field

from darkroom.http import Answer, Body

PHOTOS_MAX = 500


class AnnouncedFile(Body):
    """A file that is about to be brought. Its name is only ever shown."""

    filename: Annotated[str, Field(min_length=1, max_length=255)]
    content_type: Annotated[str, Field(min_length=1, max_length=100)]
    size_bytes: Annotated[int, Field(ge=1)]


class UploadRequest(Body):
    files: Annotated[list[AnnouncedFile], Field(min_length=1, max_length=PHOTOS_MAX)]


class UploadTarget(Answer):
    """PUT the bytes to `url` with these headers: exactly that many bytes of that type, once."""

    storage_key: str
    url: str
    method: Literal["PUT"]
    headers: dict[str, str]
    expires_in: int


class UploadTargets(Answer):
    uploads: list[UploadTarget]


class CurationRequest(Body):
    """Photos that were brought, by their storage keys. With `regroup` photos that are in albums already may move."""

    image_keys: Annotated[
        list[Annotated[str, Field(min_length=1, max_length=200)]], Field(min_length=1, max_length=PHOTOS_MAX)
    ]
    instructions: Annotated[str | None, Field(max_length=1_000)] = None
    regroup: bool = False
