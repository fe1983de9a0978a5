"""Provisional."""

from collections import defaultdict
from collections.abc import Sequence

from galleries.curating.photos import Album, Photo


def group(photos: Sequence[Photo]) -> list[Album]:
    days = defaultdict(list)
    for photo in photos:
        days[(photo.taken_at or photo.created_at).date()].append(photo.id)
    return [Album(f"{day:%d %B %Y}", "", tuple(ids), "fallback") for day, ids in sorted(days.items())]
