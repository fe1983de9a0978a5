"""The smaller pictures of a photo, whatever brought it: where they lie, and the addresses that show them.

`darkroom.images.derivatives` makes them. One is for grids, one for looking at. Their addresses are shown to guests too,
so a key names the photo and not whose it is.
"""

from uuid import UUID

from darkroom import storage

THUMBNAIL_EDGE = 400
VIEW_EDGE = 1600
EDGES = (THUMBNAIL_EDGE, VIEW_EDGE)
CONTENT_TYPE = "image/webp"
_FOLDER = "derivatives"


def key(image_id: UUID, edge: int) -> str:
    return f"{_FOLDER}/{image_id}-{edge}.webp"


def keys(image_id: UUID) -> list[str]:
    return [key(image_id, edge) for edge in EDGES]


def url(image_id: UUID, edge: int) -> str:
    """An address for about an hour, through the CDN where there is one."""
    return storage.picture_url(key(image_id, edge))
