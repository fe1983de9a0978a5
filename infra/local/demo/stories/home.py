"""A birthday, and prints from a shoe box."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from PIL import Image

from infra.local.demo.painting import city, evening, scans
from infra.local.demo.painting.canvas import Picture, Random, develop
from infra.local.demo.painting.light import AFTERNOON, NOON, OVERCAST, View
from infra.local.demo.stories.cities import InCity
from infra.local.demo.stories.outdoors import PARASOLS, AtSea, InMountains
from infra.local.demo.stories.shot import Paint, Shot, day, later, near, taken_at


@dataclass(frozen=True)
class _Evening:
    paint: Callable[..., Picture]
    options: tuple[tuple[str, object], ...] = ()

    def __call__(self, random: Random) -> Image.Image:
        return develop(self.paint(random, **dict(self.options)), random, grain=0.02)


def birthday() -> Iterator[Shot]:
    home, start = (52.5316, 13.4113), day(2026, 9, 19, 18, 40)
    plan = [
        (0, _Evening(evening.balloons)),
        (2, _Evening(evening.balloons, (("count", 7),))),
        (9, _Evening(evening.balloons, (("count", 18),))),
        (35, _Evening(evening.garden, (("lanterns", 2),))),
        (37, _Evening(evening.garden, (("lanterns", 3), ("tilt", 0.08)))),
        (71, _Evening(evening.cake, (("candles", 9),))),
        (71.2, _Evening(evening.cake, (("candles", 9), ("shift", 0.04), ("zoom", 1.15)))),
        (72, _Evening(evening.cake, (("candles", 9), ("shift", -0.12), ("zoom", 1.4)))),
        (73, _Evening(evening.cake, (("candles", 9), ("shift", 0.15), ("zoom", 0.85)))),
        (110, _Evening(evening.garden, (("lanterns", 4),))),
        (125, _Evening(evening.room, (("lights", 120),))),
        (205, _Evening(evening.fireworks, (("count", 4),))),
        (205.3, _Evening(evening.fireworks, (("count", 7),))),
        (206, _Evening(evening.fireworks, (("count", 3),))),
    ]
    for number, (minutes, paint) in enumerate(plan):
        taken = later(start, minutes)
        yield taken_at(taken, "+02:00", near(home, number % 2), paint)


@dataclass(frozen=True)
class _Print:
    of: Paint
    black_and_white: bool

    def __call__(self, random: Random) -> Image.Image:
        return scans.scanned(self.of(random), random, black_and_white=self.black_and_white)


def prints() -> Iterator[Shot]:
    """Nobody wrote on them when or where."""
    pictures: list[tuple[Paint, bool]] = [
        (InMountains(View(2_500, 2_200, 60, 40), NOON, seed=12), True),
        (InMountains(View(5_200, 7_400, 90, 250), AFTERNOON, seed=12), True),
        (AtSea(4_800, 26, 2.4, 310, NOON, parasols=PARASOLS[:4]), False),
        (AtSea(5_200, 3, 6, 280, AFTERNOON, sails=4), False),
        (InCity(city.City(9, hills=50), View(200, 600, 24, 130), AFTERNOON), False),
        (InCity(city.City(9, hills=50), View(-600, 300, 30, 60), OVERCAST), True),
        (_Evening(evening.cake, (("candles", 5), ("zoom", 1.2))), False),
    ]
    for number, (paint, grey) in enumerate(pictures, 1):
        yield Shot(f"scan_{number:03}.jpg", _Print(paint, grey))
