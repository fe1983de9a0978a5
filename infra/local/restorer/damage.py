"""Scratches and dust: where they are, and painting them over from their rim.

Dust is a small light speck, alone in quiet surroundings and without a colour of its own. Dark specks stay: a mole is
part of a face. Scratches have a file of their own (scratches.py). Both are looked for once, on a copy of the whole
picture; painted over is piece by piece.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from infra.local.restorer import scratches
from infra.local.restorer.pictures import Picture
from infra.local.restorer.scratches import Mask

_SCRATCHED = 0.003  # of a print: one that is not scratched keeps its specks, which may be stars or lights
_SPECK, _SPECK_ABOVE_TEXTURE = 22.0, 3.5  # in lightness, and in deviations of what is around
_SPECK_LEAST, _SPECK_MOST = 3, 40  # pixels, at the reference the latter
_ROUND = 2.2  # longest by shortest side of its box, about
_QUIET = 7.0  # deviation of what is around it
_LEAST_CHANNEL = 0.6  # the contrast in the channel where it is least, of that in lightness
_MOST = 0.12  # of a picture: more than that is the picture, not its damage


@dataclass(frozen=True)
class Damage:
    """Where the whole picture is damaged, in pixels of a copy, and how much of it by scratches and by specks."""

    mask: Mask
    scratched: float
    specks: int


def examined(picture: Picture, amount: float) -> Damage:
    lines, scratched = scratches.found(picture, amount)
    mask, number = lines, 0
    if scratched >= _SCRATCHED:
        specks, number = _specks(scratches.copy_of(picture), lines, amount)
        mask = lines | specks
    if mask.mean() > _MOST:
        return Damage(np.zeros_like(mask), 0.0, 0)
    grown = cv2.dilate(mask * np.uint8(255), np.ones((3, 3), np.uint8))
    return Damage(np.asarray(grown, np.uint8), scratched, number)


def repaired(piece: Picture, damage: Damage, box: tuple[int, int, int, int], size: tuple[int, int]) -> Picture:
    """The piece without its damage; `box` is where it lies (top, left, bottom, right) in a picture of that size."""
    found = _part(damage.mask, box, size)
    if not found.any():
        return piece
    radius = 2 + 2 * max(1.0, max(size) / scratches.LONGEST)
    return np.asarray(cv2.inpaint(piece, found, radius, cv2.INPAINT_TELEA), np.uint8)


def _part(mask: Mask, box: tuple[int, int, int, int], size: tuple[int, int]) -> Mask:
    top, left, bottom, right = box
    if mask.shape == size:
        return np.ascontiguousarray(mask[top:bottom, left:right])
    down, across = mask.shape[0] / size[0], mask.shape[1] / size[1]
    move = np.array([[across, 0, (left + 0.5) * across - 0.5], [0, down, (top + 0.5) * down - 0.5]])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    enlarged = cv2.warpAffine(mask, move, (right - left, bottom - top), flags=flags)
    return np.asarray((enlarged > 100).astype(np.uint8) * 255, np.uint8)


def _specks(small: Picture, lines: Mask, amount: float) -> tuple[Mask, int]:
    scale = scratches.scale_of(small)
    grey = np.asarray(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), np.uint8)
    out = scratches.standing_out(grey, scale)
    window = round(31 * scale) | 1
    known = (cv2.dilate(lines, np.ones((5, 5), np.uint8)) == 0).astype(np.float32)
    quiet = np.clip(out, -25, 25) ** 2 * known
    texture = np.sqrt(cv2.blur(quiet, (window, window)) / np.maximum(cv2.blur(known, (window, window)), 0.1))
    least = np.maximum(_SPECK, _SPECK_ABOVE_TEXTURE * texture) / max(amount, 0.3) ** 0.5
    seeds = (out > least).astype(np.uint8)
    joined = (cv2.dilate(seeds, np.ones((3, 3), np.uint8)) > 0) & (out > 0.5 * least)
    number, labels, boxes, _ = cv2.connectedComponentsWithStats(joined.astype(np.uint8), connectivity=8)
    area = boxes[:, cv2.CC_STAT_AREA].astype(np.float64)
    sides = boxes[:, [cv2.CC_STAT_WIDTH, cv2.CC_STAT_HEIGHT]]
    flat = labels.ravel()

    def mean(values: NDArray[np.float32]) -> NDArray[np.float64]:
        return np.asarray(np.bincount(flat, values.ravel(), number) / area)

    channels = [scratches.standing_out(np.ascontiguousarray(small[..., channel]), scale) for channel in range(3)]
    contrast = mean(out)
    is_speck = (area >= _SPECK_LEAST) & (area <= _SPECK_MOST * max(scale, 0.7) ** 2)
    is_speck &= sides.max(1) <= _ROUND * sides.min(1) + 1
    is_speck &= mean(texture.astype(np.float32)) <= _QUIET
    is_speck &= np.min([mean(channel) for channel in channels], axis=0) >= _LEAST_CHANNEL * contrast
    is_speck &= mean(lines.astype(np.float32)) == 0
    is_speck[0] = False
    return np.asarray(is_speck[labels], np.uint8), int(is_speck.sum())
