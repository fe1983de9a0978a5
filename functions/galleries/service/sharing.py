"""Links: an album for whoever has its token. One link an album, until it is ended, replaced, or over."""

from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from darkroom import clock
from darkroom.crypto import new_token, token_hash
from darkroom.db import Tx
from darkroom.errors import NotFound
from darkroom.pagination import PageRequest
from darkroom.settings import settings
from galleries.queries import albums, shares
from galleries.queries.albums import AlbumImage
from galleries.service import reading


class Share(NamedTuple):
    """A link that was just made; the token is known to nobody afterwards."""

    token: str
    url: str
    expires_at: datetime | None


def share(tx: Tx, user_id: UUID, album_id: UUID, expires_in: int | None) -> Share:
    """Sharing is no change of the album: an undo may still take it back, and the link with it."""
    if albums.get(tx, user_id, album_id) is None:
        raise NotFound
    token, hashed = new_token()
    expires_at = clock.now() + timedelta(seconds=expires_in) if expires_in else None
    shares.replace(tx, album_id, hashed, expires_at)
    return Share(token, f"{settings().web_origin}/shared/{token}", expires_at)


def end(tx: Tx, user_id: UUID, album_id: UUID) -> None:
    if not shares.delete(tx, user_id, album_id):
        raise NotFound


def album(tx: Tx, token: str) -> reading.Shown:
    owner_id, album_id = _opened_by(tx, token)
    return reading.album(tx, owner_id, album_id)


def images(tx: Tx, token: str, page: PageRequest) -> tuple[list[AlbumImage], str | None]:
    owner_id, album_id = _opened_by(tx, token)
    return reading.album_images(tx, owner_id, album_id, page)


def _opened_by(tx: Tx, token: str) -> tuple[UUID, UUID]:
    opened = shares.opened_by(tx, token_hash(token))
    if opened is None:
        raise NotFound("This link does not work, or no longer.")
    return opened
