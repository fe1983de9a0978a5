"""The light of an hour, and the sky that belongs to it."""

from dataclasses import dataclass, replace
from math import cos, pi, radians, sin
from typing import Final

import numpy as np

from infra.local.demo.painting.canvas import (
    Field,
    Picture,
    Random,
    chance,
    colour,
    mix,
    ramp,
    resized,
    sample,
    smooth,
    tile,
)

_CLOUD_SIZE: Final = 512


@dataclass(frozen=True)
class Light:
    """`azimuth` and `elevation` of the sun (or moon) in degrees; colours as a camera would see them."""

    azimuth: float
    elevation: float
    sun: str
    ambient: str
    zenith: str
    middle: str
    horizon: str
    haze: str
    haze_metres: float = 14_000
    strength: float = 1.0
    glow: float = 0.6
    disc: float = 1.0
    clouds: float = 0.45
    """How much of the sky they cover."""
    cloud_lit: str = "#ffffff"
    cloud_dark: str = "#9aa7b8"
    stars: float = 0.0
    exposure: float = 1.0
    warmth: float = 0.0
    saturation: float = 1.08

    @property
    def towards(self) -> tuple[float, float, float]:
        """East, north and up."""
        around, up = radians(self.azimuth), radians(self.elevation)
        return sin(around) * cos(up), cos(around) * cos(up), sin(up)

    @property
    def fill(self) -> float:
        """How much the sky lights what the sun does not: most when it stands low and a camera opens for that."""
        return 0.55 if self.elevation > 12 else 0.85

    @property
    def is_night(self) -> bool:
        return self.stars > 0

    def at(self, azimuth: float, **changes: float | str) -> "Light":
        """The same hour with the sun elsewhere."""
        return replace(self, azimuth=azimuth, **changes)  # type: ignore[arg-type]  # names of fields with their types


DAWN: Final = Light(
    80, 4, "#ffb27a", "#5d6f98", "#3f5f9c", "#c79bb0", "#ffcf9e", "#d9b3a8", 8_000,
    glow=0.9, clouds=0.4, cloud_lit="#ffc7a0", cloud_dark="#7d7fa5", warmth=0.02,
)  # fmt: skip
MORNING: Final = Light(
    105, 26, "#fff0d2", "#7f9cc4", "#2f6fbd", "#7fb0e0", "#dcecf4", "#bcd3e6", 16_000, clouds=0.38, glow=0.35
)
NOON: Final = Light(
    180, 58, "#fff8ea", "#86a4cc", "#1f5fb4", "#5f9edc", "#c8e2f2", "#b2d0e8", 20_000, clouds=0.35, glow=0.2
)
AFTERNOON: Final = Light(
    235, 34, "#ffeccb", "#7c98c2", "#2c6ab8", "#7fb2de", "#e6ecec", "#c6d4de", 16_000, clouds=0.42, glow=0.4
)
GOLDEN: Final = Light(
    265, 11, "#ffc98a", "#7786ad", "#3f74b6", "#a9b9c9", "#ffdfae", "#eac9a2", 11_000,
    glow=0.5, clouds=0.45, cloud_lit="#ffe0b0", cloud_dark="#9290a8", warmth=0.02,
)  # fmt: skip
SUNSET: Final = Light(
    280, 3, "#ff9a5c", "#5f5f8f", "#2f4f8f", "#b5798f", "#ffb066", "#dd9478", 9_000,
    glow=1.1, clouds=0.5, cloud_lit="#ff9f6a", cloud_dark="#6a5578", warmth=0.02, saturation=1.15,
)  # fmt: skip
DUSK: Final = Light(
    290, 2, "#c08fa0", "#4a5a8c", "#141f4a", "#3d4f8c", "#c58a8e", "#5d6391", 8_000,
    strength=0.35, glow=0.5, disc=0, clouds=0.4, cloud_lit="#b58096", cloud_dark="#37406b", stars=0.25,
)  # fmt: skip
NIGHT: Final = Light(
    150, 32, "#9fb4e0", "#1d2748", "#050a1c", "#0c1634", "#24345c", "#1a2648", 12_000,
    strength=0.35, glow=0.25, disc=0.9, clouds=0.3, cloud_lit="#4a5a86", cloud_dark="#101a36", stars=1, saturation=0.95,
)  # fmt: skip
OVERCAST: Final = Light(
    180, 50, "#dfe5ea", "#9aa6b2", "#8f9daa", "#b4bfc8", "#d5dadd", "#c3ccd2", 5_000,
    strength=0.3, glow=0.1, disc=0, clouds=0.95, cloud_lit="#dde2e6", cloud_dark="#8b97a3", saturation=0.92,
)  # fmt: skip
RAIN: Final = Light(
    200, 40, "#b9c4d0", "#66748a", "#4c5a6e", "#75849a", "#a3aebb", "#8b98a9", 900,
    strength=0.15, glow=0.05, disc=0, clouds=1.0, cloud_lit="#93a0b0", cloud_dark="#4a576a",
    saturation=0.85, exposure=1.4,
)  # fmt: skip


@dataclass(frozen=True)
class View:
    """Where a camera stands and looks. Metres, east and north and up; `heading` in degrees, 0 is north."""

    east: float
    north: float
    up: float
    """Above the ground under it."""
    heading: float
    width: int = 1620
    height: int = 1080
    horizon: float = 0.42
    """Where in the picture the horizon lies, from its top."""
    zoom: float = 1.0

    @property
    def focal(self) -> float:
        return max(self.width, self.height) * 0.72 * self.zoom

    @property
    def horizon_row(self) -> float:
        return self.horizon * self.height


def sky(view: View, light: Light, random: Random) -> Picture:
    """The whole picture full of sky; half as fine as the rest, which nobody sees in a sky."""
    rows, columns = view.height // 2, view.width // 2
    across = (np.arange(columns, dtype=np.float32) * 2 + 1 - view.width / 2) / view.focal
    up = (view.horizon_row - np.arange(rows, dtype=np.float32) * 2 - 1)[:, None] / view.focal
    azimuth = radians(view.heading) + np.arctan(across)[None, :]
    elevation = np.arctan(np.maximum(up, -0.02) * np.cos(np.arctan(across))[None, :])
    stops = [(-0.03, colour(light.horizon)), (0.16, colour(light.middle)), (0.62, colour(light.zenith))]
    painted = ramp(stops, elevation)

    apart = (azimuth - radians(light.azimuth) + pi) % (2 * pi) - pi
    distance = np.hypot(apart * np.cos(elevation), elevation - radians(light.elevation)).astype(np.float32)
    glow = light.glow * (np.exp(-distance / 0.28) * 0.5 + np.exp(-((distance / 0.09) ** 2)) * 0.5)
    painted += glow[..., None] * colour(light.sun)
    if light.stars:
        painted += _stars(rows, columns, random) * (light.stars * smooth(0.02, 0.3, elevation))[..., None]
    if light.disc:
        size = 0.017 if light.is_night else 0.013
        disc = light.disc * (1 - smooth(size * 0.8, size * 1.15, distance))
        painted = mix(painted, colour(light.sun) * (1.0 if light.is_night else 1.9), disc)
    painted = _clouded(painted, light, random, azimuth, elevation, glow)
    return np.stack(
        [resized(np.ascontiguousarray(painted[..., part]), view.height, view.width) for part in range(3)], -1
    )


def _stars(rows: int, columns: int, random: Random) -> Picture:
    shine = np.zeros((rows, columns), np.float32)
    count = rows * columns // 900
    shine[random.integers(0, rows, count), random.integers(0, columns, count)] = random.random(count) ** 3
    tint = mix(colour("#cfd9ff"), colour("#fff1dc"), chance(np.arange(columns), 5.0)[None, :])
    return shine[..., None] * tint * 1.3


def _clouded(painted: Picture, light: Light, random: Random, azimuth: Field, elevation: Field, glow: Field) -> Picture:
    """A layer of clouds as wide as the land, seen from below: small and dense far out, large overhead."""
    if light.clouds <= 0.02:
        return painted
    texture = tile(random, _CLOUD_SIZE, 6, 7, 0.55)
    reach = 60 / (np.maximum(elevation, 0.004) + 0.07)
    east, north = np.sin(azimuth) * reach, np.cos(azimuth) * reach
    shift = random.random(2) * _CLOUD_SIZE
    density = sample(texture, east + shift[0], north + shift[1])
    beyond = sample(
        texture, east + shift[0] + 7 * sin(radians(light.azimuth)), north + shift[1] + 7 * cos(radians(light.azimuth))
    )
    spread = float(np.std(texture))
    threshold = 0.5 + spread * (1.6 - 3.4 * light.clouds)
    cover = smooth(threshold, threshold + 1.7 * spread, density) * smooth(-0.01, 0.1, elevation)
    lit = np.clip(0.55 + (density - beyond) / spread * 0.35 - (density - threshold) / spread * 0.12, 0, 1)
    tint = mix(colour(light.cloud_dark), colour(light.cloud_lit), lit) + (glow * 0.5)[..., None] * colour(light.sun)
    return mix(painted, tint, np.clip(cover * 0.92, 0, 1))
