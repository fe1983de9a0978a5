"""Pictures of places that do not exist, painted on the spot: pictures of one setting resemble each other, as photos do.

A setting is a kind (a shore, a room, a stage …), its colours, and what stands in it. A picture of it looks from
somewhere else each time, with other people in front, other light and a little noise. Settings of one kind resemble each
other too, as two dinners do. Everything follows from seeds, and nothing from what any grouping does with the pictures.
"""

import math
import random
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO

import numpy as np
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter

WIDTH, HEIGHT = 384, 288
Colour = tuple[int, int, int]


@dataclass(frozen=True)
class Setting:
    kind: str
    seed: int


def new_setting(luck: random.Random, kinds: tuple[str, ...] = ()) -> Setting:
    return Setting(luck.choice(kinds or OUTDOOR + INDOOR), luck.getrandbits(32))


def paint(setting: Setting, seed: int) -> Image.Image:
    """One picture of a setting; the same seed is the same picture."""
    canvas = _Canvas(random.Random(setting.seed), random.Random(f"{setting.seed} {seed}"))
    _KINDS[setting.kind](canvas)
    return _photographed(canvas)


def crop(picture: Image.Image, luck: random.Random, least: float = 0.7) -> Image.Image:
    """A part of a picture, and often most of it."""
    share = luck.uniform(least, 1.0)
    width, height = int(picture.width * share), int(picture.height * share)
    left, top = luck.randint(0, picture.width - width), luck.randint(0, picture.height - height)
    return picture.crop((left, top, left + width, top + height))


def reencoded(picture: Image.Image, quality: int) -> Image.Image:
    written = BytesIO()
    picture.save(written, "JPEG", quality=quality)
    return Image.open(written).convert("RGB")


class _Canvas:
    """What a painter has: luck that belongs to the setting, luck that belongs to this one picture, and a brush."""

    def __init__(self, setting: random.Random, view: random.Random) -> None:
        self.setting, self.view = setting, view
        self.image = Image.new("RGB", (WIDTH, HEIGHT))
        self.draw = ImageDraw.Draw(self.image)
        self.hue = setting.random()
        self.shift = view.uniform(-0.25, 0.25) * WIDTH
        self.zoom = view.uniform(0.75, 1.45)

    def colour(self, hue: float, saturation: float, value: float, waver: float = 0.03) -> Colour:
        """A colour of the setting; `waver` is how much it differs from picture to picture."""
        parts = (hue % 1.0, saturation, value)
        h, s, v = (min(1.0, max(0.0, part + self.view.uniform(-waver, waver))) for part in parts)
        return Image.new("HSV", (1, 1), (int(h * 255), int(s * 255), int(v * 255))).convert("RGB").getpixel((0, 0))  # type: ignore[return-value]

    def across(self, x: float) -> float:
        """Where something stands that stands at x (0..1) in the setting."""
        return WIDTH / 2 + (x - 0.5) * WIDTH * 1.5 * self.zoom + self.shift

    def gradient(self, top: Colour, bottom: Colour, upper: float, lower: float) -> None:
        rows = np.linspace(0, 1, max(1, int(lower - upper)))[:, None, None]
        band = np.array(top) * (1 - rows) + np.array(bottom) * rows
        image = Image.fromarray(np.repeat(band, WIDTH, axis=1).astype(np.uint8))
        self.image.paste(image, (0, int(upper)))

    def people(self, ground: float, number: int, hues: tuple[float, ...]) -> None:
        for _ in range(number):
            x, size = self.view.uniform(0, WIDTH), self.view.uniform(18, 70) * self.zoom
            foot = ground + size * self.view.uniform(0.2, 0.9)
            body = self.colour(self.view.choice(hues), 0.7, self.view.uniform(0.3, 0.9))
            skin = self.colour(0.07, self.view.uniform(0.25, 0.6), self.view.uniform(0.45, 0.95))
            self.draw.rounded_rectangle((x, foot - size, x + size * 0.35, foot), size * 0.1, fill=body)
            self.draw.ellipse((x + size * 0.06, foot - size * 1.28, x + size * 0.3, foot - size), fill=skin)

    def texture(self, box: tuple[float, float], strength: float, grain: int) -> None:
        """Grass, sand, water: noise of a certain grain between two heights."""
        upper, lower = int(max(0, box[0])), int(min(HEIGHT, box[1]))
        if lower - upper < 2:
            return
        noise = np.random.default_rng(self.view.getrandbits(32)).normal(
            0, strength, (lower // grain + 2, WIDTH // grain + 2)
        )
        spread = np.kron(noise, np.ones((grain, grain)))[: lower - upper, :WIDTH, None]
        part = np.asarray(self.image.crop((0, upper, WIDTH, lower)), np.float32) + spread
        self.image.paste(Image.fromarray(np.clip(part, 0, 255).astype(np.uint8)), (0, upper))


def _photographed(canvas: _Canvas) -> Image.Image:
    """Crop, exposure, colour, focus and noise, as another camera a moment later would have it."""
    view = canvas.view
    picture = crop(canvas.image, view, 0.75).resize((WIDTH, HEIGHT), Image.Resampling.BILINEAR)
    picture = ImageEnhance.Brightness(picture).enhance(view.uniform(0.75, 1.25))
    picture = ImageEnhance.Color(picture).enhance(view.uniform(0.8, 1.2))
    if view.random() < 0.15:
        picture = picture.filter(ImageFilter.GaussianBlur(view.uniform(0.5, 1.5)))
    noise = np.random.default_rng(view.getrandbits(32)).normal(0, view.uniform(1, 9), (HEIGHT, WIDTH, 3))
    noisy = np.asarray(picture, np.float32) + noise.astype(np.float32)
    return Image.fromarray(np.clip(noisy, 0, 255).astype(np.uint8))


def _sky(canvas: _Canvas, horizon: float) -> None:
    dusk = canvas.setting.random() < 0.3
    top = canvas.colour(0.6, canvas.setting.uniform(0.3, 0.8), canvas.setting.uniform(0.6, 1.0))
    low = canvas.colour(0.06 if dusk else 0.55, 0.5 if dusk else 0.15, 0.95)
    canvas.gradient(top, low, 0, horizon)
    for _ in range(canvas.setting.randint(0, 5)):
        x, y = canvas.across(canvas.setting.random()), canvas.setting.uniform(0.05, 0.8) * horizon
        wide = canvas.setting.uniform(30, 120)
        canvas.draw.ellipse((x, y, x + wide, y + wide * 0.25), fill=canvas.colour(0.6, 0.05, 0.95))


def _shore(canvas: _Canvas) -> None:
    horizon = HEIGHT * (canvas.setting.uniform(0.3, 0.5) + canvas.view.uniform(-0.06, 0.06))
    _sky(canvas, horizon)
    water = canvas.setting.uniform(0.47, 0.62)
    beach = horizon + HEIGHT * canvas.setting.uniform(0.15, 0.35)
    canvas.gradient(canvas.colour(water, 0.7, 0.6), canvas.colour(water, 0.45, 0.85), horizon, beach)
    canvas.texture((horizon, beach), 12, 3)
    sand = canvas.setting.uniform(0.08, 0.14)
    canvas.gradient(canvas.colour(sand, 0.35, 0.9), canvas.colour(sand, 0.45, 0.75), beach, HEIGHT)
    canvas.texture((beach, HEIGHT), 7, 1)
    for _ in range(canvas.setting.randint(0, 4)):
        x, size = canvas.across(canvas.setting.random()), 50 * canvas.zoom
        canvas.draw.pieslice(
            (x, beach - size, x + size, beach + size * 0.3), 180, 360, fill=canvas.colour(canvas.hue, 0.8, 0.9)
        )
        canvas.draw.line(
            (x + size / 2, beach - size * 0.4, x + size / 2, beach + size * 0.6), fill=(90, 70, 50), width=2
        )
    canvas.people(beach, canvas.view.randint(0, 4), (canvas.hue, 0.0, 0.6))


def _mountains(canvas: _Canvas) -> None:
    horizon = HEIGHT * canvas.setting.uniform(0.45, 0.65)
    _sky(canvas, horizon)
    snow = canvas.setting.random() < 0.5
    for layer in range(canvas.setting.randint(2, 4)):
        waves = [
            (canvas.setting.uniform(1, 9), canvas.setting.uniform(0, 6), canvas.setting.uniform(4, 34))
            for _ in range(5)
        ]
        base = horizon * (0.55 + 0.25 * layer)
        xs = np.arange(0, WIDTH + 8, 8)
        places = (xs - canvas.shift - WIDTH / 2) / (WIDTH * canvas.zoom)
        ys = base - sum(high * np.abs(np.sin(often * places + at)) for often, at, high in waves) * canvas.zoom
        ridge = [(float(x), float(y)) for x, y in zip(xs, ys, strict=True)]
        canvas.draw.polygon(
            [*ridge, (WIDTH, HEIGHT), (0, HEIGHT)],
            fill=canvas.colour(0.6 - 0.1 * layer, 0.2 + 0.1 * layer, 0.75 - 0.15 * layer),
        )
        if snow and layer == 0:
            canvas.draw.line(ridge, fill=(245, 247, 250), width=7)
    ground = HEIGHT * 0.75
    canvas.gradient(canvas.colour(0.3, 0.5, 0.5), canvas.colour(0.25, 0.55, 0.35), ground, HEIGHT)
    canvas.texture((ground, HEIGHT), 14, 2)
    canvas.people(ground, canvas.view.randint(0, 3), (canvas.hue, 0.95))


def _town(canvas: _Canvas) -> None:
    _sky(canvas, HEIGHT * 0.8)
    street = HEIGHT * (0.75 + canvas.view.uniform(-0.05, 0.05))
    x = -0.2
    while x < 1.2:
        wide, high = canvas.setting.uniform(0.07, 0.2), canvas.setting.uniform(0.3, 0.75)
        wall = (
            canvas.hue + canvas.setting.uniform(-0.06, 0.06),
            canvas.setting.uniform(0.15, 0.55),
            canvas.setting.uniform(0.5, 0.95),
        )
        windows, pitched = canvas.setting.randint(2, 5), canvas.setting.random() < 0.5
        left, right = canvas.across(x), canvas.across(x + wide)
        roof = street - high * HEIGHT * 0.8 * canvas.zoom
        canvas.draw.rectangle((left, roof, right, street), fill=canvas.colour(*wall))
        if pitched:
            canvas.draw.polygon(
                [(left, roof), ((left + right) / 2, roof - 25 * canvas.zoom), (right, roof)],
                fill=canvas.colour(0.03, 0.6, 0.6),
            )
        step = (right - left) / windows
        for row in np.arange(roof + 8, street - 12, 20 * canvas.zoom):
            for column in range(windows):
                at = left + step * (column + 0.25)
                canvas.draw.rectangle((at, row, at + step * 0.5, row + 11 * canvas.zoom), fill=(60, 70, 90))
        x += wide
    canvas.gradient(canvas.colour(0.1, 0.08, 0.6), canvas.colour(0.1, 0.1, 0.4), street, HEIGHT)
    canvas.people(street, canvas.view.randint(0, 6), (canvas.hue, 0.5, 0.0))


def _forest(canvas: _Canvas) -> None:
    leaves = canvas.setting.choice((0.3, 0.25, 0.09, 0.35))
    canvas.gradient(canvas.colour(leaves, 0.5, 0.7), canvas.colour(leaves, 0.6, 0.35), 0, HEIGHT)
    canvas.texture((0, HEIGHT), 28, canvas.setting.choice((4, 6, 9)))
    for _ in range(canvas.setting.randint(6, 16)):
        x, wide = canvas.across(canvas.setting.random()), canvas.setting.uniform(5, 24) * canvas.zoom
        canvas.draw.rectangle(
            (x, 0, x + wide, HEIGHT * canvas.setting.uniform(0.7, 0.95)),
            fill=canvas.colour(0.07, 0.4, canvas.setting.uniform(0.15, 0.5)),
        )
    ground = HEIGHT * 0.78
    canvas.gradient(canvas.colour(leaves - 0.05, 0.5, 0.4), canvas.colour(0.09, 0.5, 0.3), ground, HEIGHT)
    canvas.texture((ground, HEIGHT), 16, 2)
    canvas.people(ground, canvas.view.randint(0, 2), (canvas.hue,))


def _room(canvas: _Canvas) -> None:
    floor = HEIGHT * (canvas.setting.uniform(0.6, 0.72) + canvas.view.uniform(-0.05, 0.05))
    light = canvas.setting.uniform(0.55, 0.95)
    canvas.gradient(canvas.colour(canvas.hue, 0.25, light), canvas.colour(canvas.hue, 0.35, light * 0.8), 0, floor)
    canvas.gradient(canvas.colour(0.07, 0.5, 0.55), canvas.colour(0.07, 0.55, 0.35), floor, HEIGHT)
    for _ in range(canvas.setting.randint(3, 7)):
        x, y, size = (
            canvas.across(canvas.setting.random()),
            canvas.setting.uniform(0.1, 0.5) * floor,
            canvas.setting.uniform(30, 80) * canvas.zoom,
        )
        canvas.draw.rectangle(
            (x, y, x + size, y + size * 0.8),
            fill=canvas.colour(canvas.setting.random(), 0.6, 0.7),
            outline=(40, 30, 25),
            width=3,
        )
    for _ in range(canvas.setting.randint(1, 3)):
        x, size = canvas.across(canvas.setting.random()), canvas.setting.uniform(60, 150) * canvas.zoom
        canvas.draw.rounded_rectangle(
            (x, floor - size * 0.4, x + size, floor + size * 0.25),
            8,
            fill=canvas.colour(canvas.setting.random(), 0.5, 0.5),
        )
    canvas.people(floor, canvas.view.randint(1, 6), (canvas.hue, 0.6, 0.95))


def _table(canvas: _Canvas) -> None:
    canvas.gradient(canvas.colour(canvas.hue, 0.35, 0.8), canvas.colour(canvas.hue, 0.4, 0.65), 0, HEIGHT)
    stripes, cloth = canvas.setting.randint(0, 9), canvas.setting.random()
    for stripe in range(stripes):
        x = canvas.across(stripe / stripes)
        canvas.draw.rectangle((x, 0, x + 12 * canvas.zoom, HEIGHT), fill=canvas.colour(cloth, 0.5, 0.8))
    plate, food = canvas.setting.uniform(0.75, 1.0), [canvas.setting.random() for _ in range(4)]
    for _ in range(canvas.view.randint(2, 6)):
        x, y, size = (
            canvas.view.uniform(-20, WIDTH - 40),
            canvas.view.uniform(-20, HEIGHT - 40),
            canvas.view.uniform(70, 130) * canvas.zoom,
        )
        canvas.draw.ellipse(
            (x, y, x + size, y + size * 0.85), fill=canvas.colour(0.1, 0.04, plate), outline=(120, 115, 110)
        )
        for _ in range(canvas.view.randint(3, 12)):
            a, r, spot = canvas.view.uniform(0, 6.3), canvas.view.uniform(0, 0.3) * size, canvas.view.uniform(5, 16)
            middle = (x + size / 2 + r * math.cos(a), y + size * 0.42 + r * math.sin(a))
            canvas.draw.ellipse(
                (middle[0] - spot, middle[1] - spot, middle[0] + spot, middle[1] + spot),
                fill=canvas.colour(canvas.view.choice(food), 0.75, 0.7),
            )


def _stage(canvas: _Canvas) -> None:
    canvas.gradient((8, 6, 14), (25, 18, 30), 0, HEIGHT)
    beams = Image.new("RGB", (WIDTH, HEIGHT))
    brush = ImageDraw.Draw(beams)
    for number in range(canvas.setting.randint(3, 7)):
        x, hue = canvas.across(canvas.setting.random()), canvas.hue + number * canvas.setting.uniform(0.0, 0.12)
        tilt = canvas.view.uniform(-90, 90)
        brush.polygon([(x, 0), (x + tilt - 35, HEIGHT), (x + tilt + 35, HEIGHT)], fill=canvas.colour(hue, 0.85, 0.7))
    canvas.image.paste(Image.blend(canvas.image, beams.filter(ImageFilter.GaussianBlur(6)), 0.7))
    for _ in range(canvas.view.randint(15, 40)):
        x, y, size = (
            canvas.view.uniform(-10, WIDTH),
            canvas.view.uniform(0.72, 1.0) * HEIGHT,
            canvas.view.uniform(14, 34),
        )
        canvas.draw.ellipse((x, y, x + size, y + size * 2), fill=(5, 4, 8))


def _pitch(canvas: _Canvas) -> None:
    stand = HEIGHT * canvas.setting.uniform(0.2, 0.4)
    canvas.gradient(canvas.colour(canvas.hue, 0.4, 0.5), canvas.colour(canvas.hue, 0.3, 0.35), 0, stand)
    canvas.texture((0, stand), 45, 5)
    grass = canvas.setting.uniform(0.24, 0.36)
    for stripe in range(9):
        left, right = canvas.across(stripe / 9), canvas.across((stripe + 1) / 9)
        canvas.draw.rectangle((left, stand, right, HEIGHT), fill=canvas.colour(grass, 0.6, 0.55 + 0.1 * (stripe % 2)))
    y = canvas.view.uniform(stand + 20, HEIGHT)
    canvas.draw.line((0, y, WIDTH, y + canvas.view.uniform(-60, 60)), fill=(240, 240, 240), width=4)
    canvas.people(stand + 15, canvas.view.randint(2, 9), (canvas.hue, canvas.hue + 0.5))


def _screen(canvas: _Canvas) -> None:
    """What people keep of their telephone's screen."""
    dark = canvas.setting.random() < 0.4
    canvas.draw.rectangle((0, 0, WIDTH, HEIGHT), fill=(24, 24, 28) if dark else (248, 248, 250))
    accent = canvas.colour(canvas.hue, 0.7, 0.8, 0.0)
    canvas.draw.rectangle((0, 0, WIDTH, 28), fill=accent)
    y = 44.0
    while y < HEIGHT:
        if canvas.view.random() < 0.3:
            canvas.draw.rounded_rectangle((20, y, canvas.view.uniform(150, 360), y + 34), 10, fill=accent)
            y += 46
            continue
        canvas.draw.rectangle(
            (20, y, canvas.view.uniform(120, 360), y + 6), fill=(150, 150, 155) if dark else (60, 60, 66)
        )
        y += 14
    if canvas.view.random() < 0.3:
        canvas.draw.rectangle((40, 100, 340, 210), fill=canvas.colour(canvas.view.random(), 0.5, 0.7))


def _print(canvas: _Canvas) -> None:
    """An old photo on paper, scanned."""
    _KINDS[canvas.view.choice(("shore", "room", "town", "mountains"))](canvas)
    grey = canvas.image.convert("L")
    toned = Image.merge("RGB", [grey.point(lambda v, part=part: int(v * part + 18)) for part in (0.92, 0.82, 0.66)])
    canvas.image.paste(toned)
    canvas.draw.rectangle((0, 0, WIDTH - 1, HEIGHT - 1), outline=(236, 228, 210), width=22)


_KINDS: dict[str, Callable[[_Canvas], None]] = {
    "shore": _shore, "mountains": _mountains, "town": _town, "forest": _forest, "room": _room,
    "table": _table, "stage": _stage, "pitch": _pitch, "screen": _screen, "print": _print,
}  # fmt: skip
OUTDOOR = ("shore", "mountains", "town", "forest", "pitch")
INDOOR = ("room", "table", "stage")
