"""What curating knows of a photo, and what it answers."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

TITLE_LENGTH = 120
THEME_LENGTH = 1_000


@dataclass(frozen=True, slots=True)
class Photo:
    """A photo as the grouping sees it: no bytes, only what was found out about them."""

    id: UUID
    created_at: datetime
    taken_at: datetime | None = None
    """Exact when the offset is known; otherwise the camera's wall time, marked UTC."""
    taken_at_offset: str | None = None
    place: tuple[float, float] | None = None
    """Latitude and longitude."""
    width: int = 0
    height: int = 0
    phash: int | None = None
    look: bytes | None = None
    """What `looks` made of the picture; compared by `looks` alone."""


@dataclass(frozen=True, slots=True)
class Album:
    """A group of photos with a title, in the order in which they are shown."""

    title: str
    theme_description: str
    photo_ids: tuple[UUID, ...]
    curated_by: str
    """gemini or fallback"""
