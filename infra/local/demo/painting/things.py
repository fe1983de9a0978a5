"""What stands in a landscape: sails on the water, parasols on the sand."""

from math import cos, radians, sin
from typing import Final

import numpy as np
from PIL import ImageDraw

from infra.local.demo.painting.canvas import Picture, Random, colour, from_image, to_image
from infra.local.demo.painting.light import Light, View

_CLOTH: Final = ("#d9583b", "#f0b13c", "#3f8f9b", "#efe6d2", "#c8465f", "#5d83b5")
_FINER: Final = 2


def sails(picture: Picture, view: View, light: Light, random: Random, count: int, eye: float) -> Picture:
    """Boats between the shore and the horizon, in front of it when the camera stands high."""
    canvas = to_image(np.clip(picture, 0, 1)).resize((view.width * _FINER, view.height * _FINER))
    draw = ImageDraw.Draw(canvas)
    dark = light.elevation < 6
    for _ in range(count):
        away = random.uniform(260, 1_300)
        x = random.uniform(0.06, 0.94) * view.width * _FINER
        foot = (view.horizon_row + eye / away * view.focal) * _FINER
        metre = view.focal / away * _FINER
        cloth, hull = ("#2b2430", "#1c1820") if dark else ("#f6f3ea", "#3b4a58")
        lean = random.uniform(-0.6, 0.6) * metre
        draw.polygon([(x, foot - metre), (x + lean, foot - 11 * metre), (x + 4.2 * metre, foot - 1.4 * metre)], cloth)
        draw.polygon(
            [(x - 0.4 * metre, foot - metre), (x + lean, foot - 10 * metre), (x - 2.8 * metre, foot - 1.2 * metre)],
            cloth,
        )
        draw.polygon(
            [
                (x - 3.4 * metre, foot - metre),
                (x + 4.6 * metre, foot - metre),
                (x + 3.4 * metre, foot),
                (x - 2.4 * metre, foot),
            ],
            hull,
        )
    return _kept(picture, canvas.resize((view.width, view.height)))


def parasols(
    picture: Picture, view: View, light: Light, random: Random, places: list[tuple[float, float]], eye: float
) -> Picture:
    """On the sand at these places: metres ahead, and to the right. The far ones are drawn first."""
    canvas = to_image(np.clip(picture, 0, 1)).resize((view.width * _FINER, view.height * _FINER))
    draw = ImageDraw.Draw(canvas, "RGBA")
    shine = np.clip(colour(light.ambient) * 0.5 + colour(light.sun) * 0.75 * max(0.35, light.strength), 0, 1.1)
    for away, aside in sorted(places, reverse=True):
        metre = view.focal / away * _FINER
        x = (view.width / 2 + aside / away * view.focal) * _FINER
        foot = (view.horizon_row + eye / away * view.focal) * _FINER
        top, wide, tall = foot - 2.3 * metre, 1.35 * metre, 0.75 * metre
        throw = -sin(radians(light.azimuth - view.heading)) * 2.2 * metre
        draw.ellipse((x + throw - wide, foot - 0.16 * metre, x + throw + wide, foot + 0.22 * metre), (20, 14, 10, 96))
        draw.line((x, foot, x, top), (236, 226, 210, 255), max(2, int(0.05 * metre)))
        cloth, other = colour(random.choice(_CLOTH)), colour("#f4ecdc")
        for slice_ in range(8):
            start, end = np.pi * slice_ / 8, np.pi * (slice_ + 1) / 8
            rim = [(x - wide * cos(turn), top + tall * 0.14 * sin(turn)) for turn in np.linspace(start, end, 6)]
            dome = [
                (x - wide * cos(turn) * sin(rise), top - tall * cos(rise))
                for rise in np.linspace(1.57, 0, 7)
                for turn in (end,)
            ]
            back = [
                (x - wide * cos(turn) * sin(rise), top - tall * cos(rise))
                for rise in np.linspace(0, 1.57, 7)
                for turn in (start,)
            ]
            facing = 0.72 + 0.28 * cos(np.pi * (slice_ + 0.5) / 8 - 0.9)
            tint = (cloth if slice_ % 2 else other) * shine * facing
            draw.polygon([*rim, *dome, *back], tuple((np.clip(tint, 0, 1) * 255).astype(int)))
        if random.random() < 0.8:
            towel = colour(random.choice(_CLOTH)) * shine * 0.9
            left = x + random.uniform(-1.6, 0.6) * metre
            depth = 0.33 * metre * eye / away * 2.2
            draw.polygon(
                [
                    (left, foot),
                    (left + 1.9 * metre, foot),
                    (left + 2.1 * metre, foot + depth),
                    (left - 0.1 * metre, foot + depth),
                ],
                tuple((np.clip(towel, 0, 1) * 255).astype(int)),
            )
    return _kept(picture, canvas.resize((view.width, view.height)))


def _kept(picture: Picture, drawn: object) -> Picture:
    """What is brighter than paper (the sun, its path) stays so where nothing was drawn."""
    found = from_image(drawn)  # type: ignore[arg-type]  # an image
    return np.where(np.abs(found - np.clip(picture, 0, 1)) < 0.02, picture, found).astype(np.float32)
