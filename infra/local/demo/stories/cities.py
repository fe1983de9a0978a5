"""A weekend in Lisbon, and a walk through Hamburg in the rain."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from PIL import Image

from infra.local.demo.painting import city
from infra.local.demo.painting.canvas import Random
from infra.local.demo.painting.light import AFTERNOON, DUSK, GOLDEN, MORNING, NIGHT, NOON, RAIN, SUNSET, Light, View
from infra.local.demo.stories.shot import Shot, Stop, day, developed, later, near, taken_at, upright


@dataclass(frozen=True)
class InCity:
    """A city from a camera."""

    what: city.City
    view: View
    light: Light
    wet: float = 0.0
    rain: float = 0.0

    def __call__(self, random: Random) -> Image.Image:
        lamps = True if self.wet else None
        picture = city.paint(self.what, self.view, self.light, random, wet=self.wet, lamps=lamps)
        if self.rain:
            picture = city.rain(picture, random, self.rain)
        return developed(picture, self.light, random)


_LISBON: Final = city.City(1, hills=95, river=160, house=(12, 15), churches=0.006, streets=("#b3a998", "#d8d0c2"))


_ALFAMA, _GRACA, _RIVER = (38.7118, -9.1300), (38.7166, -9.1319), (38.7075, -9.1365)
_HIGH, _TERRACE = View(60, 1_050, 42, 0), View(-420, 900, 34, 0)
_QUAY, _CASTLE = View(500, 560, 44, 0), View(820, 760, 48, 0)
_STOPS: Final = (
    Stop(day(2026, 4, 24, 19, 12), _GRACA, _HIGH, GOLDEN.at(252), ((0, 168, 1.1), (3, 192, 1.1), (5, 215, 1.5))),
    Stop(day(2026, 4, 24, 19, 51), _GRACA, _HIGH, SUNSET.at(238), ((0, 214, 1.1), (5, 240, 1.8))),
    Stop(day(2026, 4, 24, 20, 22), _GRACA, _HIGH, DUSK.at(250), ((0, 205, 1.1),)),
    Stop(day(2026, 4, 24, 20, 48), _GRACA, _HIGH, NIGHT.at(205), ((0, 190, 1.1),)),
    Stop(
        day(2026, 4, 25, 14, 5),
        _ALFAMA,
        _TERRACE,
        AFTERNOON,
        ((0, 140, 1.0), (2, 171, 1.5), (5, 245, 2.4), (31, 230, 1.9), (34, 120, 1.2)),
    ),
    Stop(day(2026, 4, 25, 20, 8), _RIVER, _QUAY, SUNSET.at(238), ((0, 225, 1.1), (4, 245, 1.1))),
    Stop(day(2026, 4, 25, 20, 38), _RIVER, _QUAY, DUSK, ((0, 180, 1.1),)),
    Stop(
        day(2026, 4, 26, 11, 20),
        _GRACA,
        _CASTLE,
        NOON.at(170),
        ((0, 100, 1.0), (3, 165, 1.3), (8, 238, 2.2), (15, 250, 1.4), (21, 84, 1.8)),
    ),
)


def lisbon() -> Iterator[Shot]:
    number = 0
    for stop in _STOPS:
        for taken, view in stop.views():
            number += 1
            yield taken_at(taken, "+01:00", near(stop.place, number), InCity(_LISBON, view, stop.light))
    built = _LISBON.prepared()
    for number, minutes in enumerate((0, 6, 11, 26)):
        east, north = built.street(number - 2, 44 + 3 * number)
        view = View(east, north, 1.7, 204 if number % 2 else 24, horizon=0.56)
        camera = upright(view) if number % 3 == 2 else view
        taken = later(day(2026, 4, 25, 9, 40), minutes)
        yield taken_at(taken, "+01:00", near(_ALFAMA, number), InCity(_LISBON, camera, MORNING))


_HAMBURG: Final = city.City(
    4, hills=6, floors=(4, 7), gable=2.2, turned=10, roofs=("#3f4248", "#5f5a58"),
    walls=("#9c5a44", "#8a4a3a", "#b98a6a", "#c9b9a0", "#7d4636", "#a8785c", "#d3c7b4"),
)  # fmt: skip


_HARBOUR = (53.5468, 9.9925)
_MINUTES = (0, 4, 9, 15, 22, 26, 38, 45, 57, 63, 70, 84, 92, 101)
_LATE = DUSK.at(230, clouds=0.9, stars=0.01)


def rainy_walk() -> Iterator[Shot]:
    """It rains, gets dark, and stops raining."""
    built = _HAMBURG.prepared()
    for number, minutes in enumerate(_MINUTES):
        light = RAIN if number < 7 else _LATE if number < 11 else NIGHT.at(200, clouds=0.8)
        east, north = built.street(number % 5 - 2, 3 + 2.5 * number)
        heading, zoom = (10 if number % 2 else 190) + (number % 3 - 1) * 5, (0.9, 1.0, 1.5)[number % 3]
        view = View(east, north, 1.7, heading, horizon=0.47, zoom=zoom)
        camera = upright(view) if number % 4 == 3 else view
        wet, rain = (0.75, 0.9) if number < 9 else (0.9, 0.35)
        paint = InCity(_HAMBURG, camera, light, wet, rain)
        yield taken_at(later(day(2026, 10, 31, 15, 50), minutes), "+01:00", near(_HARBOUR, number), paint)
