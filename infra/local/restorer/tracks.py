"""Lines that are surely scratches: opaque, of one value along their crest, thin, and free of any colour.

A bar, a branch or a hair has shades of its own and of what is around it; bare paper and ink have one. Limits are those
at which, of photos and painted scenes that have no scratch, next to no line was taken: a hundredth of those taken on
the same with scratches drawn on them. A white line on a playing field is one all the same, where it is thin.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from infra.local.restorer.pictures import Picture

_ASIDE = 5.0  # how far beside a line its sides are, at the reference; never less than
_ASIDE_LEAST = 4
_LIGHT, _DARK = 215.0, 50.0  # the crest at its middle
_SPREAD, _OUTLYING = 6.0, 30.0  # how far from that half of the crest is, and four fifths
_COLOURLESS = 14.0  # between the channels
_OVER, _OVER_LEAST = 30.0, 12.0  # lighter or darker than the nearer of its sides: the middle, and a fifth of the crest
_UNLIKE_SIDES, _LEANING_SIDES = 1.2, 0.2  # of that: four fifths of the differences, and their mean
_THIN, _LESS_THIN = 3, 4  # pixels of the copy, at half its height; the latter where its sides are as many things as
_MANY_THINGS = 30.0  # is their deviation
_SOME_THINGS = 14.0  # the least of it for a dark line: masts, bars and wires are dark before a sky
_BENT = 1.2  # pixels of the copy
_SAME, _ASTRAY, _GAP = 24.0, 2, 12  # following: in lightness, pixels to the side, and pixels without a sign of it
_STANDS_OUT = 16.0
_LAST = 24  # pixels that say where it goes


@dataclass(frozen=True)
class Track:
    """The crest from one end to the other: how far along and aside its pixels are, and how light it is."""

    along: NDArray[np.float64]
    aside: NDArray[np.float64]
    angle: float
    sign: int
    value: float
    side: int  # how far beside it its sides are


def found(
    rows: NDArray[np.intp], columns: NDArray[np.intp], small: Picture, *, angle: float, sign: int, scale: float
) -> Track | None:
    """The track of these pixels, where they are surely a scratch."""
    across, down = math.cos(angle), math.sin(angle)
    place = np.rint(rows * down + columns * across).astype(int)
    light = small[rows, columns].astype(np.float32).mean(1)
    order = np.lexsort((light * sign, place))
    crest = order[np.r_[place[order][1:] != place[order][:-1], True]]
    value = float(np.median(light[crest]))
    if not (value > _LIGHT if sign > 0 else value < _DARK):
        return None
    away = np.abs(light[crest] - value)
    colour = float(np.median(np.ptp(small[rows[crest], columns[crest]].astype(int), axis=1)))
    if np.median(away) > _SPREAD or np.percentile(away, 80) > _OUTLYING or colour > _COLOURLESS:
        return None
    side = max(_ASIDE_LEAST, round(_ASIDE * scale))

    def beside(way: int) -> NDArray[np.float32]:
        y = np.clip(np.rint(rows[crest] + across * way), 0, small.shape[0] - 1).astype(int)
        x = np.clip(np.rint(columns[crest] - down * way), 0, small.shape[1] - 1).astype(int)
        return np.asarray(small[y, x].astype(np.float32).mean(1))

    left, right = beside(side), beside(-side)
    over = np.minimum((light[crest] - left) * sign, (light[crest] - right) * sign)
    height = float(np.median(over))
    along = (rows[crest] * down + columns[crest] * across).astype(np.float64)
    aside = (rows[crest] * across - columns[crest] * down).astype(np.float64)
    heights = np.array([float(((beside(way) - (left + right) / 2) * sign).mean()) for way in range(-4, 5)])
    passes = float(((left + right) / 2).std())
    widest = _THIN if passes < _MANY_THINGS else _LESS_THIN
    is_sure = (
        (sign > 0 or passes > _SOME_THINGS)
        and height > _OVER
        and float(np.percentile(over, 20)) > _OVER_LEAST
        and float(np.percentile(np.abs(left - right), 80)) < _UNLIKE_SIDES * height
        and abs(float((left - right).mean())) < _LEANING_SIDES * height
        and int((heights > heights.max() / 2).sum()) <= widest
        and bend(along, aside) < _BENT
    )
    return Track(along, aside, angle, sign, value, side) if is_sure else None


def follow(track: Track, small: Picture, mask: NDArray[np.uint8]) -> None:
    """Adds to the mask what goes on beyond both ends, as long as it shows itself now and then."""
    for way in (1, -1):
        for row, column in _beyond(track, small, way):
            y, x = slice(max(0, row - 1), row + 2), slice(max(0, column - 1), column + 2)
            alike = np.abs(small[y, x].astype(np.float32).mean(2) - track.value) < 2 * _SAME
            mask[y, x] |= alike.astype(np.uint8)


def _beyond(track: Track, small: Picture, way: int) -> list[tuple[int, int]]:
    across, down = math.cos(track.angle), math.sin(track.angle)
    along, aside = list(track.along[::way][-_LAST:]), list(track.aside[::way][-_LAST:])
    kept: list[tuple[int, int]] = []
    missing = 0
    place = along[-1]
    while missing <= _GAP:
        place += way
        start = np.polyfit(np.array(along) - place, aside, 1)[1]
        best: tuple[float, float, int, int] | None = None
        for step in range(-_ASTRAY, _ASTRAY + 1):
            there = _shown(track, small, place, float(start) + step, (across, down))
            if there is not None and (best is None or there[0] - abs(step) > best[0]):
                best = (there[0] - abs(step), float(start) + step, there[1], there[2])
        if best is None:
            missing += 1
            continue
        missing = 0
        along, aside = [*along[1 - _LAST :], place], [*aside[1 - _LAST :], best[1]]
        kept.append((best[2], best[3]))
    return kept


def _shown(
    track: Track, small: Picture, place: float, aside: float, way: tuple[float, float]
) -> tuple[float, int, int] | None:
    """Whether the line is at that pixel: how near its value is, and which pixel it is."""
    across, down = way

    def pixel(off: float) -> tuple[int, int]:
        return round(place * down + (aside + off) * across), round(place * across - (aside + off) * down)

    lights = []
    for off in (0, track.side, -track.side):
        row, column = pixel(off)
        if not (0 <= row < small.shape[0] and 0 <= column < small.shape[1]):
            return None
        colour = small[row, column].astype(np.int32)
        if off == 0 and int(np.ptp(colour)) > 2 * _COLOURLESS:
            return None
        lights.append(float(colour.mean()))
    away = abs(lights[0] - track.value)
    over = min((lights[0] - lights[1]) * track.sign, (lights[0] - lights[2]) * track.sign)
    return (-away, *pixel(0)) if away < _SAME and over > _STANDS_OUT else None


def bend(along: NDArray[np.float64], across: NDArray[np.float64]) -> float:
    """How far pixels lie from the smooth curve through them."""
    middle = along - along.mean()
    powers = np.vander(middle / max(float(np.abs(middle).max()), 1.0), 4)
    curve, *_ = np.linalg.lstsq(powers, across, rcond=None)
    return float(np.sqrt(((across - powers @ curve) ** 2).mean()))
