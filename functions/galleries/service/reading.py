"""Albums as they are read: with their first photos, page by page."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from darkroom import pictures, storage
from darkroom.db import Tx
from darkroom.errors import NotFound
from darkroom.pagination import Cursor, PageRequest
from darkroom.settings import settings
from galleries.queries import albums as queries
from galleries.queries.albums import Album, AlbumImage

GALLERY_MAX: Final = 20
FIRST_IMAGES: Final = 60
_IMAGE_BYTES: Final = 500  # of an image's document beside its addresses, the longest names included
_ADDRESSES: Final = 3
_FILLED: Final = 0.9


@dataclass(frozen=True, slots=True)
class Shown:
    """An album and its first photos; the cursor leads to the next ones."""

    album: Album
    images: list[AlbumImage]
    images_next_cursor: str | None


def gallery(tx: Tx, user_id: UUID, page: PageRequest) -> tuple[list[Shown], str | None]:
    """A page of a person's albums, the newest first. It ends early where the answer would grow too large."""
    page = page._replace(limit=min(page.limit, GALLERY_MAX))
    after = page.after(datetime, UUID)
    rows = queries.listed(tx, user_id, (after[0], after[1]) if after else None, page.fetch)
    page = page._replace(limit=_that_fit(rows[: page.limit]))
    albums, following = page.split(rows, lambda row: (row.created_at, row.id))
    return _with_images(tx, albums), following


def album(tx: Tx, user_id: UUID, album_id: UUID) -> Shown:
    found = queries.get(tx, user_id, album_id)
    if found is None:
        raise NotFound
    return _with_images(tx, [found])[0]


def album_images(tx: Tx, user_id: UUID, album_id: UUID, page: PageRequest) -> tuple[list[AlbumImage], str | None]:
    if queries.get(tx, user_id, album_id) is None:
        raise NotFound
    after = page.after(int, UUID)
    rows = queries.images_page(tx, album_id, (after[0], after[1]) if after else None, page.fetch)
    return page.split(rows, _place)


def _place(image: AlbumImage) -> tuple[int, UUID]:
    return image.display_order, image.id


def _with_images(tx: Tx, albums: list[Album]) -> list[Shown]:
    found = queries.first_images(tx, [album.id for album in albums], FIRST_IMAGES + 1)
    shown = []
    for each in albums:
        images = found[each.id]
        following = Cursor.encode(_place(images[FIRST_IMAGES - 1])) if len(images) > FIRST_IMAGES else None
        shown.append(Shown(each, images[:FIRST_IMAGES], following))
    return shown


def _that_fit(albums: list[Album]) -> int:
    """How many of these albums an answer can hold: a signed address has some 500 characters, and beyond 1,500 when the
    role's session token is part of it."""
    if not albums:
        return 1
    address = len(storage.read_url(pictures.key(albums[0].id, pictures.VIEW_EDGE), "x" * storage.NAME_LENGTH))
    room = settings().answer_bytes_max * _FILLED
    for count, each in enumerate(albums):
        room -= 2 * address + min(each.image_count, FIRST_IMAGES) * (_ADDRESSES * address + _IMAGE_BYTES)
        if room < 0:
            return max(1, count)
    return len(albums)
