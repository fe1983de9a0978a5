"""Rows into wire models, with addresses signed for whoever reads them."""

from base64 import b64encode
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from darkroom import pictures, storage
from darkroom.pictures import THUMBNAIL_EDGE, VIEW_EDGE
from galleries.queries import albums as album_rows
from galleries.queries import images as image_rows
from galleries.schemas import albums as wire
from galleries.schemas.images import Image
from galleries.service.reading import Shown

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


def image(row: image_rows.Image) -> Image:
    original = storage.read_url(row.storage_key, row.original_filename)
    return Image(original_url=original, **_picture(row, original), **_named(row, _IMAGE_FIELDS))


_ALBUM_IMAGE_FIELDS = (
    "id",
    "original_filename",
    "content_type",
    "width",
    "height",
    "display_order",
    "taken_at",
    "taken_at_offset",
    "created_at",
)


def album_image(row: album_rows.AlbumImage) -> wire.AlbumImage:
    original = storage.read_url(row.storage_key, row.original_filename)
    return wire.AlbumImage(original_url=original, **_picture(row, original), **_named(row, _ALBUM_IMAGE_FIELDS))


def shared_images(rows: Sequence[album_rows.AlbumImage]) -> list[wire.SharedImage]:
    """Without their originals, and without those photos that there is nothing else of yet."""
    return [
        wire.SharedImage(**_picture(row, ""), **_named(row, _ALBUM_IMAGE_FIELDS))
        for row in rows
        if row.derived_at is not None
    ]


def _picture(row: image_rows.Image | album_rows.AlbumImage, original: str) -> dict[str, Any]:
    """The addresses of a photo's pictures; until they are made, that of the original."""
    made = row.derived_at is not None
    return {
        "url": pictures.url(row.id, VIEW_EDGE) if made else original,
        "thumbnail_url": pictures.url(row.id, THUMBNAIL_EDGE) if made else original,
        "thumbhash": b64encode(row.thumbhash).decode() if row.thumbhash else None,
    }


def _named(row: Any, fields: Sequence[str]) -> dict[str, Any]:
    return {name: getattr(row, name) for name in fields}


def album(shown: Shown) -> wire.Album:
    row = shown.album
    share = None
    if row.share_created_at is not None:
        share = wire.ShareState(created_at=row.share_created_at, expires_at=row.share_expires_at)
    images = [album_image(each) for each in shown.images]
    return wire.Album(job_id=row.job_id, share=share, images=images, **_body(shown))


def shared_album(shown: Shown) -> wire.SharedAlbum:
    images = shared_images(shown.images)
    return wire.SharedAlbum(urls_expire_in=storage.READ_SECONDS, images=images, **_body(shown))


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
        "cover_url": pictures.url(row.cover_id, VIEW_EDGE) if row.cover_id else None,
        "image_count": row.image_count,
        "curated_by": row.curated_by,
        "images_next_cursor": shown.images_next_cursor,
        "created_at": row.created_at,
        "updated_at": row.updated_at,
    }
