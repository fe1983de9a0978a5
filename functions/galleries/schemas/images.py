"""A photo, as its owner sees it."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from darkroom.http import Answer, Page

Source = Literal["upload", "capture", "restoration"]


class Image(Answer):
    """`url` and `thumbnail_url` are pictures of at most 1600 and 400 px; `thumbhash` (base64) is a blurred preview of
    some 20 bytes. Until a photo has been looked at, the urls are the original's and the sizes null."""

    id: UUID
    source: Source
    url: str
    thumbnail_url: str
    original_url: str
    thumbhash: str | None
    original_filename: str
    content_type: str
    file_size_bytes: int
    width: int | None
    height: int | None
    taken_at: datetime | None
    taken_at_offset: str | None
    album_ids: list[UUID]
    created_at: datetime
    trashed_at: datetime | None


class ImageList(Page[Image]):
    """Photos, newest first."""
