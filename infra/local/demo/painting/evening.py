"""Indoors and at night, drawn flat as a lens with a wide opening sees it: lights out of focus, a cake, balloons,
lanterns in a garden, and fireworks."""

from typing import Final

import numpy as np

from infra.local.demo.painting.canvas import Field, Picture, Random, add_glow, blurred, colour, mix, noise, ramp, smooth

WIDTH, HEIGHT = 1680, 1120
_WARM: Final = ("#ffb35c", "#ffd08a", "#ff9a4a", "#ffe3b0", "#f48a5a")
_GAY: Final = ("#e4572e", "#f2b134", "#4b9fa5", "#d1487a", "#8f6bb3", "#5a9e5f", "#f0e3c8")


def _grid(width: int, height: int) -> tuple[Field, Field]:
    down, across = np.mgrid[0:height, 0:width].astype(np.float32)
    return across, down


def room(random: Random, width: int = WIDTH, height: int = HEIGHT, *, table: float = 0.72, lights: int = 70) -> Picture:
    """A dim room out of focus, over a table."""
    across, down = _grid(width, height)
    base = ramp([(0, colour("#1d1118")), (0.6, colour("#41241f")), (1, colour("#2a1714"))], down / height)
    base = base * (0.75 + 0.5 * noise(random, height, width, width / 5, 3))[..., None]
    shine = np.zeros_like(base)
    for _ in range(lights):
        place = (random.random() * width, random.random() ** 1.3 * height * table)
        _disc(
            shine, place, width * random.uniform(0.008, 0.032), colour(random.choice(_WARM)), random.uniform(0.1, 0.6)
        )
    picture = base + shine
    wood = (
        mix(colour("#5a3420"), colour("#8a5632"), noise(random, height, width, 70, 5))
        * (0.55 + 0.6 * np.exp(-(((across / width - 0.5) / 0.3) ** 2)))[..., None]
    )
    grain = np.sin(down * 0.16 + 9 * noise(random, height, width, 300, 3)) * 0.03
    return mix(picture, wood * (0.9 + grain)[..., None], smooth(table - 0.004, table + 0.004, down / height))


def cake(random: Random, candles: int, *, shift: float = 0.0, zoom: float = 1.0, icing: str = "#f6e7d6") -> Picture:
    """A cake whose candles light it."""
    picture = room(random)
    across, down = _grid(WIDTH, HEIGHT)
    middle, foot = WIDTH * (0.5 + shift), HEIGHT * 0.86
    half, tall, flat = WIDTH * 0.2 * zoom, HEIGHT * 0.22 * zoom, 0.27
    x, base_y = (across - middle) / half, down - foot

    plate = smooth(1.42, 1.40, np.hypot(x, base_y / (half * flat)))
    picture = mix(picture, colour("#d9d2c9") * (0.45 + 0.25 * smooth(1.5, 0.2, np.abs(x + 0.2)))[..., None], plate)
    side = (np.abs(x) < 1) & (base_y < half * flat * np.sqrt(np.clip(1 - x**2, 0, 1))) & (base_y > -tall)
    round_light = (0.4 + 0.6 * np.sqrt(np.clip(1 - x**2, 0, 1))) * (0.65 + 0.35 * smooth(0, -tall, base_y))
    body = mix(
        colour("#8a4a2c"), colour(icing), smooth(-0.25, -0.45, base_y / tall + 0.12 * np.sin(x * 19 + 2) ** 2 - 0.05)
    )
    layers = 1 - 0.35 * (np.abs(base_y / tall + 0.18) < 0.035)
    picture = mix(picture, body * (round_light * layers)[..., None] * colour("#ffd9a6"), side.astype(np.float32))
    top = smooth(1.005, 0.985, np.hypot(x, (base_y + tall) / (half * flat)))
    picture = mix(picture, colour(icing) * colour("#ffe0b5") * (0.92 - 0.16 * np.hypot(x, 0))[..., None], top)
    for number in range(26):
        turn = 2 * np.pi * number / 26
        place = (middle + np.cos(turn) * half * 0.9, foot - tall + np.sin(turn) * half * flat * 0.9)
        _ball(picture, place, half * 0.055, colour("#b3243a") if number % 2 else colour("#fff3e2"))
    flames = np.zeros_like(picture)
    turns = 2 * np.pi * (np.arange(candles) + 0.5) / candles
    for turn in sorted(turns, key=np.sin):
        place = (middle + np.cos(turn) * half * 0.58, foot - tall + np.sin(turn) * half * flat * 0.58)
        _candle(picture, flames, place, half * 0.032, tall * 0.62, colour(random.choice(_GAY)))
    return add_glow(picture + flames, 0.9, 0.6)


def balloons(random: Random, count: int = 12) -> Picture:
    """Balloons under a ceiling, and bunting."""
    picture = room(random, table=1.2, lights=45) * 1.25
    for _ in range(count):
        size = WIDTH * random.uniform(0.045, 0.085)
        place = (random.uniform(0.06, 0.94) * WIDTH, random.uniform(0.12, 0.62) * HEIGHT)
        _string(picture, place, size, random)
        _balloon(picture, place, size, colour(random.choice(_GAY)))
    return add_glow(_bunting(picture), 0.5)


def garden(random: Random, *, lanterns: int = 3, tilt: float = 0.0) -> Picture:
    """Strings of bulbs over a garden after sunset."""
    down = _grid(WIDTH, HEIGHT)[1]
    picture = ramp(
        [(0, colour("#101a3c")), (0.5, colour("#3b3f6b")), (0.75, colour("#a8706b")), (1, colour("#2b2420"))],
        down / HEIGHT,
    )
    for depth in range(3):
        edge = HEIGHT * (0.56 + 0.13 * depth) - HEIGHT * 0.22 * noise(random, 1, WIDTH, 160, 6, 0.6)[0]
        leaves = noise(random, HEIGHT, WIDTH, 26, 4, 0.6)
        tint = mix(colour("#1d2622"), colour("#0c110f"), depth / 2) * (0.7 + 0.6 * leaves)[..., None]
        picture = mix(picture, tint, smooth(-4, 5, down - edge[None, :] - 30 * (leaves - 0.5)))
    picture = blurred(np.clip(picture, 0, 1), 7)
    shine = np.zeros_like(picture)
    for line in range(lanterns):
        start, end = random.uniform(0.02, 0.3) + tilt, random.uniform(0.05, 0.35)
        bulbs = 13 + 3 * line
        for number in range(bulbs + 1):
            share = number / bulbs
            sag = 4 * share * (1 - share) * (0.14 + 0.05 * line)
            place = (WIDTH * share, HEIGHT * (start + (end - start) * share + sag))
            size = WIDTH * (0.006 + 0.004 * line)
            _disc(shine, place, size, colour("#ffb45a"), 0.9)
            _disc(shine, place, size * 5, colour("#ff8a3a"), 0.08, soft=True)
    return add_glow(picture + shine, 0.45, 0.7)


def fireworks(random: Random, count: int = 5) -> Picture:
    """Over a dark hill."""
    down = _grid(WIDTH, HEIGHT)[1]
    picture = ramp([(0, colour("#04060f")), (0.8, colour("#15193a")), (1, colour("#33284a"))], down / HEIGHT)
    shine = np.zeros_like(picture)
    for _ in range(count):
        middle = (random.uniform(0.15, 0.85) * WIDTH, random.uniform(0.14, 0.5) * HEIGHT)
        reach, tint = random.uniform(0.09, 0.2) * WIDTH, colour(random.choice(_GAY))
        for turn in np.linspace(0, 2 * np.pi, int(random.integers(36, 64)), endpoint=False) + random.random():
            length = reach * random.uniform(0.75, 1.05)
            for share in np.linspace(0.04, 1, 60):
                place = (
                    middle[0] + np.cos(turn) * length * share,
                    middle[1] + np.sin(turn) * length * share + 60 * share**3,
                )
                _disc(
                    shine,
                    place,
                    1.1 + 1.3 * share,
                    mix(colour("#fff4dd"), tint, min(1, share * 1.5)),
                    0.75 * (1.1 - share),
                )
    edge = HEIGHT * (0.86 - 0.1 * noise(random, 1, WIDTH, 240, 6, 0.5)[0])
    smoke = noise(random, HEIGHT, WIDTH, 260, 5) * 0.09
    lit = picture + shine + blurred(np.clip(shine, 0, 1), 60) * smoke[..., None] * 6
    return add_glow(mix(lit, colour("#06070d"), smooth(-2, 2, down - edge[None, :])), 1.0, 0.5)


def _disc(
    picture: Picture, place: tuple[float, float], size: float, tint: Picture, strength: float, *, soft: bool = False
) -> None:
    """A light: with an edge, as one out of focus, or soft."""
    reach = size * (2.6 if soft else 1.15) + 2
    left, right = max(0, int(place[0] - reach)), min(picture.shape[1], int(place[0] + reach) + 1)
    top, bottom = max(0, int(place[1] - reach)), min(picture.shape[0], int(place[1] + reach) + 1)
    if left >= right or top >= bottom:
        return
    down, across = np.mgrid[top:bottom, left:right].astype(np.float32)
    apart = np.hypot(across - place[0], down - place[1]) / size
    share = np.exp(-(apart**2)) if soft else smooth(1.08, 0.94, apart) * (0.75 + 0.25 * apart)
    picture[top:bottom, left:right] += (strength * share)[..., None] * tint


def _ball(picture: Picture, place: tuple[float, float], size: float, tint: Picture, stretch: float = 1.0) -> None:
    """Something round, lit from the left."""
    left, right = max(0, int(place[0] - size)), min(picture.shape[1], int(place[0] + size) + 2)
    top, bottom = max(0, int(place[1] - size * stretch)), min(picture.shape[0], int(place[1] + size * stretch) + 2)
    if left >= right or top >= bottom:
        return
    down, across = np.mgrid[top:bottom, left:right].astype(np.float32)
    x, y = (across - place[0]) / size, (down - place[1]) / (size * stretch)
    depth = np.sqrt(np.clip(1 - x**2 - y**2, 0, 1))
    facing = np.clip(0.55 * depth - 0.45 * x - 0.5 * y, 0, 1)
    shine = np.clip(-0.5 * x - 0.55 * y + 0.67 * depth, 0, 1) ** 28
    rim = 0.25 * (1 - depth)[..., None] * colour("#ffb070")
    shaded = tint * (0.28 + 0.8 * facing)[..., None] + rim + (0.75 * shine)[..., None]
    part = picture[top:bottom, left:right]
    picture[top:bottom, left:right] = mix(part, shaded, smooth(1.0, 0.97, np.hypot(x, y)))


def _balloon(picture: Picture, place: tuple[float, float], size: float, tint: Picture) -> None:
    _ball(picture, place, size, tint, 1.18)
    _ball(picture, (place[0], place[1] + size * 1.22), size * 0.09, tint * 0.8)


def _string(picture: Picture, place: tuple[float, float], size: float, random: Random) -> None:
    bend = random.uniform(-0.4, 0.4) * size
    for row in range(int(place[1] + size), HEIGHT):
        share = (row - place[1]) / HEIGHT
        column = int(place[0] + bend * np.sin(share * 7))
        if 0 <= column < WIDTH - 2:
            picture[row, column : column + 2] = picture[row, column : column + 2] * 0.5 + 0.3


def _bunting(picture: Picture) -> Picture:
    across, down = _grid(WIDTH, HEIGHT)
    flags = 15
    share = across / WIDTH
    line = HEIGHT * (0.04 + 0.42 * share * (1 - share))
    place = share * flags % 1 - 0.5
    inside = (
        smooth(0.5, 0.48, np.abs(place) * 2 * 0.5 + 0)
        * ((down - line) > 0)
        * ((down - line) < HEIGHT * 0.11 * (1 - 2 * np.abs(place)))
    )
    tints = np.stack([colour(tint) for tint in _GAY])[(np.floor(share * flags).astype(int) * 3) % len(_GAY)]
    return mix(picture, tints * 0.75, inside.astype(np.float32))


def _candle(
    picture: Picture, flames: Picture, foot: tuple[float, float], half: float, tall: float, tint: Picture
) -> None:
    x, y = int(foot[0]), int(foot[1])
    top, wide = int(y - tall), max(2, int(half))
    round_light = np.sqrt(np.clip(1 - np.linspace(-1, 1, 2 * wide) ** 2, 0.12, 1))[None, :, None]
    stripes = (np.mgrid[top:y, 0 : 2 * wide].sum(axis=0) // max(3, wide) % 3 == 0)[..., None]
    wax = np.where(stripes, colour("#fff6ea"), tint) * round_light
    warm = np.linspace(1.35, 0.6, y - top)[:, None, None]
    picture[top:y, x - wide : x + wide] = wax * warm
    for share, size, strength, flame in (
        (0.0, 0.75, 1.0, "#ffb04a"),
        (0.35, 0.55, 1.2, "#ffe29a"),
        (0.7, 0.34, 1.0, "#fff3d0"),
    ):
        _disc(flames, (x, top - wide * (0.9 + 1.6 * share)), wide * size * 1.5, colour(flame), strength, soft=True)
    _disc(flames, (x, top - wide * 1.5), wide * 11, colour("#ff9a45"), 0.24, soft=True)
