"""Every photo a person has, whatever brought it."""

from typing import Annotated, Literal

from fastapi import Query

from darkroom.auth import SignedIn
from darkroom.http import Id, PageQuery, TxDep, router
from galleries import shaping
from galleries.schemas.images import Image, ImageList, Source
from galleries.service import images

routes = router("/images", tags=["images"])


@routes.get("", operation_id="listImages", summary="Your photos, newest first (user)")
async def list_images(
    tx: TxDep,
    user: SignedIn,
    page: PageQuery,
    *,
    trashed: bool = False,
    source: Source | None = None,
    sort: Annotated[Literal["added", "taken"], Query(description="By when they came, or were taken")] = "added",
) -> ImageList:
    found, following = images.listed(tx, user.id, page, images.Choice(trashed, source, sort))
    return ImageList(items=[shaping.image(row) for row in found], next_cursor=following)


@routes.get("/{image_id}", operation_id="getImage", summary="A photo of yours, also from the trash (user)")
async def get_image(tx: TxDep, user: SignedIn, image_id: Id) -> Image:
    return shaping.image(images.get(tx, user.id, image_id))


@routes.delete("/{image_id}", status_code=204, operation_id="trashImage", summary="Put a photo into the trash (user)")
async def trash_image(tx: TxDep, user: SignedIn, image_id: Id) -> None:
    images.trash(tx, user.id, image_id)


@routes.post(
    "/{image_id}/restore",
    operation_id="restoreImage",
    summary="Take a photo out of the trash, back into its album (user)",
    responses={409: {"description": "It is not in the trash"}},
)
async def restore_image(tx: TxDep, user: SignedIn, image_id: Id) -> Image:
    return shaping.image(images.restore(tx, user.id, image_id))
