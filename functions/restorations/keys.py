"""Where the photos of sessions and orders lie in storage. A person's file name is in none of these."""

from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from darkroom.storage import PHOTO_TYPES

TEMP: Final = "uploads/temp"
PREVIEWS: Final = "previews"
_ORIGINALS: Final = "uploads/originals"
_INPUTS: Final = "uploads/inputs"
_RESTORED: Final = "uploads/restored"
_DOWNLOADS: Final = "downloads"
_DERIVATIVES: Final = "derivatives"

VIEW_EDGE: Final = 1600
THUMBNAIL_EDGE: Final = 400
EDGES: Final = (THUMBNAIL_EDGE, VIEW_EDGE)


def temp(session_id: UUID, upload_id: UUID, content_type: str) -> str:
    return f"{TEMP}/{session_id}/{upload_id}.{PHOTO_TYPES[content_type]}"


def preview(session_id: UUID, upload_id: UUID) -> str:
    """The watermarked picture of an upload; apart from the uploads, whose folder storage tells of."""
    return f"{PREVIEWS}/{session_id}/{upload_id}.webp"


def original(order_id: UUID, position: int, content_type: str) -> str:
    return f"{_ORIGINALS}/{order_id}/{_number(position)}_original.{PHOTO_TYPES[content_type]}"


def model_input(order_id: UUID, position: int) -> str:
    """The original as the model is shown it: upright, a JPEG, and without anything that it says about itself."""
    return f"{_INPUTS}/{order_id}/{_number(position)}.jpg"


def result(order_id: UUID, position: int, try_number: int) -> str:
    """What a try has brought, before anybody has looked at it."""
    return f"{_RESTORED}/{order_id}/{_number(position)}_try{try_number}"


def restored(order_id: UUID, position: int, content_type: str) -> str:
    return f"{_RESTORED}/{order_id}/{_number(position)}_restored.{PHOTO_TYPES[content_type]}"


def original_view(image_id: UUID, edge: int) -> str:
    return f"{_DERIVATIVES}/{image_id}-original-{edge}.webp"


def restored_view(image_id: UUID, edge: int) -> str:
    return f"{_DERIVATIVES}/{image_id}-restored-{edge}.webp"


def archive(order_id: UUID, at: datetime) -> str:
    return f"{_DOWNLOADS}/{order_id}/{at.astimezone(UTC):%Y%m%dT%H%M%S%fZ}_all_photos.zip"


def _number(position: int) -> str:
    return f"IMG_{position:03}"
