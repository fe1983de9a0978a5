"""A hike in the Dolomites, and a week at the Atlantic."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Final

from PIL import Image

from infra.local.demo.painting import terrain, things
from infra.local.demo.painting.canvas import Random
from infra.local.demo.painting.light import (
    AFTERNOON,
    DAWN,
    DUSK,
    GOLDEN,
    MORNING,
    NIGHT,
    NOON,
    OVERCAST,
    SUNSET,
    Light,
    View,
)
from infra.local.demo.stories.shot import Shot, Stop, day, developed, later, near, taken_at, upright


@lru_cache(maxsize=4)
def _alps(seed: int) -> terrain.Land:
    return terrain.alps(seed)


@lru_cache(maxsize=4)
def _coast(seed: int) -> terrain.Land:
    return terrain.coast(seed)


@dataclass(frozen=True)
class InMountains:
    view: View
    light: Light
    wind: float = 0.2
    seed: int = 3

    def __call__(self, random: Random) -> Image.Image:
        return developed(
            terrain.paint(_alps(self.seed), self.view, self.light, random, wind=self.wind), self.light, random
        )


_LAKE, _HUT, _TOPS = (46.6943, 12.0854), (46.6370, 12.3120), (46.6187, 12.3027)
_BANK, _MEADOW, _PASS = View(1_000, 7_000, 6, 0, horizon=0.5), View(3_000, 4_000, 12, 0), View(4_300, 5_600, 25, 0)
_SADDLE, _SUMMIT = View(4_800, 6_100, 14, 0), View(6_000, 2_000, 310, 0)
_STOPS: Final = (
    Stop(
        day(2026, 7, 18, 6, 4),
        _LAKE,
        _BANK,
        DAWN.at(112),
        ((0, 120, 1.0), (2, 120, 1.5), (7, 95, 1.0), (12, 150, 1.2), (21, 60, 1.0)),
    ),
    Stop(day(2026, 7, 18, 9, 10), _HUT, _MEADOW, MORNING, ((0, 25, 1.0), (18, 350, 1.2))),
    Stop(day(2026, 7, 18, 9, 51), _HUT, _SADDLE, MORNING, ((0, 60, 1.3), (56, 20, 1.0))),
    Stop(day(2026, 7, 18, 10, 16), _HUT, _PASS, MORNING, ((0, 330, 1.0), (14, 300, 1.6))),
    Stop(
        day(2026, 7, 18, 13, 30),
        _TOPS,
        _SUMMIT,
        NOON.at(190),
        ((0, 200, 1.0), (4, 245, 1.3), (9, 215, 1.6), (16, 285, 1.1), (25, 225, 1.0)),
    ),
    Stop(
        day(2026, 7, 18, 19, 48),
        _TOPS,
        _SUMMIT,
        GOLDEN.at(268),
        ((0, 200, 1.5), (6, 215, 1.0), (13, 250, 1.3), (20, 180, 1.9)),
    ),
    Stop(day(2026, 7, 18, 20, 45), _HUT, _SADDLE, SUNSET.at(276), ((0, 230, 1.0), (11, 262, 1.0))),
    Stop(day(2026, 7, 18, 21, 23), _HUT, _SADDLE, DUSK, ((0, 245, 1.0),)),
    Stop(
        day(2026, 7, 19, 8, 20),
        _HUT,
        _PASS,
        OVERCAST,
        ((0, 300, 1.0), (5, 325, 1.4), (22, 275, 1.0), (31, 350, 1.1)),
    ),
)


def dolomites() -> Iterator[Shot]:
    number = 0
    for stop in _STOPS:
        for taken, view in stop.views():
            number += 1
            camera = upright(view) if number % 9 == 5 else view
            wind = 0.08 if stop.place == _LAKE else 0.25
            yield taken_at(taken, "+02:00", near(stop.place, number), InMountains(camera, stop.light, wind))


@dataclass(frozen=True)
class AtSea:
    north: float
    inland: float
    """Metres from where the sand is dry."""
    up: float
    heading: float
    light: Light
    sails: int = 0
    parasols: tuple[tuple[float, float], ...] = ()
    zoom: float = 1.0
    horizon: float = 0.42
    wind: float = 0.6

    def __call__(self, random: Random) -> Image.Image:
        land = _coast(5)
        east = terrain.shore(land, self.north, 0.4) + self.inland
        view = View(east, self.north, self.up, self.heading, zoom=self.zoom, horizon=self.horizon)
        picture = terrain.paint(land, view, self.light, random, wind=self.wind)
        if self.sails:
            picture = things.sails(picture, view, self.light, random, self.sails, self.up)
        if self.parasols:
            picture = things.parasols(picture, view, self.light, random, list(self.parasols), self.up)
        return developed(picture, self.light, random)


PARASOLS: Final = ((9.0, -3.0), (15.0, 4.5), (13.0, -8.0), (24.0, 1.0), (30.0, -9.0), (34.0, 12.0), (46.0, -2.0))


def sea() -> Iterator[Shot]:
    place = (44.4460, -1.2550)
    days = [day(2026, 8, of_month) for of_month in range(8, 15)]
    plan: list[tuple[datetime, AtSea]] = [
        (later(days[0], 17 * 60 + 30), AtSea(2_500, -6, 4, 332, AFTERNOON)),
        (later(days[0], 17 * 60 + 33), AtSea(2_500, -18, 7, 295, AFTERNOON, sails=3)),
        (later(days[0], 17 * 60 + 51), AtSea(2_600, 26, 2.4, 325, AFTERNOON, parasols=PARASOLS)),
        (later(days[1], 11 * 60 + 2), AtSea(2_800, 30, 2.2, 300, NOON.at(150), parasols=PARASOLS[:5], sails=2)),
        (later(days[1], 11 * 60 + 8), AtSea(2_800, -18, 4, 275, NOON.at(150), sails=4)),
        (later(days[1], 11 * 60 + 40), AtSea(3_000, 30, 2.8, 255, NOON.at(150), parasols=PARASOLS[2:], sails=2)),
        (later(days[1], 12 * 60 + 15), AtSea(3_100, 5, 9, 335, NOON.at(160))),
        (later(days[2], 21 * 60 + 6), AtSea(1_500, -18, 5, 275, SUNSET.at(272), sails=2)),
        (later(days[2], 21 * 60 + 9), AtSea(1_500, -18, 8, 258, SUNSET.at(272))),
        (later(days[2], 21 * 60 + 15), AtSea(1_560, -18, 6, 285, SUNSET.at(272, elevation=1.5), sails=3, zoom=1.5)),
        (later(days[2], 21 * 60 + 41), AtSea(1_560, -18, 6, 290, DUSK.at(285))),
        (later(days[3], 7 * 60 + 20), AtSea(3_600, 5, 6, 335, DAWN.at(75), wind=0.35)),
        (later(days[3], 7 * 60 + 26), AtSea(3_600, -15, 5, 250, DAWN.at(75), wind=0.35)),
        (later(days[4], 15 * 60 + 12), AtSea(4_200, 8, 8, 318, OVERCAST, wind=0.9)),
        (later(days[4], 15 * 60 + 20), AtSea(4_200, 2, 4, 270, OVERCAST, wind=0.9)),
        (later(days[5], 18 * 60 + 40), AtSea(2_000, -30, 10, 280, GOLDEN.at(262), sails=4)),
        (later(days[5], 18 * 60 + 44), AtSea(2_000, 24, 2.4, 300, GOLDEN.at(262), parasols=PARASOLS[:4], sails=1)),
        (later(days[5], 20 * 60 + 58), AtSea(2_050, -18, 5, 268, SUNSET.at(270), sails=3, zoom=1.2)),
        (later(days[5], 23 * 60 + 12), AtSea(2_050, -26, 6, 230, NIGHT.at(232, elevation=18))),
        (later(days[6], 9 * 60 + 30), AtSea(2_700, -18, 6, 300, MORNING, sails=3)),
        (later(days[6], 9 * 60 + 36), AtSea(2_700, 6, 7, 342, MORNING)),
        (later(days[6], 10 * 60 + 4), AtSea(2_750, 28, 2.6, 285, MORNING, parasols=PARASOLS[1:], sails=2)),
    ]  # fmt: skip
    for number, (taken, paint) in enumerate(plan):
        yield taken_at(taken, "+02:00", near(place, number), paint)
