"""Scratches and dust: thin lines and small specks that stand out from what is around them, painted over from their rim.

What is thinner than the kernel stands out in the top-hat or black-hat. Most of that is the picture: eyes, hair, text.
Taken for damage is only what is nearly as light or dark as the print gets, and either a long thin line that nothing
alike lies beside, or a light speck alone in quiet surroundings. Dark specks stay: a mole is part of a face.
"""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from infra.local.restorer.pictures import Picture

_REFERENCE = 1000  # pixels along the longer edge for which the sizes below are meant
_KERNEL = 9
_CONTRAST = 14.0  # in lightness; at high fidelity more is asked
_ABOVE_NOISE = 3.2
_ABOVE_TEXTURE = 2.5
_LINE_LENGTH = 140
_LINE_WIDTH, _LINE_SOFTNESS = 2.0, 1.2
_LINE_BESIDE = 0.04
_SPECK_AREA = 30
_SPECK_CONTRAST = 2.5
_SPECK_QUIET = 1.6
_LIGHT, _DARK = 70, 15  # percentiles of lightness
_MOST = 0.12  # of a piece: more than that is the picture, not its damage


@dataclass(frozen=True)
class Print:
    """What is known of the whole picture before a piece of it is looked at."""

    longest: int
    noise: float
    light: float
    dark: float

    @property
    def scale(self) -> float:
        return float(np.clip(self.longest / _REFERENCE, 0.6, 3.5))


def examined(picture: Picture, noise: float) -> Print:
    step = max(1, max(picture.shape[:2]) // 512)
    grey = cv2.cvtColor(np.ascontiguousarray(picture[::step, ::step]), cv2.COLOR_RGB2GRAY)
    light, dark = np.percentile(grey, (_LIGHT, _DARK))
    return Print(max(picture.shape[:2]), noise, float(light), float(dark))


def repaired(piece: Picture, whole: Print, amount: float) -> Picture:
    """The piece without what looks like damage."""
    found = mask(piece, whole, amount)
    if not found.any():
        return piece
    return np.asarray(cv2.inpaint(piece, found, 2 + 2 * whole.scale, cv2.INPAINT_TELEA), np.uint8)


def mask(piece: Picture, whole: Print, amount: float) -> NDArray[np.uint8]:
    grey = cv2.GaussianBlur(cv2.cvtColor(piece, cv2.COLOR_RGB2GRAY), (0, 0), 0.7)
    side = round(_KERNEL * whole.scale) | 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    light = cv2.morphologyEx(grey, cv2.MORPH_TOPHAT, kernel).astype(np.float32)
    dark = cv2.morphologyEx(grey, cv2.MORPH_BLACKHAT, kernel).astype(np.float32)
    found = _damage(light * (grey >= whole.light), whole, amount, specks=True)
    found |= _damage(dark * (grey <= whole.dark), whole, amount, specks=False)
    if found.mean() > _MOST:
        return np.zeros(grey.shape, np.uint8)
    grown = cv2.dilate(found, np.ones((3, 3), np.uint8), iterations=max(1, round(1.4 * whole.scale)))
    return np.asarray(grown * 255, np.uint8)


def _damage(standing_out: NDArray[np.float32], whole: Print, amount: float, *, specks: bool) -> NDArray[np.uint8]:
    scale, least = whole.scale, max(_CONTRAST / max(amount, 0.3), whole.noise * _ABOVE_NOISE)
    window = round(31 * scale) | 1
    texture = cv2.blur(np.minimum(standing_out, 30.0), (window, window))
    candidates = (standing_out > np.maximum(least, texture * _ABOVE_TEXTURE)).astype(np.uint8)
    joined = cv2.morphologyEx(candidates, cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8))
    number, found, stats, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
    labels = np.asarray(found, np.int32)
    area = stats[:, cv2.CC_STAT_AREA].astype(np.float32)
    length = np.hypot(stats[:, cv2.CC_STAT_WIDTH], stats[:, cv2.CC_STAT_HEIGHT]).astype(np.float32)
    is_line = (length >= _LINE_LENGTH * scale) & (area / length <= _LINE_WIDTH * scale + _LINE_SOFTNESS)
    is_line[0] = False
    # Beside a scratch there is nothing else that stands out; beside an edge of hair or leaves there is.
    others = (joined > 0) & ~is_line[labels]
    beside = cv2.blur(others.astype(np.float32), (window, window))
    is_line &= _means(beside, labels, number) <= _LINE_BESIDE
    if not specks:
        return np.asarray(is_line[labels], np.uint8)
    alone = cv2.blur(joined.astype(np.float32), (window, window)) * window**2
    around = cv2.blur(standing_out * (1 - cv2.dilate(joined, np.ones((5, 5), np.uint8))), (window, window))
    is_speck = (area >= 3) & (area <= _SPECK_AREA * scale**2) & (length <= 3 * np.sqrt(area) + 2)
    is_speck &= _means(alone, labels, number) <= 1.5 * area + 4 * scale**2
    is_speck &= _means(around, labels, number) <= _SPECK_QUIET + 0.35 * whole.noise
    is_speck &= _means(standing_out, labels, number) >= least * _SPECK_CONTRAST
    is_speck[0] = False
    return np.asarray((is_line | is_speck)[labels], np.uint8)


def _means(values: NDArray[Any], labels: NDArray[np.int32], number: int) -> NDArray[np.float64]:
    """The mean of `values` over each component."""
    flat = labels.ravel()
    sums = np.bincount(flat, values.ravel(), number)
    return np.asarray(sums / np.maximum(np.bincount(flat, minlength=number), 1))
