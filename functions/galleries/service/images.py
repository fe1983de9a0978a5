"""A person's photos: lists, the trash, and back."""

from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID

from darkroom.db import Tx
from darkroom.errors import Conflict, NotFound
from darkroom.pagination import PageRequest
from galleries.queries import images as queries
from galleries.queries.images import Image

TRASH_DAYS: Final = 30


class Choice(NamedTuple):
    """Which photos a list is to show, and sorted by what."""

    trashed: bool = False
    source: str | None = None
    sort: str = "added"


def listed(tx: Tx, user_id: UUID, page: PageRequest, choice: Choice) -> tuple[list[Image], str | None]:
    order = "trashed" if choice.trashed else choice.sort
    after = page.after(datetime, UUID)
    rows = queries.listed(
        tx,
        user_id,
        order=order,
        source=choice.source,
        after=(after[0], after[1]) if after else None,
        limit=page.fetch,
    )
    return page.split(rows, lambda row: (_sorted_by(row, order), row.id))


def _sorted_by(row: Image, order: str) -> datetime:
    if order == "trashed":
        assert row.trashed_at is not None
        return row.trashed_at
    return (row.taken_at or row.created_at) if order == "taken" else row.created_at


def get(tx: Tx, user_id: UUID, image_id: UUID) -> Image:
    image = queries.get(tx, user_id, image_id)
    if image is None:
        raise NotFound
    return image


def trash(tx: Tx, user_id: UUID, image_id: UUID) -> None:
    """It leaves albums and shares at once and keeps its place in them."""
    if not queries.trash(tx, user_id, image_id):
        raise NotFound


def restore(tx: Tx, user_id: UUID, image_id: UUID) -> Image:
    restored = queries.restore(tx, user_id, image_id)
    image = get(tx, user_id, image_id)
    if not restored:
        raise Conflict("This photo is not in the trash.")
    return image


def purge(tx: Tx, limit: int) -> int:
    return queries.purge(tx, TRASH_DAYS, limit)
