"""What darkroom.images.quality measures on two pictures of one size: an original, and what became of it.

Each measure says one thing, and none of them knows a limit. Noise is taken into account wherever it looks like
structure: a worn print is full of edges that are none. Numpy is imported when it is needed.
"""

from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Plane = NDArray[np.float32]
    Picture = NDArray[np.uint8]

_BLOCK = 16
_CELL, _CELLS = 6, 6  # pixels of a cell, cells of a block
_PLAIN = 9.0  # variance of what has no structure
_CELL_NOISE = 0.3  # of the noise is left in the median of a cell
_PART_SEEN = 10.0
_COARSE = 32
_NOISE_SEEN = 2.0
_EDGE = 2.0
_EDGE_NOISE, _EDGE_ABOVE = 1.35, 2.0  # steepness that noise alone has; an edge is that many times as steep
_WIDE_EDGE = 6.0
_FEWEST_EDGES = 200
_CREST = 0.8  # of the steepest neighbour
_NOISE_MOST = 12.0  # what looks noisier than that is texture
_COLOURS_SEEN = 2.5
_ENDS = 0.2  # of the range: what is so near to black or white may become it
_BLACK, _WHITE = 8.0, 247.0
_ANYWAY, _OF_LACK = 5.0, 0.3  # change of lightness that is always granted, and for each step of what is lacking
_SQUARE = 8  # of a JPEG
_TILE, _TILES = 384, 6


class Look:
    """One picture, and what is made of it more than once."""

    def __init__(self, picture: "Picture") -> None:
        import numpy as np

        self.rgb = picture.astype(np.float32)
        self.light = lightness(picture)

    @cached_property
    def smooth(self) -> "Plane":
        return blurred(blurred(self.light))

    @cached_property
    def noise(self) -> float:
        return noise_level(self.light)

    @cached_property
    def coarse(self) -> "Plane":
        """Lightness, red against green, yellow against blue."""
        import numpy as np

        red, green, blue = (_coarse(np.ascontiguousarray(self.rgb[..., channel])) for channel in range(3))
        return np.stack([0.299 * red + 0.587 * green + 0.114 * blue, red - green, (red + green) / 2 - blue])


def of_light(before: Look, after: Look) -> dict[str, float]:
    import numpy as np

    coarse, coarse_after = before.coarse[0], after.coarse[0]
    contrast = float(coarse_after.std() / coarse.std()) if coarse.std() > 1 else 1.0
    steepness = steeper(before, after) / max(contrast, 0.3)
    structure, place = _structure(before.light, after.light, before.noise)
    shades = _entropy(before.light)
    low, high = (float(value) for value in np.percentile(before.smooth, (1, 99)))
    lack = max(0.0, low - _BLACK) + max(0.0, _WHITE - high)
    return {
        "structure": structure,
        "place": place,
        "tones": _correlation(coarse, coarse_after),
        "shades": _entropy(after.light) / shades if shades > 1 else 1.0,
        "soft": steepness,
        "hard": steepness,
        "noise": after.noise / max(before.noise * max(contrast, 1.0), _NOISE_SEEN),
        "clipped": _clipped(before.smooth, after.light),
        "moved": abs(float(coarse_after.mean() - coarse.mean())),
        "unasked": float(np.abs(coarse_after - coarse).mean()) / (_ANYWAY + _OF_LACK * lack),
        "faded": contrast,
        "contrast": contrast,
        "uneven": unexplained(before.coarse, coarse_after),
    }


def of_colour(before: Look, after: Look) -> dict[str, float]:
    import numpy as np

    one, other = before.coarse[1:].copy(), after.coarse[1:].copy()
    found = {
        "tint": float(np.hypot(*(other.mean((1, 2)) - one.mean((1, 2))))),
        "patchy": float(np.hypot(unexplained(before.coarse, other[0]), unexplained(before.coarse, other[1]))),
    }
    spread, spread_after = float(one.std((1, 2)).max()), float(other.std((1, 2)).max())
    if spread < _COLOURS_SEEN:
        return found
    one -= one.mean((1, 2), keepdims=True)
    other -= other.mean((1, 2), keepdims=True)
    return found | {"hues": _correlation(one, other), "colourful": spread_after / spread}


def of_detail(original: "Picture", restored: "Picture") -> dict[str, float]:
    """Edges and noise at full size, where the original has most of them."""
    import numpy as np

    light = lightness(original)
    side = min(_TILE, *light.shape)
    corners = [
        (top, left)
        for top in range(0, light.shape[0] - side + 1, side)
        for left in range(0, light.shape[1] - side + 1, side)
    ]
    rich = sorted(corners, key=lambda at: -float(light[at[0] : at[0] + side : 3, at[1] : at[1] + side : 3].std()))
    softness, noises = [], []
    for top, left in rich[:_TILES]:
        part = np.s_[top : top + side, left : left + side]
        before, after = Look(original[part]), Look(restored[part])
        contrast = max(float(after.light.std()) / max(float(before.light.std()), 1.0), 0.3)
        softness.append(steeper(before, after, on_crests=True) / contrast)
        noises.append(after.noise / max(before.noise * max(contrast, 1.0), _NOISE_SEEN))
    return {"fine soft": float(np.median(softness)), "fine noise": float(np.median(noises))}


def blocks(original: "Picture", restored: "Picture") -> float:
    """How much larger steps are on the grid of a JPEG than beside it, in the result against the original."""
    return _on_grid(lightness(restored)) / max(_on_grid(lightness(original)), 1.0)


def unexplained(before: "Plane", after: "Plane") -> float:
    """What is left of a plane when all is taken off that one change of tones and colours makes of the original.

    Fading, a cast and their cures act on all of a print alike. What acts on a part of it was not asked for.
    """
    import numpy as np

    light, *colours = (plane.ravel() / 100 for plane in before.astype(np.float64))
    known = np.stack([np.ones(light.size), light, light**2, light**3, *colours], axis=1)
    factors, *_ = np.linalg.lstsq(known, after.ravel(), rcond=None)
    return float(np.sqrt(((after.ravel() - known @ factors) ** 2).mean()))


def steeper(before: Look, after: Look, *, on_crests: bool = False) -> float:
    """How steep the original's edges are now, times what they were; noise, which is steep everywhere, taken off.

    An edge is where the medians of cells differ too: a scratch has two steep sides, and is to go. On crests alone,
    beside which a soft edge is the steeper one, less softness is seen; noise that is taken out looks like it, too.
    """
    import numpy as np

    steep, steep_after = _steepness(before.smooth), _steepness(after.smooth)
    own, own_after = (_EDGE_NOISE * min(look.noise, _NOISE_MOST) for look in (before, after))
    wide = np.pad(_steepness(_medians(before.light)), 1).repeat(_CELL, 0).repeat(_CELL, 1)
    rows, columns = (min(one, other) for one, other in zip(steep.shape, wide.shape, strict=True))
    steep, steep_after = steep[:rows, :columns], steep_after[:rows, :columns]
    edges = (steep >= np.quantile(steep, 0.93)) & (steep > max(_EDGE, _EDGE_ABOVE * own))
    edges &= wide[:rows, :columns] > max(_WIDE_EDGE, before.noise)
    if on_crests:
        edges[1:-1, 1:-1] &= steep[1:-1, 1:-1] >= _CREST * np.maximum.reduce(
            [steep[:-2, 1:-1], steep[2:, 1:-1], steep[1:-1, :-2], steep[1:-1, 2:]]
        )
    if edges.sum() < _FEWEST_EDGES:
        return 1.0
    was = np.sqrt(np.maximum(steep[edges] ** 2 - own**2, 1e-3))
    became = np.sqrt(np.maximum(steep_after[edges] ** 2 - own_after**2, 0))
    return float(np.median(became / was))


def noise_level(light: "Plane") -> float:
    """The deviation of the noise, from what a small blur takes away where the picture is quietest."""
    import numpy as np

    fine = (light - blurred(blurred(light)))[2:-2, 2:-2]
    return float(
        np.median(np.sort(_blocks(fine, _BLOCK).std((1, 3)).ravel())[: max(1, fine.size // _BLOCK**2 // 5)]) / 0.9
    )


def lightness(picture: "NDArray[Any]") -> "Plane":
    import numpy as np

    return np.asarray(picture @ np.array([0.299, 0.587, 0.114], np.float32), np.float32)


def sized(picture: "Picture", width: int, height: int) -> "Picture":
    import numpy as np
    from PIL import Image

    if picture.shape[:2] == (height, width):
        return picture
    return np.asarray(Image.fromarray(picture).resize((width, height), Image.Resampling.LANCZOS))


def blurred(light: "Plane") -> "Plane":
    """1 2 1 in both directions."""
    import numpy as np

    padded = np.pad(light, 1, mode="edge")
    rows = padded[:-2] + 2 * padded[1:-1] + padded[2:]
    return np.asarray((rows[:, :-2] + 2 * rows[:, 1:-1] + rows[:, 2:]) / 16, np.float32)


def _structure(before: "Plane", after: "Plane", noise: float) -> tuple[float, float]:
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
    weight = np.sqrt(np.clip(energy - _PLAIN - (_CELL_NOISE * noise) ** 2, 0, 400))
    if weight.sum() < 1:
        return 1.0, 1.0
    total, heavy = _neighbours(_neighbours(alike * weight)), _neighbours(_neighbours(weight)) / 4
    seen = heavy > _PART_SEEN
    least = float((total[seen] / 4 / heavy[seen]).min()) if seen.any() else 1.0
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


def _correlation(one: "NDArray[Any]", other: "NDArray[Any]") -> float:
    a, b = one.ravel() - one.mean(), other.ravel() - other.mean()
    scale = float((a @ a) * (b @ b)) ** 0.5
    return float(a @ b) / scale if scale > 1e-3 else 1.0


def _clipped(before: "Plane", after: "Plane") -> float:
    """The share that is black or white now, and was not among the darkest or lightest of this picture."""
    import numpy as np

    low, high = np.percentile(before, (0.5, 99.5))
    room = _ENDS * (high - low)
    return float((((after < 2) & (before > low + room)) | ((after > 253) & (before < high - room))).mean())


def _on_grid(light: "Plane") -> float:
    import numpy as np

    rows, columns = light.shape[0] // _SQUARE * _SQUARE, light.shape[1] // _SQUARE * _SQUARE
    across = np.abs(np.diff(light, axis=1, append=light[:, -1:]))[:, :columns].mean(0).reshape(-1, _SQUARE).mean(0)
    down = np.abs(np.diff(light, axis=0, append=light[-1:]))[:rows].mean(1).reshape(-1, _SQUARE).mean(0)
    steps = across + down
    return float(steps[-1] / max(float(np.median(steps)), 0.2))


def _entropy(light: "Plane") -> float:
    """In bits: how many shades there are."""
    import numpy as np

    share = np.bincount(np.clip(light, 0, 255).astype(np.uint8).ravel(), minlength=256) / light.size
    return float(-(share[share > 0] * np.log2(share[share > 0])).sum())


def _steepness(light: "Plane") -> "Plane":
    import numpy as np

    across, down = light[1:-1, 2:] - light[1:-1, :-2], light[2:, 1:-1] - light[:-2, 1:-1]
    return np.asarray(np.hypot(across, down), np.float32)


def _blocks(light: "Plane", side: int) -> "Plane":
    rows, columns = light.shape[0] // side, light.shape[1] // side
    return light[: rows * side, : columns * side].reshape(rows, side, columns, side)


def _coarse(light: "Plane") -> "Plane":
    import numpy as np
    from PIL import Image

    return np.asarray(Image.fromarray(light).resize((_COARSE, _COARSE), Image.Resampling.BOX))
