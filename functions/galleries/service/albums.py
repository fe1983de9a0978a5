"""What a person does with albums. Each change holds the person's gallery, so that two at once come one after the other,
and marks the albums as touched: from then on no undo takes them back."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from darkroom.db import Tx
from darkroom.errors import BadRequest, Conflict, FieldError, NotFound
from galleries.queries import albums as queries
from galleries.queries import images

_BY_HAND = "person"


def create(tx: Tx, user_id: UUID, title: str, theme_description: str, image_ids: Sequence[UUID]) -> UUID:
    _hold(tx, user_id)
    _check(tx, user_id, image_ids)
    album_id = queries.insert(
        tx, user_id, title=_title(title), theme_description=theme_description.strip(), curated_by=_BY_HAND
    )
    _fill(tx, user_id, album_id, image_ids)
    return album_id


def change(tx: Tx, user_id: UUID, album_id: UUID, changes: dict[str, Any]) -> None:
    """Renames, describes, chooses the cover (None: the first photo again)."""
    _hold(tx, user_id)
    wanted = changes | ({"title": _title(changes["title"])} if "title" in changes else {})
    album = queries.get(tx, user_id, album_id)
    cover = wanted.get("cover_image_id")
    if album is None or (cover is not None and not queries.holds(tx, album_id, cover)):
        raise NotFound
    if wanted:
        queries.change(tx, user_id, album_id, wanted)


def delete(tx: Tx, user_id: UUID, album_id: UUID) -> None:
    """The album goes, with its link; its photos stay."""
    _hold(tx, user_id)
    if not queries.delete(tx, user_id, album_id):
        raise NotFound


def set_images(tx: Tx, user_id: UUID, album_id: UUID, image_ids: Sequence[UUID]) -> None:
    """The album has these photos from now on, in this order, wherever they were before."""
    _hold(tx, user_id)
    if queries.get(tx, user_id, album_id) is None:
        raise NotFound
    _check(tx, user_id, image_ids)
    queries.take_out(tx, album_id, image_ids)
    _fill(tx, user_id, album_id, image_ids)


def merge(tx: Tx, user_id: UUID, album_id: UUID, other_id: UUID) -> None:
    """The other album's photos come behind this one's, and the other album is gone."""
    _hold(tx, user_id)
    if queries.get(tx, user_id, album_id) is None or queries.get(tx, user_id, other_id) is None:
        raise NotFound
    if album_id == other_id:
        raise Conflict("An album cannot be merged with itself.")
    queries.move_all(tx, other_id, album_id)
    queries.delete(tx, user_id, other_id)
    queries.touch(tx, user_id, [album_id])


def _hold(tx: Tx, user_id: UUID) -> None:
    if not queries.lock(tx, user_id):
        raise NotFound


def _check(tx: Tx, user_id: UUID, image_ids: Sequence[UUID]) -> None:
    if len(set(image_ids)) != len(image_ids):
        first = {image_id: place for place, image_id in reversed(list(enumerate(image_ids)))}
        twice = [place for place, image_id in enumerate(image_ids) if first[image_id] != place]
        raise BadRequest(
            "A photo is named twice.",
            fields=[FieldError(f"image_ids.{place}", "This photo is named before already.") for place in twice],
        )
    usable = images.usable(tx, user_id, image_ids)
    if len(usable) != len(image_ids):
        raise NotFound("One of these photos is not there, or it is not yours.")
    if not all(usable.values()):
        raise Conflict("One of these photos is in the trash. Restore it first.")


def _fill(tx: Tx, user_id: UUID, album_id: UUID, image_ids: Sequence[UUID]) -> None:
    left = queries.albums_of(tx, image_ids)
    queries.put_in(tx, album_id, image_ids)
    queries.touch(tx, user_id, [album_id, *left])


def _title(title: str) -> str:
    """Plain text on one line, as it is: what looks like markup is kept and shown escaped."""
    cleaned = " ".join("".join(char if char.isprintable() else " " for char in title).split())
    if not cleaned:
        raise BadRequest(fields=[FieldError("title", "A title has at least one visible character.")])
    return cleaned
