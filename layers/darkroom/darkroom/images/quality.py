"""Whether a restored photo is worse than its original, told without knowing how the photo once looked.

Both are looked at in one size. What restoring is for is expected: other tones, less noise, scratches gone. What is not
is measured by name: shapes and structure that are others than before, edges that became soft or hard, noise that came,
tones that ran into black or white, colours that turned. The limits are those that bench/restoration_quality.py
calibrates on photos that were aged artificially. Whose face it is, is asked elsewhere (darkroom.faces).

Needs Pillow and numpy.
"""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, BinaryIO

from darkroom.images.exif import read_metadata
from darkroom.images.opening import as_file, checked_header, decode, open_image

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Plane = NDArray[np.float32]

_LONGEST = 1024
_SHORTEST = 48  # in pixels: in less than that there is nothing to be compared
_BLOCK = 16
_CELL, _CELLS = 6, 6  # pixels of a cell, cells of a block
_PLAIN = 9.0  # variance of what has no structure
_PART_SEEN = 10.0
_COARSE = 32

# Limits; a reason for each.
MOST = {
    "shape": 0.02,  # difference of the ratios of the sides
    "noise": 1.2,  # times that of the original, where contrast has not grown
    "hard": 2.2,  # times as steep as the original's edges
    "clipped": 0.10,  # of the pixels, more than before
    "moved": 45.0,  # change of the mean lightness
    "contrast": 2.6,  # times the original's
    "tint": 30.0,  # how far the mean colour moved
    "colourful": 2.6,  # times the original's variation of colour
}
LEAST = {
    "soft": 0.72,  # times as steep as the original's edges
    "structure": 0.80,  # correlation with the original, block by block
    "place": 0.30,  # the same where it is least
    "tones": 0.90,  # correlation of light and dark over the picture
    "shades": 0.60,  # times the original's entropy
    "faded": 0.80,  # times the original's contrast
    "hues": 0.55,  # correlation of colour over the picture
}
_NOISE_SEEN = 2.0
_EDGE = 2.0
_COLOURS_SEEN = 4.0


@dataclass(frozen=True)
class Verdict:
    """Whether it is worse, the name of the first measure that says so, and all of them."""

    reason: str | None = None
    measures: dict[str, float] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return self.reason is not None


def is_worse(original: bytes | BinaryIO, restored: bytes | BinaryIO) -> Verdict:
    """A verdict that is true when the restored photo must not be sent. Raises NotAPhoto for what is none."""
    return compared(_opened(original), _opened(restored))


def compared(original: "NDArray[np.uint8]", restored: "NDArray[np.uint8]") -> Verdict:
    """The same for pixels in RGB."""
    import numpy as np

    height, width = original.shape[:2]
    ratio = (restored.shape[1] / restored.shape[0]) / (width / height)
    measures = {"shape": abs(ratio - 1)}
    if measures["shape"] > MOST["shape"] + 1 / min(height, width, *restored.shape[:2]):
        return Verdict("shape", measures)
    if min(height, width) < _SHORTEST:
        return Verdict(None, measures)
    before, after = original.astype(np.float32), _sized(restored, width, height).astype(np.float32)
    measures |= _light(before @ _WEIGHTS(), after @ _WEIGHTS()) | _colour(before, after)
    for name, value in measures.items():
        if (name in MOST and name != "shape" and value > MOST[name]) or (name in LEAST and value < LEAST[name]):
            return Verdict(name, measures)
    return Verdict(None, measures)


def noise_level(light: "Plane") -> float:
    """The deviation of the noise, from what a small blur takes away where the picture is quietest."""
    import numpy as np

    fine = (light - _blurred(_blurred(light)))[2:-2, 2:-2]
    return float(
        np.median(np.sort(_blocks(fine, _BLOCK).std((1, 3)).ravel())[: max(1, fine.size // _BLOCK**2 // 5)]) / 0.9
    )


def _light(before: "Plane", after: "Plane") -> dict[str, float]:
    import numpy as np

    smooth, smooth_after = _blurred(_blurred(before)), _blurred(_blurred(after))
    coarse, coarse_after = _coarse(before), _coarse(after)
    contrast = float(coarse_after.std() / coarse.std()) if coarse.std() > 1 else 1.0
    noise, noise_after = noise_level(before), noise_level(after)
    steep, steep_after = _steepness(smooth), _steepness(smooth_after)
    edges = (steep >= np.quantile(steep, 0.93)) & (steep > _EDGE)
    ratios = steep_after[edges] / steep[edges]
    steepness = float(np.median(ratios)) / max(contrast, 0.3) if ratios.size else 1.0
    structure, place = _structure(before, after)
    return {
        "structure": structure,
        "place": place,
        "tones": _correlation(coarse, coarse_after),
        "shades": _entropy(after) / _entropy(before) if _entropy(before) > 1 else 1.0,
        "soft": steepness,
        "hard": steepness,
        "noise": noise_after / max(noise * max(contrast, 1.0), _NOISE_SEEN),
        "clipped": _clipped(after) - _clipped(before),
        "moved": abs(float(after.mean() - before.mean())),
        "faded": contrast,
        "contrast": contrast,
    }


def _structure(before: "Plane", after: "Plane") -> tuple[float, float]:
    """How alike blocks are whatever their tones: over the whole picture, and in the part of it where they are least.

    Of each cell the median counts, so that scratches and dust, which are thinner, are no structure to be kept.
    """
    import numpy as np

    cells, cells_after = _medians(before), _medians(after)
    one, other = _blocks(cells, _CELLS), _blocks(cells_after, _CELLS)
    one = one - one.mean((1, 3), keepdims=True)
    other = other - other.mean((1, 3), keepdims=True)
    energy = (one**2).mean((1, 3))
    alike = (one * other).mean((1, 3)) / np.sqrt(np.maximum(energy * (other**2).mean((1, 3)), 1e-3))
    weight = np.sqrt(np.clip(energy - _PLAIN, 0, 400))
    if weight.sum() < 1:
        return 1.0, 1.0
    total, heavy = _neighbours(alike * weight), _neighbours(weight)
    seen = heavy > _PART_SEEN
    least = float((total[seen] / heavy[seen]).min()) if seen.any() else 1.0
    return float((alike * weight).sum() / weight.sum()), least


def _neighbours(values: "Plane") -> "Plane":
    """Sums over two by two blocks."""
    import numpy as np

    padded = np.pad(values, ((0, 1), (0, 1)))
    return np.asarray(padded[:-1, :-1] + padded[1:, :-1] + padded[:-1, 1:] + padded[1:, 1:], np.float32)


def _medians(light: "Plane") -> "Plane":
    import numpy as np

    blocks = _blocks(light, _CELL).swapaxes(1, 2)
    return np.asarray(np.median(blocks.reshape(*blocks.shape[:2], -1), axis=2), np.float32)


def _colour(before: "Plane", after: "Plane") -> dict[str, float]:
    import numpy as np

    one = np.stack([_coarse(plane) for plane in _opponents(before)])
    other = np.stack([_coarse(plane) for plane in _opponents(after)])
    tint = float(np.hypot(*(other.mean((1, 2)) - one.mean((1, 2)))))
    spread, spread_after = float(one.std((1, 2)).max()), float(other.std((1, 2)).max())
    if spread < _COLOURS_SEEN:
        return {"tint": tint}
    one -= one.mean((1, 2), keepdims=True)
    other -= other.mean((1, 2), keepdims=True)
    return {"tint": tint, "hues": _correlation(one, other), "colourful": spread_after / spread}


def _opponents(picture: "Plane") -> tuple["Plane", "Plane"]:
    """Red against green, and yellow against blue."""
    red, green, blue = picture[..., 0], picture[..., 1], picture[..., 2]
    return red - green, (red + green) * red.dtype.type(0.5) - blue


def _WEIGHTS() -> "Plane":  # noqa: N802 - a constant, but for numpy, which is imported when it is needed
    import numpy as np

    return np.array([0.299, 0.587, 0.114], np.float32)


def _correlation(one: "NDArray[Any]", other: "NDArray[Any]") -> float:
    a, b = one.ravel() - one.mean(), other.ravel() - other.mean()
    scale = float((a @ a) * (b @ b)) ** 0.5
    return float(a @ b) / scale if scale > 1e-3 else 1.0


def _clipped(light: "Plane") -> float:
    return float(((light < 2) | (light > 253)).mean())


def _entropy(light: "Plane") -> float:
    """In bits: how many shades there are."""
    import numpy as np

    share = np.bincount(np.clip(light, 0, 255).astype(np.uint8).ravel(), minlength=256) / light.size
    return float(-(share[share > 0] * np.log2(share[share > 0])).sum())


def _steepness(light: "Plane") -> "Plane":
    import numpy as np

    across, down = light[1:-1, 2:] - light[1:-1, :-2], light[2:, 1:-1] - light[:-2, 1:-1]
    return np.asarray(np.hypot(across, down), np.float32)


def _blurred(light: "Plane") -> "Plane":
    """1 2 1 in both directions."""
    import numpy as np

    padded = np.pad(light, 1, mode="edge")
    rows = padded[:-2] + 2 * padded[1:-1] + padded[2:]
    return np.asarray((rows[:, :-2] + 2 * rows[:, 1:-1] + rows[:, 2:]) / 16, np.float32)


def _blocks(light: "Plane", side: int) -> "Plane":
    rows, columns = light.shape[0] // side, light.shape[1] // side
    return light[: rows * side, : columns * side].reshape(rows, side, columns, side)


def _coarse(light: "Plane") -> "Plane":
    import numpy as np
    from PIL import Image

    return np.asarray(Image.fromarray(light).resize((_COARSE, _COARSE), Image.Resampling.BOX))


def _sized(picture: "NDArray[np.uint8]", width: int, height: int) -> "NDArray[np.uint8]":
    import numpy as np
    from PIL import Image

    if picture.shape[:2] == (height, width):
        return picture
    return np.asarray(Image.fromarray(picture).resize((width, height), Image.Resampling.LANCZOS))


def _opened(source: bytes | BinaryIO) -> "NDArray[np.uint8]":
    """Upright and in sRGB, no larger than what is compared."""
    import numpy as np

    file = as_file(source)
    header = checked_header(file)
    with open_image(file, header) as image:
        orientation = read_metadata(image).orientation
        return np.asarray(decode(image, _LONGEST, orientation).convert("RGB"))
