"""Looking over heights: which point of a landscape each pixel of a picture shows.

For every column the land is followed outwards, its height at each distance is projected onto the picture, and what
stays above all that is nearer is seen. Done for all columns and distances at once, that is a handful of array
operations, and every pixel knows where it looks.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import cos, radians, sin
from typing import Final

import numpy as np

from infra.local.demo.painting.canvas import Field, Mask, Picture, colour, mix
from infra.local.demo.painting.light import Light, View

Heights = Callable[[Field, Field], Field]
"""The height at each east and north, in metres."""

_NEAREST: Final = 1.2
_STEPS: Final = 620


@dataclass(frozen=True)
class Seen:
    """What is land in a picture. All but `land` have one number for each pixel that shows some, not for the sky."""

    land: Field
    """For every pixel, from 0 (sky) to 1; between the two at the edge."""
    rows: Field
    columns: Field
    distance: Field
    east: Field
    north: Field
    up: Field
    """The height of the very point that is seen: below the top of a wall, when a wall is seen."""
    eye: float
    """The height of the camera."""

    def over(self, picture: Picture, painted: Picture, pixels: Mask | None = None) -> Picture:
        """The picture with these pixels of the land (or some of them) painted."""
        rows, columns = (self.rows, self.columns) if pixels is None else (self.rows[pixels], self.columns[pixels])
        picture = picture.copy()
        picture[rows, columns] = mix(picture[rows, columns], painted, self.land[rows, columns])
        return picture


def look(view: View, heights: Heights, farthest: float = 16_000, steps: int = _STEPS, *, wall: float = np.inf) -> Seen:
    """What rises by more than `wall` metres from one distance to the next is upright, and not a slope between them."""
    away = np.geomspace(_NEAREST, farthest, steps).astype(np.float32)[:, None]
    aside = ((np.arange(view.width, dtype=np.float32) + 0.5 - view.width / 2) / view.focal)[None, :]
    turn_sin, turn_cos = sin(radians(view.heading)), cos(radians(view.heading))
    here = float(heights(np.full((1, 1), view.east, np.float32), np.full((1, 1), view.north, np.float32))[0, 0])
    eye = here + view.up
    east = view.east + away * (turn_sin + aside * turn_cos)
    north = view.north + away * (turn_cos - aside * turn_sin)
    tops = heights(east, north)
    rows = view.horizon_row - (tops - eye) / away * view.focal
    skyline = np.minimum.accumulate(rows, axis=0)

    # How many distances lie behind what a pixel shows: those whose skyline is still below it.
    first = np.clip(np.ceil(skyline - 0.5), 0, view.height).astype(np.int64)
    counted = np.bincount(
        (first * view.width + np.arange(view.width)[None, :]).ravel(), minlength=(view.height + 1) * view.width
    ).reshape(view.height + 1, view.width)
    step = steps - np.cumsum(counted[:-1], axis=0)
    land = np.clip(np.arange(view.height, dtype=np.float32)[:, None] + 1 - skyline[-1][None, :], 0, 1)
    land[step < steps] = 1.0
    step = np.minimum(step, steps - 1)

    shown, columns = np.nonzero(land > 0)
    step, row = step[shown, columns], shown.astype(np.float32) + 0.5
    before = np.maximum(step - 1, 0)
    below, above = rows[before, columns], rows[step, columns]
    share = np.clip((below - row) / np.maximum(below - above, 1e-3), 0, 1)
    share[tops[step, columns] - tops[before, columns] > wall] = 1
    distance = away[before, 0] + (away[step, 0] - away[before, 0]) * share
    right = distance * aside[0, columns]
    return Seen(
        land,
        shown,
        columns,
        distance,
        view.east + distance * turn_sin + right * turn_cos,
        view.north + distance * turn_cos - right * turn_sin,
        eye + (view.horizon_row - row) / view.focal * distance,
        eye,
    )


def hazed(painted: Picture, seen: Seen, light: Light) -> Picture:
    """The farther, the more air lies between."""
    return mix(painted, colour(light.haze), 1 - np.exp(-((seen.distance / light.haze_metres) ** 1.15)))


def mirrored(painted: Picture, view: View, rows: Field, columns: Field, across: Field, down: Field) -> Picture:
    """For each of these pixels, the one as far above the horizon; moved by what ripples do (in pixels)."""
    above = np.clip(np.abs(2 * view.horizon_row - rows + down), 0, view.height - 1).astype(np.int32)
    beside = np.clip(columns + across, 0, view.width - 1).astype(np.int32)
    found: Picture = painted[above, beside]
    return found
