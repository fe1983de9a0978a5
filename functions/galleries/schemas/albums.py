"""Albums, as their owner and as guests see them."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from darkroom.http import MAY_BE_LEFT_OUT, Answer, Body, Id, Page

Title = Annotated[str, Field(min_length=1, max_length=120)]
Theme = Annotated[str, Field(max_length=1_000)]
ImageIds = Annotated[list[Id], Field(max_length=10_000)]


class NewAlbum(Body):
    title: Title
    theme_description: Theme = ""
    image_ids: ImageIds = []


class AlbumChange(Body):
    """What is left out stays as it is; a cover of null is the first photo again."""

    title: Annotated[Title, MAY_BE_LEFT_OUT] = ""
    theme_description: Annotated[Theme, MAY_BE_LEFT_OUT] = ""
    cover_image_id: Id | None = None


class AlbumImages(Body):
    """The album's photos from now on, in this order. Photos of other albums move here."""

    image_ids: ImageIds


class AlbumMerge(Body):
    """The album whose photos come here; it is gone afterwards."""

    album_id: Id


class ShareRequest(Body):
    """`expires_in` seconds; without it the link works until it is ended."""

    expires_in: Annotated[int | None, Field(ge=60, le=31_536_000)] = None


class Share(Answer):
    """The token is shown this once. Sharing again makes another one and ends this."""

    token: str
    url: str
    expires_at: datetime | None


class ShareState(Answer):
    """That there is a link, and until when."""

    created_at: datetime
    expires_at: datetime | None


class SharedImage(Answer):
    """A photo as everybody may see it: its pictures, never its original."""

    id: UUID
    url: str
    thumbnail_url: str
    thumbhash: str | None
    original_filename: str
    content_type: str
    width: int | None
    height: int | None
    display_order: int
    taken_at: datetime | None
    taken_at_offset: str | None
    created_at: datetime


class AlbumImage(SharedImage):
    """A photo of one's own album."""

    original_url: str


class AlbumBody(Answer):
    """What owners and guests see alike. The first 60 images come along; `images_next_cursor` leads to the next."""

    id: UUID
    title: str
    theme_description: str
    cover_url: str | None
    image_count: int
    curated_by: Literal["gemini", "fallback", "person"]
    images_next_cursor: str | None
    created_at: datetime
    updated_at: datetime


class Album(AlbumBody):
    images: list[AlbumImage]
    job_id: UUID | None
    share: ShareState | None


class SharedAlbum(AlbumBody):
    """An album behind a link: pictures without the originals' metadata, and nothing of its owner."""

    images: list[SharedImage]
    urls_expire_in: int


class AlbumImageList(Page[AlbumImage]):
    """Photos of an album, in its order."""


class SharedImageList(Page[SharedImage]):
    """Photos behind a link, in the album's order."""


class Gallery(Page[Album]):
    """A person's albums, newest first."""

    user_id: UUID
    urls_expire_in: int
