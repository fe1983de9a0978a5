"""Land: mountains with forest, meadow, rock, snow and lakes, and coasts with sand and sea."""

from dataclasses import dataclass
from functools import cached_property
from math import radians, tan
from typing import Final

import numpy as np

from infra.local.demo.painting.canvas import (
    Field,
    Mask,
    Picture,
    Random,
    add_glow,
    chance,
    colour,
    mix,
    sample,
    smooth,
    tile,
)
from infra.local.demo.painting.ground import Seen, hazed, look, mirrored
from infra.local.demo.painting.light import Light, View, sky

_SIZE: Final = 1024
_TREES: Final = 512
_TREE_METRES: Final = 1.6


@dataclass(frozen=True)
class Land:
    """A square of heights in metres that repeats, `metres` from point to point, and what grows there."""

    heights: Field
    metres: float
    water: float
    """The height of the water's surface."""
    forest: tuple[float, float] = (0, 0)
    """From which height to which trees grow."""
    snow: float = 1e9
    """From which height on it lies."""
    sand: float = -1e9
    """Up to which height there is sand instead of grass."""
    grass: tuple[str, str] = ("#4c6230", "#98985a")
    rock: tuple[str, str] = ("#8d8378", "#cbbfae")
    seed: int = 0
    farthest: float = 22_000
    """How far one can see before the square repeats where it shows."""

    @cached_property
    def detail(self) -> Field:
        return tile(np.random.default_rng(self.seed + 7), _SIZE, 220, 4, 0.65)

    @cached_property
    def trees(self) -> Field:
        """Cones beside each other, as high as they are tall."""
        random = np.random.default_rng(self.seed + 11)
        tops = np.zeros((_TREES, _TREES), np.float32)
        reach = np.hypot(*np.mgrid[-3:4, -3:4]).astype(np.float32)
        for x, y, tall in zip(*random.integers(0, _TREES, (2, 9_000)), random.uniform(7, 19, 9_000), strict=True):
            rows, columns = np.ix_((np.arange(-3, 4) + y) % _TREES, (np.arange(-3, 4) + x) % _TREES)
            tops[rows, columns] = np.maximum(tops[rows, columns], tall * np.clip(1 - reach / 3.2, 0, 1))
        return tops

    @cached_property
    def steepness(self) -> Field:
        down, across = np.gradient(self.heights, self.metres)
        found: Field = np.hypot(down, across).astype(np.float32)
        return found

    @cached_property
    def wooded(self) -> Field:
        """How thick the forest is, from 0 to 1."""
        low, high = self.forest
        if high <= low:
            return np.zeros_like(self.heights)
        patches = tile(np.random.default_rng(self.seed + 3), _SIZE, 24, 5, 0.55)
        edge = (high - low) * 0.22
        band = smooth(low, low + edge * 0.3, self.heights) * (1 - smooth(high - edge, high + edge, self.heights))
        flat_enough = 1 - smooth(0.75, 1.1, self.steepness)
        found: Field = smooth(0.47, 0.53, patches) * band * flat_enough
        return found

    def height(self, east: Field, north: Field) -> Field:
        """With its trees, and water where it is lower than that."""
        x, y = east / self.metres, north / self.metres
        ground = sample(self.heights, x, y)
        if self.forest[1] > self.forest[0]:
            ground = ground + sample(self.wooded, x, y) * self._tree(east, north)
        return np.maximum(ground, self.water)

    def _tree(self, east: Field, north: Field) -> Field:
        return sample(self.trees, east / _TREE_METRES, north / _TREE_METRES)

    def lit(self, light: Light) -> Field:
        """How much of the sun each point gets: by its slope, and nothing in a shadow."""
        down, across = np.gradient(self.heights, self.metres)
        east, north, up = light.towards
        facing = np.clip((up - across * east - down * north) / np.sqrt(1 + across**2 + down**2), 0, 1)
        shadow = np.zeros(self.heights.shape, bool)
        climb = tan(radians(max(light.elevation, 1.5))) * self.metres
        for step in (1, 2, 3, 4, 6, 8, 11, 15, 20, 27, 36, 48, 64, 84, 110):
            over = np.roll(self.heights, (-round(north * step), -round(east * step)), (0, 1))
            shadow |= over > self.heights + climb * step + 2
        found: Field = (facing * (1 - 0.85 * shadow)).astype(np.float32)
        return found


def alps(seed: int, *, water: float = 0, snow: float = 2_250, rise: float = 1.0) -> Land:
    """Pale towers over meadows and forests."""
    random = np.random.default_rng(seed)
    valleys = tile(random, _SIZE, 4, 3, 0.45)
    ridges = 1 - np.abs(2 * tile(random, _SIZE, 9, 7, 0.48) - 1) * 1.9
    massif = smooth(0.46, 0.72, valleys)
    towers = smooth(0.55, 0.95, ridges) * massif
    heights = 900 + 700 * valleys + rise * (650 * massif + 900 * towers * towers + 220 * np.clip(ridges, 0, 1) * massif)
    heights += 26 * (tile(random, _SIZE, 90, 3) - 0.5) * (0.4 + massif)
    water = water or float(np.percentile(heights, 9))
    return Land(heights.astype(np.float32), 11, water, (water + 4, 1_750), snow, seed=seed)


def coast(seed: int, *, cliffs: float = 0.0) -> Land:
    """Sea in the west, sand, dunes with grass, and hills behind; with `cliffs` the land falls off to the sea."""
    random = np.random.default_rng(seed)
    across = np.linspace(-1, 1, _SIZE, dtype=np.float32)[None, :] * np.ones((_SIZE, 1), np.float32)
    inland = np.clip(across + (tile(random, _SIZE, 5, 4) - 0.5) * 0.5 + 0.1, -1, 1) - 2.2 * smooth(0.8, 0.98, across)
    dunes = tile(random, _SIZE, 26, 4)
    heights = -9 + 60 * smooth(-0.25, 0.1, inland) * 0.22 + 16 * smooth(0.02, 0.22, inland) * dunes
    heights += 130 * smooth(0.15, 0.8, inland) * tile(random, _SIZE, 8, 5)
    heights += cliffs * 90 * smooth(-0.02, 0.03, inland) * (0.6 + 0.8 * tile(random, _SIZE, 14, 5))
    return Land(
        heights.astype(np.float32), 9, 0, snow=1e9, sand=7.5 if not cliffs else 3.5,
        grass=("#7a8148", "#b3a866"), rock=("#a8794f", "#dba873"), seed=seed, farthest=4_300,
    )  # fmt: skip


def shore(land: Land, north: float, above: float) -> float:
    """How far east, on this row of a coast, the land first rises so high above the water."""
    row = land.heights[int(north / land.metres) % _SIZE]
    return float(np.argmax(row > land.water + above)) * land.metres


def paint(land: Land, view: View, light: Light, random: Random, *, wind: float = 0.35) -> Picture:
    """The land in this light, as the camera sees it. `wind` roughens the water."""
    seen = look(view, land.height, land.farthest)
    x, y = seen.east / land.metres, seen.north / land.metres
    ground = sample(land.heights, x, y)
    sun = sample(land.lit(light), x, y)
    painted = _covered(land, seen.east, seen.north, ground, seen.distance)
    painted = painted * (
        colour(light.ambient) * light.fill + colour(light.sun) * (1.05 * light.strength * sun)[..., None]
    )
    painted = hazed(painted, seen, light)
    picture = seen.over(sky(view, light, random), painted)
    depth = ground - land.water
    wet = depth < 0.05
    if wet.any():
        picture = seen.over(picture, _water(picture, view, light, wind, seen, depth, wet, random), wet)
    return add_glow(picture, 0.35)


def _covered(land: Land, east: Field, north: Field, ground: Field, distance: Field) -> Picture:
    """Grass, trees, rock, snow or sand."""
    x, y = east / land.metres, north / land.metres
    fine = 0.45 + _texture(land.detail, east, north, distance)
    steep = sample(land.steepness, x, y)
    tint = mix(colour(land.grass[0]), colour(land.grass[1]), np.clip(fine, 0, 1))
    if land.sand > -1e8:
        beach = mix(colour("#b79c72"), colour("#d3bd95"), np.clip(fine, 0, 1))
        damp = 1 - smooth(0.15, 1.3, ground - land.water)
        beach = beach * (1 - 0.38 * damp)[..., None]
        tint = mix(beach, tint, smooth(land.sand - 2.5, land.sand + 2.5, ground + (fine - 0.5) * 5))
    stone = mix(
        colour(land.rock[0]),
        colour(land.rock[1]),
        np.clip(fine * 0.8 + np.sin(ground / 31 + fine * 4) * 0.1 + 0.15, 0, 1),
    )
    tint = mix(tint, stone, smooth(0.62, 0.95, steep + (fine - 0.5) * 0.3))
    if land.snow < 1e8:
        high = smooth(1_750, 2_050, ground + (fine - 0.5) * 260)
        tint = mix(tint, stone, high)
        white = smooth(land.snow, land.snow + 160, ground + (fine - 0.5) * 300) * (1 - smooth(0.9, 1.35, steep))
        tint = mix(tint, colour("#f4f7fb"), white)
    trees = sample(land.wooded, x, y)
    crowns = sample(land.trees, east / _TREE_METRES, north / _TREE_METRES) / 16
    needles = mix(colour("#16281a"), colour("#46622f"), np.clip(crowns * 0.8 + (fine - 0.5) * 0.5, 0, 1))
    if land.snow < 1e8:
        spot = chance(np.floor(east * 9), np.floor(north * 9))
        bloom = (spot > 0.985) & (sample(land.detail, east / 4, north / 4) > 0.52) & (distance < 45) & (steep < 0.6)
        tint = mix(tint, mix(colour("#f3e9d2"), colour("#e7b93c"), (spot * 997) % 1), bloom.astype(np.float32))
    return mix(tint, needles, smooth(0.25, 0.7, trees))


def _texture(detail: Field, east: Field, north: Field, distance: Field) -> Field:
    """Around 0: patches far away, blades and pebbles near, each as long as it is large enough to be seen."""
    total = np.zeros_like(distance)
    for metres, weight in ((11.0, 1.5), (1.4, 1.2), (0.2, 1.3), (0.03, 1.3), (0.007, 1.0)):
        share = np.clip(metres * 700 / distance - 0.25, 0, 1)
        near = share > 0
        total[near] += weight * share[near] * (sample(detail, east[near] / metres, north[near] / metres) - 0.5)
    return total


def _water(
    picture: Picture, view: View, light: Light, wind: float, seen: Seen, depth: Field, wet: Mask, random: Random
) -> Picture:
    """Water shows what is above it, trembling, and its own colour where one looks down into it."""
    rows, columns, distance = seen.rows[wet], seen.columns[wet], seen.distance[wet]
    east, north, depth = seen.east[wet], seen.north[wet], np.minimum(depth[wet], 0)
    waves = tile(random, 512, 32, 5, 0.6)
    stretch = np.clip(distance / 60, 1, 14)
    ripple = sample(waves, east / (2.2 * stretch), north / (0.9 * stretch)) - 0.5
    swell = sample(waves, east / 9, north / 30) - 0.5
    near = np.clip(26 / np.sqrt(distance + 4), 0.6, 7)
    wavelets = (sample(waves, east / 0.45, north / 0.2) - 0.5) * np.clip(45 / distance, 0, 1)
    tremble = (ripple + 0.5 * swell + 0.7 * wavelets) * wind
    image = mirrored(picture, view, rows, columns, tremble * 34 * near, -np.abs(tremble) * 130 * near + tremble * 40)
    look_down = smooth(0.0, 0.32, ((rows - view.horizon_row) / view.height).astype(np.float32))
    deep = mix(colour("#123c49"), colour("#4aa39c"), np.exp(depth / 3.0))
    own = deep * (colour(light.ambient) * 0.75 + colour(light.sun) * 0.45 * light.strength)
    surface = mix(image * 0.92, own, np.clip(0.16 + 0.42 * look_down + tremble * 0.8, 0, 0.8))
    glitter = smooth(0.10, 0.26, ripple + 0.3 * swell + 0.05) * smooth(0, 60, distance)
    glitter = (
        glitter * np.exp(-((_aside(view, light, columns) / 7.5) ** 2)) * light.disc * max(0.0, 1 - light.elevation / 60)
    )
    surface = surface + glitter[..., None] * colour(light.sun) * (0.7 if light.is_night else 1.2)
    if wind > 0.3:
        lines = np.sin(depth * 2.6 + 5 * sample(waves, east / 14, north / 14))
        foam = (
            smooth(0.7, 0.92, lines + ripple * 2.2 + wavelets * 1.6) * np.exp(depth / 2.2) * smooth(0.05, 0.4, -depth)
        )
        edge = np.exp(-((depth + 0.12) ** 2) / 0.06)
        white = colour("#f6f8f6") * (colour(light.ambient) * 0.5 + colour(light.sun) * 0.6)
        surface = mix(surface, white, np.clip(foam * 0.9 + edge * 0.6, 0, 0.95))
    return mix(picture[rows, columns], surface, smooth(-0.05, 0.15, -depth))


def _aside(view: View, light: Light, columns: Field) -> Field:
    """How many degrees each column lies beside the sun."""
    headings = np.degrees(np.arctan((np.arange(view.width) - view.width / 2) / view.focal)) + view.heading
    apart = (headings - light.azimuth + 180) % 360 - 180
    found: Field = apart.astype(np.float32)[columns]
    return found
