"""Photographs of places that are not: skies, hills, seas and towns, painted by a seed, with the time and place that a
camera would have written. For pictures of the app and for its tests; a person's own photos are shown nowhere."""

import math
import random
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from io import BytesIO
from typing import NamedTuple

from PIL import Image, ImageDraw, ImageFilter, ImageOps

Colour = tuple[int, int, int]


class Journey(NamedTuple):
    """Days somewhere, in the light of that place."""

    name: str
    begins: datetime
    place: tuple[float, float]
    photos: int
    skies: list[tuple[Colour, Colour]]
    near: Colour
    kind: str


class Painting(NamedTuple):
    name: str
    jpeg: bytes


def _at(*fields: int, zone: int) -> datetime:
    return datetime(*fields, tzinfo=timezone(timedelta(hours=zone)))  # type: ignore[arg-type,misc]


JOURNEYS = [
    Journey("coast", _at(2026, 6, 13, 8, 20, zone=1), (38.712, -9.139), 14,
            [((74, 124, 168), (242, 214, 178)), ((238, 148, 96), (250, 222, 176)), ((52, 74, 112), (226, 138, 118))],
            (24, 44, 58), "sea"),
    Journey("alps", _at(2026, 7, 4, 6, 40, zone=2), (46.559, 8.561), 12,
            [((96, 142, 186), (226, 236, 240)), ((182, 150, 168), (248, 220, 196)), ((58, 92, 134), (170, 204, 222))],
            (32, 52, 48), "hills"),
    Journey("town", _at(2026, 5, 2, 17, 5, zone=2), (48.857, 2.352), 9,
            [((42, 40, 74), (222, 122, 96)), ((24, 28, 54), (96, 84, 128))],
            (22, 18, 28), "town"),
    Journey("desert", _at(2026, 3, 21, 16, 30, zone=1), (31.08, -4.011), 8,
            [((86, 132, 176), (244, 206, 150)), ((206, 104, 70), (248, 196, 132))],
            (120, 62, 36), "dunes"),
]  # fmt: skip

_SHAPES = [(1500, 1000), (1500, 1000), (1000, 1500), (1600, 1200), (1200, 1200), (1800, 1012), (1500, 1000)]


def everything() -> Iterator[Painting]:
    for journey in JOURNEYS:
        yield from of(journey)


def of(journey: Journey, photos: int | None = None) -> Iterator[Painting]:
    """The photos of a journey in the order in which they were taken; only the first ones where a number says so."""
    moment = journey.begins
    for number in range(photos or journey.photos):
        dice = random.Random(f"{journey.name} {number}")  # noqa: S311 - the same photo each time is the point
        yield Painting(f"{journey.name}-{number + 1:02}.jpg", _photograph(journey, moment, dice))
        moment += timedelta(minutes=dice.randint(9, 220) if number % 5 != 4 else 900)


def _photograph(journey: Journey, moment: datetime, dice: random.Random) -> bytes:
    picture = _paint(journey, dice.choice(_SHAPES), dice)
    exif = Image.Exif()
    exif[0x010F], exif[0x0110] = "Darkroom", "Brush"
    details = exif.get_ifd(0x8769)
    details[0x9003], details[0x9011] = moment.strftime("%Y:%m:%d %H:%M:%S"), moment.isoformat()[-6:]
    exif.get_ifd(0x8825).update(_gps(*(each + dice.uniform(-0.01, 0.01) for each in journey.place)))
    out = BytesIO()
    picture.save(out, "JPEG", quality=88, exif=exif)
    return out.getvalue()


def _gps(latitude: float, longitude: float) -> dict[int, object]:
    def degrees(value: float) -> tuple[float, float, float]:
        value = abs(value)
        return (float(int(value)), float(int(value * 60 % 60)), round(value * 3600 % 60, 3))

    return {
        1: "N" if latitude >= 0 else "S",
        2: degrees(latitude),
        3: "E" if longitude >= 0 else "W",
        4: degrees(longitude),
    }


def _paint(journey: Journey, size: tuple[int, int], dice: random.Random) -> Image.Image:
    height = size[1]
    top, bottom = dice.choice(journey.skies)
    picture = _gradient(size, top, bottom)
    horizon = height * dice.uniform(0.46, 0.66)
    _sun(picture, dice, horizon, bottom)
    layers = dice.randint(3, 5)
    for layer in range(layers):
        depth = (layer + 1) / layers
        colour = _mix(bottom, journey.near, 0.25 + 0.75 * depth)
        base = horizon + (height - horizon) * (layer / layers) * 0.86
        if journey.kind == "sea":
            _water(picture, base, colour, dice)
        elif journey.kind == "town" and layer > 0:
            _roofs(picture, base, colour, dice, depth)
        else:
            rough = {"hills": 0.16, "dunes": 0.06}.get(journey.kind, 0.05)
            _ridge(picture, base, colour, dice, height * rough * (1.2 - depth * 0.5), sharp=journey.kind == "hills")
    return _grain(picture, dice)


def _gradient(size: tuple[int, int], top: Colour, bottom: Colour) -> Image.Image:
    return ImageOps.colorize(Image.linear_gradient("L").resize(size), top, bottom)


def _sun(picture: Image.Image, dice: random.Random, horizon: float, light: Colour) -> None:
    width = picture.width
    x, y, radius = width * dice.uniform(0.2, 0.8), horizon * dice.uniform(0.4, 0.92), width * dice.uniform(0.03, 0.06)
    glow = Image.new("L", picture.size)
    drawing = ImageDraw.Draw(glow)
    for reach, strength in ((5, 36), (3, 60), (1, 235)):
        r = radius * reach
        drawing.ellipse((x - r, y - r, x + r, y + r), fill=strength)
        glow = glow.filter(ImageFilter.GaussianBlur(radius * (0.9 if reach > 1 else 0.06)))
        drawing = ImageDraw.Draw(glow)
    picture.paste(Image.new("RGB", picture.size, _mix(light, (255, 246, 226), 0.7)), mask=glow)


def _ridge(picture: Image.Image, base: float, colour: Colour, dice: random.Random, rise: float, *, sharp: bool) -> None:
    width, height = picture.size
    waves = [(dice.uniform(0.6, 2.2) * n, dice.uniform(0, math.tau), 1 / n) for n in (1, 2, 4, 9 if sharp else 3)]
    points: list[tuple[float, float]] = []
    for x in range(0, width + 8, 8):
        value = sum(part * math.sin(wave * math.tau * x / width + shift) for wave, shift, part in waves)
        points.append((x, base - rise * (abs(value) if sharp else value)))
    ImageDraw.Draw(picture).polygon([*points, (width, height), (0, height)], fill=colour)


def _water(picture: Image.Image, base: float, colour: Colour, dice: random.Random) -> None:
    width, height = picture.size
    drawing = ImageDraw.Draw(picture)
    drawing.rectangle((0, base, width, height), fill=colour)
    for _ in range(46):
        y = dice.uniform(base, height)
        length, x = width * dice.uniform(0.02, 0.16) * (y / height), dice.uniform(-0.1, 1.0) * width
        drawing.line((x, y, x + length, y), fill=_mix(colour, (255, 240, 220), dice.uniform(0.06, 0.3)), width=3)


def _roofs(picture: Image.Image, base: float, colour: Colour, dice: random.Random, depth: float) -> None:
    drawing = ImageDraw.Draw(picture)
    x = -20.0
    while x < picture.width:
        wide, tall = dice.uniform(60, 190) * (0.6 + depth), dice.uniform(40, 240)
        drawing.rectangle((x, base - tall, x + wide, picture.height), fill=colour)
        drawing.polygon(
            [(x - 6, base - tall), (x + wide / 2, base - tall - wide * 0.3), (x + wide + 6, base - tall)], fill=colour
        )
        for row in range(int(base - tall + 24), int(base + 200), 46):
            for window in range(int(x + 16), int(x + wide - 20), 38):
                if dice.random() < 0.34:
                    drawing.rectangle((window, row, window + 14, row + 22), fill=_mix(colour, (255, 206, 128), 0.85))
        x += wide + dice.uniform(0, 26)


def _grain(picture: Image.Image, dice: random.Random) -> Image.Image:
    noise = Image.effect_noise((picture.width // 2, picture.height // 2), 22).resize(picture.size)
    softened = picture.filter(ImageFilter.GaussianBlur(0.8))
    grained = Image.blend(softened, ImageOps.colorize(noise, (40, 30, 26), (255, 248, 238)), 0.05)
    return ImageOps.mirror(grained) if dice.random() < 0.5 else grained


def _mix(one: Colour, other: Colour, share: float) -> Colour:
    return (
        round(one[0] + (other[0] - one[0]) * share),
        round(one[1] + (other[1] - one[1]) * share),
        round(one[2] + (other[2] - one[2]) * share),
    )
