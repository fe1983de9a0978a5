"""What every picture is made with: colours, noise, and what a lens and a sensor do at the end."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

Field = NDArray[Any]
"""One number for each point."""
Mask = NDArray[Any]
"""Yes or no for each point."""
Picture = NDArray[Any]
"""Red, green and blue from 0 to 1 for each point."""
Random = np.random.Generator

_LUMA: Final = np.array([0.30, 0.59, 0.11], np.float32)


def colour(text: str) -> Picture:
    """`#rrggbb` as three numbers."""
    return np.array([int(text[at : at + 2], 16) / 255 for at in (1, 3, 5)], np.float32)


def mix(one: Picture, other: Picture, share: Field | float) -> Picture:
    """From one (share 0) to the other (share 1)."""
    if isinstance(share, np.ndarray):
        share = share[..., None]
    return one + (other - one) * share


def smooth(low: float, high: float, value: Field) -> Field:
    """0 below `low`, 1 above `high`, and a soft way between."""
    share = np.clip((value - low) / (high - low), 0, 1)
    return share * share * (3 - 2 * share)


def ramp(stops: Sequence[tuple[float, Picture]], at: Field) -> Picture:
    """The colour at each place between the stops."""
    places = [place for place, _ in stops]
    return np.stack([np.interp(at, places, [tint[part] for _, tint in stops]) for part in range(3)], -1).astype(
        np.float32
    )


def resized(field: Field, height: int, width: int) -> Field:
    return np.asarray(Image.fromarray(field).resize((width, height), Image.Resampling.BICUBIC))


def noise(random: Random, height: int, width: int, cell: float, octaves: int = 5, keep: float = 0.5) -> Field:
    """Clouds of numbers around 0.5: patches as large as `cell`, and finer ones over them. It does not wrap."""
    total, weight, everything = np.zeros((height, width), np.float32), 1.0, 0.0
    for _ in range(octaves):
        rows, columns = int(height / cell) + 3, int(width / cell) + 3
        grid = random.random((rows, columns), np.float32)
        total += weight * resized(grid, height, width)
        everything += weight
        weight, cell = weight * keep, max(cell / 2, 1.0)
    return total / everything


def tile(random: Random, size: int, cells: int, octaves: int = 6, keep: float = 0.5) -> Field:
    """As `noise`, but a square that fits onto itself at its edges."""
    total, weight, everything = np.zeros((size, size), np.float32), 1.0, 0.0
    for _ in range(octaves):
        grid = np.pad(random.random((cells, cells), np.float32), 3, mode="wrap")
        edge = 3 * size // cells
        total += weight * resized(grid, size + 2 * edge, size + 2 * edge)[edge : edge + size, edge : edge + size]
        everything += weight
        weight, cells = weight * keep, min(cells * 2, size)
    return total / everything


def sample(square: Field, across: Field, down: Field) -> Field:
    """A square that repeats forever, read between its points."""
    size = square.shape[0]
    left, top = np.floor(across).astype(np.int32), np.floor(down).astype(np.int32)
    right_share, lower_share = (across - left).astype(np.float32), (down - top).astype(np.float32)
    x0, y0 = left % size, top % size * size
    x1, y1 = (x0 + 1) % size, (y0 + size) % (size * size)
    flat = square.ravel()
    upper, lower = flat[y0 + x0], flat[y1 + x0]
    upper += (flat[y0 + x1] - upper) * right_share
    lower += (flat[y1 + x1] - lower) * right_share
    found: Field = upper + (lower - upper) * lower_share
    return found


def chance(*numbers: Field | float) -> Field:
    """A number from 0 to 1 for each combination of whole numbers, always the same one."""
    total: Field = np.full((), 0.137)
    for factor, number in zip((127.1, 311.7, 74.7, 213.3), numbers, strict=False):
        total = total + np.asarray(number, np.float64) * factor
    wave = np.sin(total) * 43758.5453
    found: Field = (wave - np.floor(wave)).astype(np.float32)
    return found


def blurred(picture: Picture, radius: float) -> Picture:
    """Softened by a radius in pixels; wide ones are worked out on a small copy."""
    height, width = picture.shape[:2]
    step = max(1, int(radius / 3))
    small = to_image(picture).resize((max(2, width // step), max(2, height // step)), Image.Resampling.BOX)
    soft = small.filter(ImageFilter.GaussianBlur(radius / step))
    return from_image(soft.resize((width, height), Image.Resampling.BICUBIC))


def add_glow(picture: Picture, strength: float = 0.5, above: float = 0.75) -> Picture:
    """Bright places shine over their edges, as in a lens."""
    bright = np.clip(picture - above, 0, 1) / (1 - above)
    radius = picture.shape[1] / 60
    return picture + strength * (0.6 * blurred(bright, radius / 3) + 0.4 * blurred(bright, radius))


def develop(
    picture: Picture,
    random: Random,
    *,
    exposure: float = 1.0,
    contrast: float = 0.25,
    saturation: float = 1.08,
    warmth: float = 0.0,
    grain: float = 0.012,
    vignette: float = 0.22,
) -> Image.Image:
    """What a camera makes of it: a curve, a cast, darker corners and grain."""
    height, width = picture.shape[:2]
    picture = np.clip(picture * exposure, 0, None)
    picture = 1 - np.exp(-picture * 1.45)  # highlights roll off instead of being cut
    picture = picture / (1 - np.exp(-1.45))
    picture = np.clip(picture, 0, 1)
    picture = mix(picture, picture * picture * (3 - 2 * picture), contrast)
    grey = (picture @ _LUMA)[..., None]
    picture = grey + (picture - grey) * saturation
    picture = picture * np.array([1 + warmth, 1, 1 - warmth], np.float32)
    down, across = np.ogrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    picture = picture * (1 - vignette * smooth(0.5, 1.9, (across**2 + down**2).astype(np.float32)))[..., None]
    picture = picture + grain * random.standard_normal((height, width, 1), np.float32) * (1.2 - grey)
    return to_image(picture)


def to_image(picture: Picture) -> Image.Image:
    return Image.fromarray((np.clip(picture, 0, 1) * 255 + 0.5).astype(np.uint8))


def from_image(image: Image.Image) -> Picture:
    return np.asarray(image, np.float32) / 255
