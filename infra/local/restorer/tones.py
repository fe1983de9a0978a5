"""Faded tones and colour casts: shadows and lights of each channel are moved to where those of such prints had been.

A misty picture looks like a faded one, and nobody can tell them apart by their tones. So tones are touched as far as
the print shows its years elsewhere (it is scratched, it is noisy) and no part of it is black any more; and a part of
the way where only tones say so: neither black nor white is left, and its white is yellow. How far
shadows and lights had moved is what a line through photos says that were aged artificially with the seeds 10, 20 and 30
(tests/factories/ageing.py, `usual`). What to do is measured once, on a small copy of the whole picture, so that all
pieces of it agree.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from infra.local.restorer.pictures import Picture

_SMALL = 512
_ENDS = (0.4, 99.6)  # percent of the pixels: how dark and how light it gets
_SHADOWS, _LIGHTS = 2.0, 98.0  # percent: what is moved
# By how much, from: how dark and how light it gets over the channels, this channel's differences from both, and one
_MOVED = np.array([
    [0.138, 0.063, 0.095, -0.383, -56.2],
    [0.350, 0.671, -0.904, 0.124, -144.9],
])  # fmt: skip
_BLACK, _TO_BLACK = 8.0, 0.85  # shadows are moved at most so much of the way there
_LEAST_RANGE = 24.0  # between shadows and lights, so that no picture is torn apart
_SURE = 0.85  # of what is measured, at the usual fidelity
_DARED, _DARED_WORN = 1.2, 1.04  # times that at a low fidelity: where it is not sure more is left to go
_SCRATCHED = (0.002, 0.006)  # share of the picture: from here on it is worn, from there on well worn
_NOISY = (1.5, 3.5)
_LIFTED = (15.0, 35.0)  # the darkest there is: a print that reaches black has not faded
_TOWARDS = 150.0  # the lightness to which fading leads: how far both ends have come is how faded it is
_FADED = (0.2, 0.5)  # by the end that has come less far
_YELLOWED = (10.0, 35.0)  # at its lightest: red and green above blue
_PLAIN, _BY_YELLOW, _BY_SCRATCHES, _BY_NOISE = 0.3, 0.4, 0.35, 0.3  # of the way, for each sign on its own


@dataclass(frozen=True)
class Correction:
    """A table for each channel."""

    tables: NDArray[np.uint8]

    @property
    def changes(self) -> bool:
        return bool((self.tables != np.arange(256, dtype=np.uint8)[:, None]).any())


@dataclass(frozen=True)
class Years:
    """What else than its tones says that a print has aged, each from 0 to 1."""

    scratches: float = 0.0
    noise: float = 0.0

    @property
    def worn(self) -> float:
        """How sure it is."""
        return self.scratches * self.noise


def years(scratched: float, noisy: float) -> Years:
    return Years(_between(scratched, _SCRATCHED), _between(noisy, _NOISY))


def measured(picture: Picture, shown: Years, amount: float) -> Correction:
    """What takes fading and cast back, as far as it is sure that they are there."""
    flat = _small(picture).reshape(-1, 3)
    low, shadows, lights, high = np.percentile(flat, (_ENDS[0], _SHADOWS, _LIGHTS, _ENDS[1]), axis=0)
    dark, light = float(low.mean()), float(high.mean())
    known = np.stack([np.full(3, dark), np.full(3, light), low - dark, high - light, np.ones(3)])
    down, up = _MOVED @ known
    down += max(0.0, -_TO_BLACK * max(0.0, dark - _BLACK) - float(down.mean()))
    sure = max(min(amount, _DARED_WORN) * shown.worn, min(amount, _DARED) * _looks_faded(low, high, shown))
    share = min(1.0, _SURE * _between(dark, _LIFTED) * sure)
    steps = np.arange(256, dtype=np.float64)[:, None]
    along = (steps - shadows) / np.maximum(lights - shadows, _LEAST_RANGE)
    moved = steps + share * (down + (up - down) * along)
    return Correction(np.clip(np.rint(moved), 0, 255).astype(np.uint8))


def _looks_faded(low: NDArray[np.float64], high: NDArray[np.float64], shown: Years) -> float:
    """How sure tones are, with each sign of years that there is besides: no sign says it all, and mist shows none."""
    dark, light = float(low.mean()), float(high.mean())
    faded = _between(min(dark / _TOWARDS, (255 - light) / (255 - _TOWARDS)), _FADED)
    yellow = _between(float(min(high[0], high[1]) - high[2]), _YELLOWED)
    signs = ((_PLAIN, 1.0), (_BY_YELLOW, yellow), (_BY_SCRATCHES, shown.scratches), (_BY_NOISE, shown.noise))
    return faded * (1 - float(np.prod([1 - weight * sign for weight, sign in signs])))


def corrected(piece: Picture, correction: Correction) -> Picture:
    if not correction.changes:
        return piece
    return np.asarray(cv2.LUT(piece, correction.tables.reshape(1, 256, 3)), np.uint8)


def _between(value: float, ends: tuple[float, float]) -> float:
    return float(np.clip((value - ends[0]) / (ends[1] - ends[0]), 0, 1))


def _small(picture: Picture) -> Picture:
    """Of it all, smooth, so that grain makes nothing darker or lighter than it is."""
    height, width = picture.shape[:2]
    share = min(0.5, _SMALL / max(height, width))
    size = (max(1, round(width * share)), max(1, round(height * share)))
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.GaussianBlur(small, (0, 0), 0.6), np.uint8)
