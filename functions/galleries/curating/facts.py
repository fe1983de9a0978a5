"""What is known of all photos at once, as arrays: the steps of the fallback work on these and on nothing else.

Rows are in the order of the photos' ids, so that the answer does not hang on the order in which photos come.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from galleries.curating import looks
from galleries.curating.photos import Photo

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

HOUR = 3_600.0
DAY = 24 * HOUR
SAME_PICTURE = 1.2
"""The most that kinship can be: copies of one picture."""
_SAME_PICTURE_BITS = 6
"""Perceptual hashes that differ in so few of their 64 bits are of one picture."""
_KIN, _STRANGERS = 0.75, 0.45
"""How alike photos of one scene and of different ones look, where a job's own photos are too few to tell."""
_ENOUGH_PAIRS = 40
_FEW_OF_A_CAMERA = 3


@dataclass(frozen=True, slots=True)
class Facts:
    photos: tuple[Photo, ...]
    wall: "NDArray[np.float64]"
    """Seconds as a clock on the wall there would show them; NaN where no time is known."""
    offset: "NDArray[np.float64]"
    """How far that wall is ahead of UTC, in seconds; NaN where the photo does not say."""
    places: "NDArray[np.float64]"
    """(n, 2) latitudes and longitudes; NaN where unknown."""
    camera: "NDArray[np.int64]"
    """Photos of one number are of one size and kind of clock: of one camera, as far as a photo tells."""
    kinship: "NDArray[np.float32]"
    """(n, n) how alike two look: 0 as strangers in this job do, 1 as photos taken in one minute do."""

    def __len__(self) -> int:
        return len(self.photos)


def gather(photos: Sequence[Photo]) -> Facts:
    import numpy as np

    ordered = tuple(sorted(photos, key=lambda photo: photo.id))
    offset = np.array([_seconds_of_offset(photo.taken_at_offset) for photo in ordered], np.float64)
    taken = np.array([_seconds(photo.taken_at) for photo in ordered], np.float64)
    wall = taken + np.nan_to_num(offset)
    camera = np.array(_cameras(ordered), np.int64)
    places = np.array([photo.place or (np.nan, np.nan) for photo in ordered], np.float64).reshape(-1, 2)
    return Facts(ordered, wall, offset, places, camera, _kinship(ordered, wall, camera))


def _seconds(moment: datetime | None) -> float:
    return float("nan") if moment is None else moment.timestamp()


def _seconds_of_offset(offset: str | None) -> float:
    if offset is None:
        return float("nan")
    hours, minutes = offset[1:].split(":")
    return (-1 if offset.startswith("-") else 1) * (int(hours) * HOUR + int(minutes) * 60)


def _cameras(photos: Sequence[Photo]) -> list[int]:
    """A number for each photo's camera. Sizes that are rare were cut by hand: they are of no camera that is known."""
    keys = [
        (max(photo.width, photo.height), min(photo.width, photo.height), photo.taken_at_offset is not None)
        for photo in photos
    ]
    often = Counter(keys)
    few = max(_FEW_OF_A_CAMERA, len(photos) // 200)
    keys = [key if often[key] >= few else (0, 0, key[2]) for key in keys]
    numbers = {key: number for number, key in enumerate(sorted(set(keys)))}
    return [numbers[key] for key in keys]


def _kinship(
    photos: Sequence[Photo], wall: "NDArray[np.float64]", camera: "NDArray[np.int64]"
) -> "NDArray[np.float32]":
    """Likeness, measured by what is usual among these very photos; 0.3 where a photo's look is not known."""
    import numpy as np

    unknown = np.array([not looks.is_look(photo.look) for photo in photos])
    blank = looks.blank()
    likeness = looks.likeness(
        [blank if lost else photo.look or blank for photo, lost in zip(photos, unknown, strict=True)]
    )
    kin, strangers = _usual(likeness, unknown, wall, camera)
    kinship: NDArray[np.float32] = np.clip(
        (likeness - strangers) / (kin - strangers), -0.5, SAME_PICTURE, dtype=np.float32
    )
    kinship[unknown] = kinship[:, unknown] = 0.3
    hashed = np.array([photo.phash is not None for photo in photos])
    hashes = np.array([(photo.phash or 0) & 0xFFFF_FFFF_FFFF_FFFF for photo in photos], np.uint64)
    same = np.bitwise_count(hashes[:, None] ^ hashes[None, :]) <= _SAME_PICTURE_BITS
    kinship[same & hashed[:, None] & hashed[None, :]] = SAME_PICTURE
    np.fill_diagonal(kinship, 0)
    return kinship


def _usual(
    likeness: "NDArray[np.float32]",
    unknown: "NDArray[np.bool_]",
    wall: "NDArray[np.float64]",
    camera: "NDArray[np.int64]",
) -> tuple[float, float]:
    """How alike photos of one camera and one minute look, and photos taken days apart."""
    import numpy as np

    row, column = np.triu_indices(len(wall), 1)
    known = ~(unknown[row] | unknown[column])
    apart = np.abs(wall[row] - wall[column])
    kin = likeness[row, column][known & (apart < 120) & (camera[row] == camera[column])]
    strangers = likeness[row, column][known & (apart > 2 * DAY)]
    alike = float(np.median(kin)) if len(kin) >= _ENOUGH_PAIRS else _KIN
    unlike = float(np.median(strangers)) if len(strangers) >= _ENOUGH_PAIRS else _STRANGERS
    return max(alike, unlike + 0.1), unlike
