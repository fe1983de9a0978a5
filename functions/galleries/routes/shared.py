"""What a link shows, to anybody who has it."""

from typing import Annotated

from fastapi import Path

from darkroom.http import PageQuery, TxDep, router
from galleries import shaping
from galleries.schemas.albums import SharedAlbum, SharedImageList
from galleries.service import sharing

routes = router("/shared", tags=["albums"])

Token = Annotated[str, Path(max_length=200)]


@routes.get("/{token}", operation_id="getSharedAlbum", summary="An album behind a link (anyone)")
async def get_shared_album(tx: TxDep, token: Token) -> SharedAlbum:
    return shaping.shared_album(sharing.album(tx, token))


@routes.get("/{token}/images", operation_id="listSharedAlbumImages", summary="Photos behind a link (anyone)")
async def list_shared_album_images(tx: TxDep, token: Token, page: PageQuery) -> SharedImageList:
    found, following = sharing.images(tx, token, page)
    return SharedImageList(items=shaping.shared_images(found), next_cursor=following)
