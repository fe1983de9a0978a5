"""What tells pictures apart and what stands in for them while they load, both from a few hundred pixels.

The perceptual hash is the usual one: the signs of the 8x8 lowest frequencies of a 32x32 grey picture around their
median. It is kept as a signed 64-bit integer, as Postgres has no other; two pictures are near when few bits differ.
The placeholder is ThumbHash (Evan Wallace, MIT): about 21 bytes that a browser turns into a blurred preview.
"""

import math
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image

_HASH_PIXELS = 32
_HASH_FREQUENCIES = 8
_PLACEHOLDER_PIXELS = 32
_LUMINANCE_TERMS = 7


def perceptual_hash(picture: "Image") -> int:
    grey = picture.convert("L").resize((_HASH_PIXELS, _HASH_PIXELS))
    pixels = grey.tobytes()
    waves = _cosines(_HASH_PIXELS, _HASH_FREQUENCIES)
    rows = [
        [sum(map(float.__mul__, wave, map(float, pixels[start : start + _HASH_PIXELS]))) for wave in waves]
        for start in range(0, len(pixels), _HASH_PIXELS)
    ]
    terms = [sum(wave[y] * rows[y][x] for y in range(_HASH_PIXELS)) for wave in waves for x in range(_HASH_FREQUENCIES)]
    ordered = sorted(terms)
    median = (ordered[len(ordered) // 2 - 1] + ordered[len(ordered) // 2]) / 2
    bits = int("".join("1" if term > median else "0" for term in terms), 2)
    return bits - (1 << 64) if bits >> 63 else bits


def distance(one: int, other: int) -> int:
    """In how many of the 64 bits two perceptual hashes differ."""
    return ((one ^ other) & ((1 << 64) - 1)).bit_count()


def thumbhash(picture: "Image") -> bytes:
    small = picture.convert("RGB")
    small.thumbnail((_PLACEHOLDER_PIXELS, _PLACEHOLDER_PIXELS))
    width, height = small.size
    raw = small.tobytes()
    pixels = [(raw[i] / 255, raw[i + 1] / 255, raw[i + 2] / 255) for i in range(0, len(raw), 3)]
    longest = max(width, height)
    across = max(1, _round(_LUMINANCE_TERMS * width / longest))
    down = max(1, _round(_LUMINANCE_TERMS * height / longest))
    light = _channel([(r + g + b) / 3 for r, g, b in pixels], width, max(3, across), max(3, down))
    yellow = _channel([(r + g) / 2 - b for r, g, b in pixels], width, 3, 3)
    red = _channel([r - g for r, g, _ in pixels], width, 3, 3)

    landscape = width > height
    constants = (
        _round(63 * light.mean)
        | _round(31.5 + 31.5 * yellow.mean) << 6
        | _round(31.5 + 31.5 * red.mean) << 12
        | _round(31 * light.scale) << 18
    )
    scales = (
        (down if landscape else across) | _round(63 * yellow.scale) << 3 | _round(63 * red.scale) << 9 | landscape << 15
    )
    terms = [_round(15 * term) for term in (*light.terms, *yellow.terms, *red.terms)]
    packed = bytes(low | high << 4 for low, high in list(pairwise([*terms, 0]))[::2])
    return constants.to_bytes(3, "little") + scales.to_bytes(2, "little") + packed


class _Channel:
    """One colour channel as its mean and its lowest frequencies, scaled to 0..1."""

    def __init__(self, mean: float, terms: list[float]) -> None:
        self.mean = mean
        self.scale = max(map(abs, terms), default=0.0)
        self.terms = [0.5 + 0.5 * term / self.scale if self.scale else 0.0 for term in terms]


def _channel(values: list[float], width: int, across: int, down: int) -> _Channel:
    height = len(values) // width
    rows = [
        [sum(map(float.__mul__, wave, values[start : start + width])) for wave in _cosines(width, across)]
        for start in range(0, len(values), width)
    ]
    terms = [
        sum(wave[y] * rows[y][x] for y in range(height)) / len(values)
        for frequency, wave in enumerate(_cosines(height, down))
        for x in range(across)
        if x * down < across * (down - frequency)
    ]
    return _Channel(terms[0], terms[1:])


@lru_cache(maxsize=64)
def _cosines(length: int, count: int) -> list[list[float]]:
    return [[math.cos(math.pi / length * k * (x + 0.5)) for x in range(length)] for k in range(count)]


def _round(value: float) -> int:
    """Halves go up, as in the reference implementation: Python's own rounding would differ in a bit."""
    return math.floor(value + 0.5)
