"""Photos aged artificially: what years in a box, a scanner and a careless copy do to a print. A seed is an ageing.

In the order in which it happens: the lens was soft, film has grain, dyes fade and one of them faster, the print is
scratched and dusty, the scan is a JPEG. How strongly is drawn for each photo; `Wear` says what was drawn.
"""

import io
import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

Picture = NDArray[np.uint8]


@dataclass(frozen=True)
class Wear:
    """How much of each: 0 is none of it."""

    blur: float = 0.0
    grain: float = 0.0
    fade: float = 0.0
    cast: tuple[float, float, float] = (0.0, 0.0, 0.0)
    scratches: int = 0
    dust: int = 0
    quality: int = 95


def usual(seed: int) -> Wear:
    """A print as it mostly comes."""
    luck = np.random.default_rng(seed)
    return Wear(
        blur=float(luck.uniform(0.0, 0.8)),
        grain=float(luck.uniform(4, 14)),
        fade=float(luck.uniform(0.2, 0.5)),
        cast=(float(luck.uniform(0, 26)), float(luck.uniform(-4, 12)), float(luck.uniform(-30, 0))),
        scratches=int(luck.integers(4, 14)),
        dust=int(luck.integers(20, 90)),
        quality=int(luck.integers(70, 93)),
    )


def light(seed: int) -> Wear:
    """A print that was kept well: there is little to win, and something to spoil."""
    luck = np.random.default_rng(seed)
    return Wear(
        grain=float(luck.uniform(0, 4)),
        fade=float(luck.uniform(0, 0.12)),
        scratches=int(luck.integers(0, 3)),
        dust=int(luck.integers(0, 12)),
        quality=int(luck.integers(85, 96)),
    )


def aged(picture: Picture, wear: Wear, seed: int) -> Picture:
    luck = np.random.default_rng(seed + 1_000)
    soft = Image.fromarray(picture)
    if wear.blur > 0.05:
        soft = soft.filter(ImageFilter.GaussianBlur(wear.blur))
    values = np.asarray(soft).astype(np.float64)
    grain = luck.normal(0, 1, values.shape[:2])[..., None] * 0.8 + luck.normal(0, 1, values.shape) * 0.6
    values += wear.grain * grain
    values = values * (1 - wear.fade) + wear.fade * 150 + np.array(wear.cast) * (0.4 + 0.6 * values / 255)
    print_ = Image.fromarray(np.clip(values, 0, 255).astype(np.uint8))
    worn = _dusty(_scratched(print_, wear.scratches, luck), wear.dust, luck)
    out = io.BytesIO()
    worn.save(out, "JPEG", quality=wear.quality)
    return np.asarray(Image.open(out).convert("RGB"))


def _scratched(image: Image.Image, number: int, luck: np.random.Generator) -> Image.Image:
    """Lines that wander, most of them across the whole print, most of them light."""
    longest = max(image.size)
    for _ in range(number):
        mask = Image.new("L", image.size, 0)
        x, y = luck.uniform(0, image.width), luck.uniform(0, image.height)
        direction, steps = luck.uniform(0, 2 * math.pi), int(luck.integers(8, 40))
        points = [(x, y)]
        for _ in range(steps):
            direction += luck.normal(0, 0.08)
            x, y = x + math.cos(direction) * longest / 40, y + math.sin(direction) * longest / 40
            points.append((x, y))
        width = max(1, round(longest / 500 * luck.uniform(0.5, 1.6)))
        ImageDraw.Draw(mask).line(points, fill=int(luck.uniform(150, 255)), width=width)
        image.paste(_ink(luck), (0, 0), mask.filter(ImageFilter.GaussianBlur(0.5)))
    return image


def _dusty(image: Image.Image, number: int, luck: np.random.Generator) -> Image.Image:
    mask = Image.new("L", image.size, 0)
    draw = ImageDraw.Draw(mask)
    for _ in range(number):
        x, y = luck.uniform(0, image.width), luck.uniform(0, image.height)
        size = max(image.size) / 500 * luck.uniform(0.6, 2.2)
        draw.ellipse((x - size, y - size * luck.uniform(0.5, 1), x + size, y + size), fill=int(luck.uniform(150, 255)))
    image.paste(_ink(luck), (0, 0), mask.filter(ImageFilter.GaussianBlur(0.5)))
    return image


def _ink(luck: np.random.Generator) -> tuple[int, int, int]:
    light_ = luck.random() < 0.75
    value = int(luck.uniform(225, 250) if light_ else luck.uniform(15, 50))
    return value, value, max(0, value - 8)
