"""What restored photos are called when they are saved: as their owner called them, so that they are found again."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from darkroom import storage
from restorations.queries.photos import Photo

_MARK: Final = "_restored"
_EXTENSIONS: Final = frozenset(
    {*storage.PHOTO_TYPES.values(), "jpeg", "jpe", "jfif", "heif", "tif", "tiff", "gif", "bmp"}
)
_STEM_LENGTH: Final = storage.NAME_LENGTH - len(_MARK) - len(" (50).webp")


def restored(photo: Photo) -> str:
    """`Grandma 1952.JPG` is saved as `Grandma 1952_restored.jpg`; the ending is that of what the restored photo is."""
    assert photo.restored_type is not None
    stem, _, extension = photo.filename.rpartition(".")
    if extension.lower() not in _EXTENSIONS:
        stem = photo.filename
    stem = stem[:_STEM_LENGTH].strip(" .") or f"IMG_{photo.position:03}"
    return storage.safe_name(f"{stem}{_MARK}.{storage.PHOTO_TYPES[photo.restored_type]}")


def apart(names: Iterable[str]) -> list[str]:
    """The same names, each once: also on disks that hold capitals and small letters for the same."""
    taken: set[str] = set()
    made = []
    for name in names:
        stem, dot, extension = name.rpartition(".")
        candidate, number = name, 1
        while candidate.casefold() in taken:
            number += 1
            candidate = f"{stem} ({number}){dot}{extension}"
        taken.add(candidate.casefold())
        made.append(candidate)
    return made


def archive(ordered_at: datetime) -> str:
    return f"Restored photos {ordered_at:%Y-%m-%d}.zip"
