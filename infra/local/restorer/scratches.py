"""Where a print is scratched: long thin lines that are lighter or darker than both of their sides, which are alike.

Looked for once, on a copy of about a megapixel, because a scratch crosses the print whatever is on it: the lightness
less its median is summed along lines in every direction, so that a line stands out of the noise long before a pixel of
it does. What was found is then asked what an edge, a hair or a letter cannot answer: whether both sides are alike, the
line is as smooth as it is long, and no colour is its own. The limits are those at which, on photos that were aged
artificially, nine in ten pixels taken were of a scratch (tests/factories/ageing.py).

Where the paper shows through, or ink lies on it, a line is sure by another sign: its crest has one value, near white or
black and without a colour, whatever it passes. Such lines go at every fidelity, and are followed beyond their ends
(tracks.py).
"""

import math
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from infra.local.restorer import tracks
from infra.local.restorer.pictures import Picture

Plane = NDArray[np.float32]
Mask = NDArray[np.uint8]

LONGEST = 1024  # of the copy that is looked at
_REFERENCE = 1000  # pixels along the longer edge for which sizes are meant
_MEDIAN, _ASIDE = 10, 7.0  # the window of the median, and how far beside a line its sides are
_MEDIAN_LEAST = 7  # pixels of the copy: what three are wide is more than half of a smaller window
_DIRECTIONS, _ALONG = 24, 32  # how many, and the pixels that are summed
_EITHER_WAY = 2  # directions to both sides that still are the same line: scratches bend
_CAP = 36.0  # a pixel says no more than that
_CANDIDATE, _CANDIDATE_TEXTURE, _ON_LINE = 5.0, 0.7, 0.4
_LONG = 90.0  # at the reference
_WHITE, _BLACK = 245.0, 20.0


@dataclass(frozen=True)
class Limits:
    """What a line must be to be a scratch."""

    stands_out: float = 12.5  # in lightness, the mean along it
    unlike_sides: float = 0.5  # of its contrast: the mean difference of left and right
    leaning_sides: float = 0.3  # the difference of the means
    width: float = 4.4  # area by length, at the reference
    unsteady: float = 0.7  # deviation of the contrast along it, of the contrast
    bent: float = 3.0  # how far from a smooth curve, at the reference
    least_channel: float = 0.6  # the contrast in the channel where it is least, of the contrast
    coloured: float = 3.0  # how much more colour it has than its sides
    opaque: float = 0.7  # at the reference: how much of the way to white or black; the picture's own lines go farther
    crossing: float = 0.6  # of the longer edge: from there on it may go all the way, if
    through_nothing: float = 0.12  # its sides are that much alike


LIMITS = Limits()
_CROWDED, _MORE_IN_CROWD = 2.0, 3.0  # that many times as many lines that are none: then it must stand out more


@dataclass(frozen=True)
class Line:
    """Pixels of the copy, and what was measured over them."""

    rows: NDArray[np.intp]
    columns: NDArray[np.intp]
    stands_out: float
    is_like_a_scratch: bool
    track: tracks.Track | None  # where it is surely one


def found(picture: Picture, amount: float) -> tuple[Mask, float]:
    """A mask of the copy's size, and how much of the picture is scratched. At a small amount less is dared,
    but of what is sure.
    """
    small = copy_of(picture)
    lines = _lines(small)
    wanted = LIMITS.stands_out / max(amount, 0.6) ** 0.5
    alike = [line for line in lines if line.is_like_a_scratch and line.stands_out >= wanted]
    others = sum(len(line.rows) for line in lines if not line.is_like_a_scratch)
    if others > _CROWDED * sum(len(line.rows) for line in alike):
        alike = [line for line in alike if line.stands_out >= wanted + _MORE_IN_CROWD]
    mask = np.zeros(small.shape[:2], np.uint8)
    for line in alike:
        mask[line.rows, line.columns] = 1
    for line in lines:
        if line.track is not None:
            mask[line.rows, line.columns] = 1
            tracks.follow(line.track, small, mask)
    return mask, float(mask.mean())


def copy_of(picture: Picture) -> Picture:
    height, width = picture.shape[:2]
    share = min(1.0, LONGEST / max(height, width))
    size = (max(1, round(width * share)), max(1, round(height * share)))
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA) if share < 1 else picture
    return np.asarray(small, np.uint8)


def scale_of(small: Picture) -> float:
    return float(np.clip(max(small.shape[:2]) / _REFERENCE, 0.5, 1.1))


def standing_out(grey: Mask, scale: float) -> Plane:
    """Lightness less its median: what is thin, of either sign; noise and texture are around nought."""
    return _less_median(grey, max(3, round(_MEDIAN * scale) | 1))


def _less_median(grey: Mask, side: int) -> Plane:
    return grey.astype(np.float32) - cv2.medianBlur(grey, side)


def _lines(small: Picture) -> list[Line]:
    scale = scale_of(small)
    if min(small.shape[:2]) < _ALONG:
        return []
    grey = np.asarray(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), np.uint8)
    out = _less_median(grey, max(_MEDIAN_LEAST, round(_MEDIAN * scale) | 1))
    capped = np.clip(out, -_CAP, _CAP)
    window = round(31 * scale) | 1
    texture = np.sqrt(cv2.blur(capped**2, (window, window)))
    soft = cv2.GaussianBlur(small, (0, 0), 0.8).astype(np.float32)
    lines: list[Line] = []
    for sign in (1, -1):
        along, direction = _best(capped * sign)
        least = np.maximum(_CANDIDATE, _CANDIDATE_TEXTURE * texture)
        candidates = (along > least) & (out * sign > _ON_LINE * along)
        for middle in range(0, _DIRECTIONS, 2):
            apart = (direction - middle + _EITHER_WAY) % _DIRECTIONS
            part = (candidates & (apart <= 2 * _EITHER_WAY)).astype(np.uint8)
            angle = math.pi * middle / _DIRECTIONS
            lines += _described(part, small, soft, along, angle=angle, sign=sign, scale=scale)
    return lines


def _best(capped: Plane) -> tuple[Plane, NDArray[np.int16]]:
    """The largest mean along a line through each pixel, and in which direction."""
    best = np.full(capped.shape, -_CAP, np.float32)
    direction = np.zeros(capped.shape, np.int16)
    for number in range(_DIRECTIONS):
        mean = _along(capped, math.pi * number / _DIRECTIONS)
        better = mean > best
        best[better], direction[better] = mean[better], number
    return best, direction


def _along(values: Plane, angle: float) -> Plane:
    """The mean over a line of pixels around each, by doubling: five sums instead of thirty-two."""
    across, down = math.cos(angle), math.sin(angle)
    longer = max(abs(across), abs(down))
    across, down = across / longer, down / longer
    total, step = values, 1
    while step < _ALONG:
        total = total + _moved(total, round(down * step), round(across * step))
        step *= 2
    half = (_ALONG - 1) / 2
    return _moved(total, -round(down * half), -round(across * half)) / np.float32(_ALONG)


def _moved(values: Plane, down: int, across: int) -> Plane:
    """Each pixel has the value that lies so far from it, or none."""
    height, width = values.shape
    moved = np.zeros_like(values)
    if abs(down) < height and abs(across) < width:
        rows = slice(max(0, -down), min(height, height - down))
        columns = slice(max(0, -across), min(width, width - across))
        moved[rows, columns] = values[
            rows.start + down : rows.stop + down, columns.start + across : columns.stop + across
        ]
    return moved


def _described(
    part: Mask, small: Picture, soft: Plane, along: Plane, *, angle: float, sign: int, scale: float
) -> list[Line]:
    joined = cv2.morphologyEx(part, cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8))
    _, labels, boxes, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
    found_: list[Line] = []
    for label, (left, top, width, height, _) in enumerate(boxes):
        length = math.hypot(width, height)
        if label == 0 or length < _LONG * scale:
            continue
        rows, columns = np.nonzero(labels[top : top + height, left : left + width] == label)
        rows, columns = rows + top, columns + left
        alike = _is_like_a_scratch(rows, columns, soft, length=length, angle=angle, sign=sign, scale=scale)
        track = tracks.found(rows, columns, small, angle=angle, sign=sign, scale=scale)
        found_.append(Line(rows, columns, float(along[rows, columns].mean()), alike, track))
    return found_


def _is_like_a_scratch(
    rows: NDArray[np.intp],
    columns: NDArray[np.intp],
    soft: Plane,
    *,
    length: float,
    angle: float,
    sign: int,
    scale: float,
) -> bool:
    if len(rows) / length / scale > LIMITS.width:
        return False
    across, down = math.cos(angle), math.sin(angle)
    if tracks.bend(rows * down + columns * across, rows * across - columns * down) > LIMITS.bent * scale:
        return False
    aside = max(4.0, _ASIDE * scale)

    def beside(way: float) -> NDArray[Any]:
        y = np.clip(np.rint(rows + across * way), 0, soft.shape[0] - 1).astype(int)
        x = np.clip(np.rint(columns - down * way), 0, soft.shape[1] - 1).astype(int)
        return np.asarray(soft[y, x])

    here, left, right = soft[rows, columns], beside(aside), beside(-aside)
    outer = (left + right) / 2
    contrasts = (here - outer).mean(1) * sign
    contrast = max(float(contrasts.mean()), 3.0)
    apart = left.mean(1) - right.mean(1)
    room = max(_WHITE - float(outer.mean()), 1.0) if sign > 0 else max(float(outer.mean()) - _BLACK, 1.0)
    colour = float(np.ptp(here, axis=1).mean() - np.ptp(outer, axis=1).mean())
    return (
        float(np.abs(apart).mean()) < LIMITS.unlike_sides * contrast
        and abs(float(apart.mean())) < LIMITS.leaning_sides * contrast
        and float(contrasts.std()) < LIMITS.unsteady * contrast
        and float(((here - outer) * sign).mean(0).min()) > LIMITS.least_channel * contrast
        and colour < LIMITS.coloured
        and (contrast < LIMITS.opaque * scale * room or _crosses(length, apart, contrast, soft))
    )


def _crosses(length: float, apart: NDArray[Any], contrast: float, soft: Plane) -> bool:
    """Most of the print, through nothing at all: such a line may be as white as paper."""
    return (
        length > LIMITS.crossing * max(soft.shape) and float(np.abs(apart).mean()) < LIMITS.through_nothing * contrast
    )
