"""Albums: a person has the last word over whatever made them."""

from typing import Annotated
from uuid import UUID

from fastapi import Path

from darkroom import ids, jobs
from darkroom.auth import SignedIn
from darkroom.errors import NotFound
from darkroom.http import Id, JobAccepted, PageQuery, TxDep, router
from galleries import shaping
from galleries.schemas.albums import (
    Album,
    AlbumChange,
    AlbumImageList,
    AlbumImages,
    AlbumMerge,
    Gallery,
    NewAlbum,
    Share,
    ShareRequest,
)
from galleries.service import albums, downloads, reading, sharing

routes = router(tags=["albums"])

Owner = Annotated[str, Path(description="A person's id, or `me`")]


@routes.get("/galleries/{user_id}", operation_id="getGallery", summary="Your albums, newest first, 20 at most (user)")
async def get_gallery(tx: TxDep, user: SignedIn, user_id: Owner, page: PageQuery) -> Gallery:
    if user_id != "me" and _id(user_id) != user.id:
        raise NotFound
    found, following = reading.gallery(tx, user.id, page)
    return shaping.gallery(user.id, found, following)


@routes.post("/albums", status_code=201, operation_id="createAlbum", summary="Make an album yourself (user)")
async def create_album(tx: TxDep, user: SignedIn, body: NewAlbum) -> Album:
    album_id = albums.create(tx, user.id, body.title, body.theme_description, body.image_ids)
    return shaping.album(reading.album(tx, user.id, album_id))


@routes.get("/albums/{album_id}", operation_id="getAlbum", summary="An album and its first photos (user)")
async def get_album(tx: TxDep, user: SignedIn, album_id: Id) -> Album:
    return shaping.album(reading.album(tx, user.id, album_id))


@routes.get("/albums/{album_id}/images", operation_id="listAlbumImages", summary="Photos of an album (user)")
async def list_album_images(tx: TxDep, user: SignedIn, album_id: Id, page: PageQuery) -> AlbumImageList:
    found, following = reading.album_images(tx, user.id, album_id, page)
    return AlbumImageList(items=[shaping.album_image(row) for row in found], next_cursor=following)


@routes.patch("/albums/{album_id}", operation_id="updateAlbum", summary="Rename an album, choose its cover (user)")
async def update_album(tx: TxDep, user: SignedIn, album_id: Id, body: AlbumChange) -> Album:
    albums.change(tx, user.id, album_id, body.model_dump(include=body.model_fields_set))
    return shaping.album(reading.album(tx, user.id, album_id))


@routes.delete(
    "/albums/{album_id}", status_code=204, operation_id="deleteAlbum", summary="Delete an album (user); its photos stay"
)
async def delete_album(tx: TxDep, user: SignedIn, album_id: Id) -> None:
    albums.delete(tx, user.id, album_id)


@routes.put(
    "/albums/{album_id}/images",
    operation_id="setAlbumImages",
    summary="Say which photos an album has, in which order (user); photos of other albums move here",
    responses={409: {"description": "A photo is in the trash"}},
)
async def set_album_images(tx: TxDep, user: SignedIn, album_id: Id, body: AlbumImages) -> Album:
    albums.set_images(tx, user.id, album_id, body.image_ids)
    return shaping.album(reading.album(tx, user.id, album_id))


@routes.post(
    "/albums/{album_id}/merge",
    operation_id="mergeAlbums",
    summary="Bring another album's photos into this one and remove that one (user)",
    responses={409: {"description": "An album cannot be merged with itself"}},
)
async def merge_albums(tx: TxDep, user: SignedIn, album_id: Id, body: AlbumMerge) -> Album:
    albums.merge(tx, user.id, album_id, body.album_id)
    return shaping.album(reading.album(tx, user.id, album_id))


@routes.post(
    "/albums/{album_id}/share",
    status_code=201,
    operation_id="shareAlbum",
    summary="Make a link that shows an album to whoever has it, and end the one before (user)",
)
async def share_album(tx: TxDep, user: SignedIn, album_id: Id, body: ShareRequest | None = None) -> Share:
    made = sharing.share(tx, user.id, album_id, body.expires_in if body else None)
    return Share.model_validate(made)


@routes.delete(
    "/albums/{album_id}/share", status_code=204, operation_id="unshareAlbum", summary="End an album's link (user)"
)
async def unshare_album(tx: TxDep, user: SignedIn, album_id: Id) -> None:
    sharing.end(tx, user.id, album_id)


@routes.post(
    "/albums/{album_id}/download",
    status_code=202,
    operation_id="downloadAlbum",
    summary="Have an album's originals made into a ZIP (user): a job",
    responses={409: {"description": "The album is empty"}, 429: {"description": "Too many downloads"}},
)
async def download_album(tx: TxDep, user: SignedIn, album_id: Id) -> JobAccepted:
    return JobAccepted.model_validate(jobs.accepted(downloads.start(tx, user.id, album_id)))


def _id(text: str) -> UUID | None:
    try:
        return ids.parse_id(text)
    except ValueError:
        return None
