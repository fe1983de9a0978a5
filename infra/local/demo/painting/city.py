"""Cities: houses on hills, seen from above or from the street, by day, at night and in the rain."""

from dataclasses import dataclass
from math import cos, radians, sin
from typing import Final

import numpy as np

from infra.local.demo.painting.canvas import (
    Field,
    Mask,
    Picture,
    Random,
    add_glow,
    blurred,
    chance,
    colour,
    mix,
    noise,
    ramp,
    sample,
    smooth,
    tile,
)
from infra.local.demo.painting.ground import Seen, hazed, look, mirrored
from infra.local.demo.painting.light import Light, View, sky

_SIZE: Final = 512
_HILL_METRES: Final = 9
_FLOOR: Final = 3.2
_WINDOW: Final = 2.7


@dataclass(frozen=True)
class City:
    """Blocks of houses along straight streets, on hills. Lengths in metres."""

    seed: int
    hills: float = 60
    house: tuple[float, float] = (13, 17)
    block: tuple[int, int] = (4, 3)
    """Every so many houses there is a street."""
    floors: tuple[int, int] = (3, 6)
    gable: float = 3.0
    """How high roofs rise; 0 is flat."""
    turned: float = 24
    """Degrees from north."""
    river: float = -1e9
    """South of it there is water."""
    walls: tuple[str, ...] = ("#f3ead8", "#efe0c0", "#f0d9b5", "#e9c9a8", "#f5f1ea", "#d9b3a0", "#c9d6d6", "#efc7a0")
    roofs: tuple[str, str] = ("#a4502f", "#c9764a")
    streets: tuple[str, str] = ("#6d6862", "#8f887e")
    churches: float = 0.0
    """The share of houses that are a tower with a dome."""

    @property
    def _hills(self) -> Field:
        return tile(np.random.default_rng(self.seed), _SIZE, 5, 3, 0.4)

    def prepared(self) -> "_Built":
        return _Built(self, self._hills)


class _Built:
    def __init__(self, city: City, hills: Field) -> None:
        self.city = city
        self._hills = hills
        self.sin, self.cos = sin(radians(city.turned)), cos(radians(city.turned))

    def along(self, east: Field, north: Field) -> tuple[Field, Field]:
        """The same place counted in houses, across and along the streets."""
        across = (east * self.cos - north * self.sin) / self.city.house[0]
        along = (east * self.sin + north * self.cos) / self.city.house[1]
        return across, along

    def street(self, number: int, along: float) -> tuple[float, float]:
        """East and north of the middle of a street, so many houses along it."""
        across = (number * self.city.block[0] + 0.5) * self.city.house[0]
        along *= self.city.house[1]
        return across * self.cos + along * self.sin, -across * self.sin + along * self.cos

    def ground(self, east: Field, north: Field) -> Field:
        height = (sample(self._hills, east / _HILL_METRES, north / _HILL_METRES) - 0.3) * self.city.hills * 2
        shore = smooth(self.city.river, self.city.river + 260, north) if self.city.river > -1e8 else 1.0
        return np.maximum(height, 2.5) * shore

    def is_street(self, column: Field, row: Field) -> Field:
        found: Field = (column % self.city.block[0] == 0) | (row % self.city.block[1] == 0)
        return found

    def top(self, column: Field, row: Field) -> Field:
        """How high the house stands over its ground, without its roof."""
        low, high = self.city.floors
        floors = low + np.floor(chance(column, row, 1.0) * (high - low + 1))
        floors = floors + 5 * self.is_church(column, row)
        found: Field = floors * _FLOOR
        return found

    def is_church(self, column: Field, row: Field) -> Mask:
        return chance(column, row, 9.0) < self.city.churches

    def base(self, column: Field, row: Field) -> Field:
        """Houses stand level, on the ground of their middle."""
        across, along = (column + 0.5) * self.city.house[0], (row + 0.5) * self.city.house[1]
        return self.ground(across * self.cos + along * self.sin, -across * self.sin + along * self.cos)

    def height(self, east: Field, north: Field) -> Field:
        across, along = self.along(east, north)
        column, row = np.floor(across), np.floor(along)
        ridge = self.city.gable * (1 - 2 * np.abs(across - column - 0.5))
        apart = np.hypot(across - column - 0.5, along - row - 0.5)
        dome = np.sqrt(np.maximum(0.21 - apart**2, 0)) * self.city.house[0] + 3 * (apart < 0.05)
        ridge = np.where(self.is_church(column, row), dome, ridge)
        house = self.base(column, row) + self.top(column, row) + ridge
        ground = self.ground(east, north)
        built = ~self.is_street(column, row) & (north > self.city.river + 60)
        return np.where(built, house, ground).astype(np.float32)


@dataclass(frozen=True)
class _Surface:
    """What each pixel of a city shows."""

    built: Field
    wall: Field
    column: Field
    row: Field
    side: Field
    """1 on walls across the streets."""
    inside: Field
    """How far along its wall, in metres."""
    rise: Field
    """How far over the ground, in metres."""


def _surface(built: _Built, seen: Seen) -> _Surface:
    # A wall is found a little behind where it stands: one looks from its own side.
    across, along = built.along(seen.east, seen.north)
    column, row = np.floor(across), np.floor(along)
    house = ~built.is_street(column, row) & (seen.north > built.city.river + 60)
    base = built.base(column, row)
    rise = seen.up - base
    wall = house & (rise < built.top(column, row) - 0.05)
    left, lower = across - column, along - row
    edge_across = np.minimum(left, 1 - left) * built.city.house[0]
    edge_along = np.minimum(lower, 1 - lower) * built.city.house[1]
    side = edge_across < edge_along
    inside = np.where(side, lower * built.city.house[1], left * built.city.house[0])
    return _Surface(house, wall, column, row, side, inside, rise)


def paint(
    city: City, view: View, light: Light, random: Random, *, wet: float = 0.0, lamps: bool | None = None
) -> Picture:
    """The city in this light. `wet` streets mirror what stands over them; `lamps` line them (at night, if not said)."""
    built = city.prepared()
    seen = look(view, built.height, 5_500, 1_000, wall=2.0)
    on = _surface(built, seen)
    lit_windows, glass = _windows(on, light)
    painted = _materials(built, on, seen, light, random)
    painted = mix(painted, _glass(light, on), glass * 0.85)
    painted = mix(
        painted,
        ramp([(0, colour("#ff8f3a")), (1, colour("#ffc684"))], chance(on.column, on.row, on.rise // _FLOOR)),
        lit_windows,
    )
    picture = seen.over(sky(view, light, random), hazed(painted, seen, light))
    river = seen.north < city.river + 60
    if river.any():
        picture = seen.over(picture, _river(picture, view, light, seen, river, random), river)
    if lamps if lamps is not None else light.is_night:
        picture = picture + _lamps(built, view, seen)
    if wet:
        street = ~on.built & (seen.distance < 140)
        picture = seen.over(picture, _wet(picture, view, seen, street, random, wet), street)
    return add_glow(picture, 0.75 if light.is_night or wet else 0.3, 0.7)


def _windows(on: _Surface, light: Light) -> tuple[Field, Field]:
    """Which window shines, and which shows the sky."""
    floor, place = on.rise / _FLOOR, on.inside / _WINDOW
    pane = (np.abs(place % 1 - 0.5) < 0.2) & (np.abs(floor % 1 - 0.52) < 0.26) & on.wall & (floor > 0.1)
    number = chance(on.column * 3 + np.floor(place), on.row, np.floor(floor), on.side.astype(np.float32))
    share = 0.3 if light.is_night else 0.16 if light.elevation < 6 or light.strength < 0.2 else 0.0
    lit = pane & (number < share)
    return lit.astype(np.float32), (pane & ~lit).astype(np.float32)


def _glass(light: Light, on: _Surface) -> Picture:
    return mix(colour("#26303a"), colour(light.middle), 0.25 + 0.3 * chance(on.column, on.row, 7.0)) * (
        0.5 + 0.4 * light.strength
    )


def _materials(built: _Built, on: _Surface, seen: Seen, light: Light, random: Random) -> Picture:
    """Walls, roofs and streets, each by how the light falls on it."""
    city = built.city
    east, north, up = light.towards
    grain = sample(tile(random, 256, 64, 3), seen.east * 7, seen.up * 7 + seen.north * 7) - 0.5
    walls = np.stack([colour(wall) for wall in city.walls])
    wall = walls[(chance(on.column, on.row, 2.0) * len(walls)).astype(np.int32)]
    wall = wall * (0.92 + 0.16 * grain * np.clip(40 / seen.distance, 0, 1))[..., None]
    wall = wall * (1 - 0.35 * (on.rise < 0.9) - 0.12 * (np.abs(on.rise / _FLOOR % 1) < 0.06))[..., None]
    roof = mix(
        colour(city.roofs[0]), colour(city.roofs[1]), np.clip(chance(on.column, on.row, 3.0) + grain * 0.7, 0, 1)
    )
    street = mix(
        colour(city.streets[0]),
        colour(city.streets[1]),
        np.clip(0.5 + grain * 1.4 * np.clip(60 / seen.distance, 0, 1), 0, 1),
    )
    church = built.is_church(on.column, on.row)[..., None]
    wall, roof = np.where(church, colour("#f4efe4"), wall), np.where(church, colour("#dcd7cb"), roof)
    stones = chance(np.floor(seen.east * 5), np.floor(seen.north * 5)) - 0.5
    street = street * (1 + 0.3 * stones * np.clip(14 / seen.distance - 0.1, 0, 1))[..., None]
    tint = np.where(on.built[..., None], np.where(on.wall[..., None], wall, roof), street)

    across, along = built.along(seen.east, seen.north)
    left = (across - on.column) < 0.5
    front = (along - on.row) < 0.5
    one = np.array([built.cos, -built.sin]) @ np.array([east, north])
    other = np.array([built.sin, built.cos]) @ np.array([east, north])
    facing_wall = np.where(on.side, np.where(left, -one, one), np.where(front, -other, other))
    facing_roof = up * 0.85 + np.where(left, -one, one) * 0.45 * (city.gable > 0)
    facing = np.clip(np.where(on.wall, facing_wall, np.where(on.built, facing_roof, up * 0.6)), 0, 1)
    shaded = 0.75 + 0.25 * np.clip(on.rise / 9, 0, 1)
    shine = (
        colour(light.ambient) * (0.6 * shaded)[..., None]
        + colour(light.sun) * (0.16 * light.strength)
        + colour(light.sun) * (1.0 * light.strength * facing)[..., None]
    )
    return (tint * shine).astype(np.float32)


def _river(picture: Picture, view: View, light: Light, seen: Seen, river: Mask, random: Random) -> Picture:
    waves = tile(random, 512, 48, 4, 0.6)
    stretch = np.clip(seen.distance[river] / 90, 1, 20)
    tremble = (sample(waves, seen.east[river] / (2 * stretch), seen.north[river] / stretch) - 0.5) * 0.7
    image = mirrored(picture, view, seen.rows[river], seen.columns[river], tremble * 22, np.abs(tremble) * -90)
    own = mix(colour("#2a4f66"), colour(light.horizon), 0.35) * (0.35 + 0.5 * light.strength)
    return mix(image, own, np.clip(0.3 + tremble, 0, 0.8))


def _lamps(built: _Built, view: View, seen: Seen) -> Picture:
    """A light every few houses along the streets, with what it throws around it."""
    across, along = built.along(np.full((1, 1), view.east), np.full((1, 1), view.north))
    shine = np.zeros((view.height, view.width, 3), np.float32)
    reach = np.full((view.height, view.width), np.inf, np.float32)
    reach[seen.rows, seen.columns] = seen.distance
    warm = colour("#ffc27a")
    for column in range(-3, 4):
        for place in range(-8, 40):
            number = (np.floor(across[0, 0] / built.city.block[0]) + column) * built.city.block[0]
            for bank in (0.12, 0.88):
                u = (number + bank) * built.city.house[0]
                v = (np.floor(along[0, 0]) + place + 0.5 * (bank > 0.5)) * built.city.house[1]
                east, north = u * built.cos + v * built.sin, -u * built.sin + v * built.cos
                up = float(built.ground(np.array([[east]]), np.array([[north]]))[0, 0]) + 5.2
                _shine(shine, view, reach, (east - view.east, north - view.north, up - seen.eye), warm)
    return shine


def _shine(shine: Picture, view: View, reach: Field, at: tuple[float, float, float], tint: Picture) -> None:
    """A small light so far east, north and above the camera, unless something stands before it."""
    turn = radians(view.heading)
    away, aside = at[0] * sin(turn) + at[1] * cos(turn), at[0] * cos(turn) - at[1] * sin(turn)
    if not 3 < away < 700:
        return
    column, row = view.width / 2 + aside / away * view.focal, view.horizon_row - at[2] / away * view.focal
    if not (0 <= column < view.width and 0 <= row < view.height) or reach[int(row), int(column)] < away - 1.5:
        return
    core = max(1.6, 0.16 / away * view.focal)
    wide = int(min(core * 14, 260))
    top, bottom = max(0, int(row) - wide), min(view.height, int(row) + wide)
    left, right = max(0, int(column) - wide), min(view.width, int(column) + wide)
    down, over = np.mgrid[top:bottom, left:right]
    apart = np.hypot(down - row, over - column).astype(np.float32)
    spread = 1.6 * np.exp(-((apart / core) ** 2)) + 0.22 * np.exp(-apart / (core * 3.2))
    shine[top:bottom, left:right] += spread[..., None] * tint


def _wet(picture: Picture, view: View, seen: Seen, street: Mask, random: Random, wet: float) -> Picture:
    """A street after rain: long soft mirror images, sharper in puddles."""
    rows, columns = seen.rows[street], seen.columns[street]
    puddle = smooth(0.45, 0.6, noise(random, view.height, view.width, 90, 3)[rows, columns])
    rough = sample(tile(random, 256, 64, 4), seen.east[street] * 9, seen.north[street] * 9) - 0.5
    smeared = np.zeros((len(rows), 3), np.float32)
    for shift in (-42, -24, -10, 0, 10, 24, 42):
        smeared += mirrored(picture, view, rows, columns, rough * 26, rough * 90 + shift) / 7
    image = mix(smeared, mirrored(picture, view, rows, columns, rough * 8, rough * 20), puddle * 0.6)
    here = picture[rows, columns]
    return mix(here, here * 0.6 + image * 0.62, wet)


def rain(painted: Picture, random: Random, strength: float = 0.5) -> Picture:
    """Streaks, and the light that hangs in them."""
    height, width = painted.shape[:2]
    drops = (random.random((height // 3, width), np.float32) > 0.9965).astype(np.float32)
    for length in (1, 2, 4, 8):
        drops = np.maximum(drops, np.roll(drops, (length, length // 4), (0, 1)) * 0.86)
    streaks = np.repeat(drops, 3, axis=0)
    streaks = np.pad(streaks, ((0, height - streaks.shape[0]), (0, 0)))
    veil = blurred(painted, 26)
    return mix(painted, veil, 0.22 * strength) + (streaks * 0.16 * strength)[..., None] * (veil + 0.25)
