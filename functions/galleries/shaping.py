"""Rows into wire models, with addresses signed for whoever reads them."""

from base64 import b64encode
from typing import Any
from uuid import UUID

from darkroom import pictures, storage
from darkroom.pictures import THUMBNAIL_EDGE, VIEW_EDGE
from galleries.queries import albums as album_rows
from galleries.queries import images as image_rows
from galleries.schemas import albums as wire
from galleries.schemas.images import Image
from galleries.service.reading import Shown


def image(row: image_rows.Image) -> Image:
    original = storage.read_url(row.storage_key, row.original_filename)
    derived = row.derived_at is not None
    return Image(
        url=pictures.url(row.user_id, row.id, VIEW_EDGE) if derived else original,
        thumbnail_url=pictures.url(row.user_id, row.id, THUMBNAIL_EDGE) if derived else original,
        original_url=original,
        thumbhash=_text(row.thumbhash),
        **{name: getattr(row, name) for name in _IMAGE_FIELDS},
    )


_IMAGE_FIELDS = (
    "id",
    "source",
    "original_filename",
    "content_type",
    "file_size_bytes",
    "width",
    "height",
    "taken_at",
    "taken_at_offset",
    "album_ids",
    "created_at",
    "trashed_at",
)


def album_image(row: album_rows.AlbumImage) -> wire.AlbumImage:
    return wire.AlbumImage(
        id=row.id,
        url=pictures.url(row.user_id, row.id, VIEW_EDGE),
        thumbnail_url=pictures.url(row.user_id, row.id, THUMBNAIL_EDGE),
        thumbhash=_text(row.thumbhash),
        original_filename=row.original_filename,
        content_type=row.content_type,
        width=row.width,
        height=row.height,
        display_order=row.display_order,
        taken_at=row.taken_at,
        taken_at_offset=row.taken_at_offset,
        created_at=row.created_at,
    )


def album(shown: Shown) -> wire.Album:
    row = shown.album
    share = None
    if row.share_created_at is not None:
        share = wire.ShareState(created_at=row.share_created_at, expires_at=row.share_expires_at)
    return wire.Album(job_id=row.job_id, share=share, **_body(shown))


def shared_album(shown: Shown) -> wire.SharedAlbum:
    return wire.SharedAlbum(urls_expire_in=storage.READ_SECONDS, **_body(shown))


def gallery(user_id: UUID, found: list[Shown], following: str | None) -> wire.Gallery:
    return wire.Gallery(
        user_id=user_id,
        items=[album(each) for each in found],
        next_cursor=following,
        urls_expire_in=storage.READ_SECONDS,
    )


def _body(shown: Shown) -> dict[str, Any]:
    row = shown.album
    return {
        "id": row.id,
        "title": row.title,
        "theme_description": row.theme_description,
        "cover_url": pictures.url(row.user_id, row.cover_id, VIEW_EDGE) if row.cover_id else None,
        "image_count": row.image_count,
        "curated_by": row.curated_by,
        "images": [album_image(each) for each in shown.images],
        "images_next_cursor": shown.images_next_cursor,
        "created_at": row.created_at,
        "updated_at": row.updated_at,
    }


def _text(thumbhash: bytes | None) -> str | None:
    return b64encode(thumbhash).decode() if thumbhash else None
