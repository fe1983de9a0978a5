"""Landscapes under a sun or a moon, in all seasons: hills in layers, a lake or a meadow, trees, clouds, and a clock."""

import math
import random
import time
from dataclasses import dataclass
from typing import Any, Final

import cv2
import numpy as np

Picture = np.ndarray[Any, np.dtype[np.float32]]
Colour = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Mood:
    """Colours as red, green, blue: the sky's top and foot, the light, far and near land, trees."""

    top: Colour
    foot: Colour
    light: Colour
    far: Colour
    near: Colour
    tree: Colour
    is_night: bool = False


_MOODS: Final = (
    Mood(
        (70, 130, 200), (214, 234, 246), (255, 250, 225), (150, 178, 196), (84, 140, 66), (44, 92, 48)
    ),  # a day in May
    Mood((52, 92, 170), (250, 196, 140), (255, 226, 150), (150, 124, 150), (110, 96, 62), (62, 50, 48)),  # evening
    Mood((250, 180, 150), (255, 226, 190), (255, 244, 214), (202, 156, 166), (120, 90, 96), (76, 56, 70)),  # morning
    Mood((14, 20, 48), (44, 62, 110), (236, 240, 250), (40, 54, 88), (16, 26, 42), (8, 14, 26), is_night=True),
    Mood((18, 26, 60), (70, 80, 120), (240, 240, 246), (120, 136, 176), (206, 216, 236), (30, 40, 62), is_night=True),
    Mood((140, 170, 200), (226, 234, 240), (255, 250, 236), (190, 204, 220), (246, 248, 252), (70, 90, 100)),  # snow
    Mood((96, 150, 196), (240, 232, 206), (255, 244, 210), (186, 152, 120), (204, 130, 52), (156, 70, 34)),  # autumn
    Mood((36, 30, 66), (226, 98, 84), (255, 190, 120), (94, 52, 92), (36, 22, 44), (18, 12, 26)),  # afterglow
    Mood((176, 186, 190), (206, 212, 212), (240, 240, 234), (160, 172, 172), (92, 112, 96), (54, 72, 64)),  # mist
)


def painted(chance: random.Random, size: tuple[int, int], now: time.struct_time) -> Any:
    """A picture of 8 bits, as OpenCV has them."""
    width, height = size
    mood = chance.choice(_MOODS)
    horizon = chance.uniform(0.3, 0.78) * height
    picture = _sky(size, mood, chance)
    light = _light(picture, mood, horizon, chance)
    if mood.is_night:
        _stars(picture, horizon, chance)
    _clouds(picture, mood, horizon, chance)
    layers = chance.randint(2, 5)
    for layer in range(layers):
        share = (layer + 1) / layers
        colour = _mix(mood.far, mood.near, share**1.3)
        line = horizon + (height - horizon) * (share - 1 / layers) * 0.7
        rise = chance.uniform(0.1, 0.55) * height * (1 - 0.75 * share)
        _hills(picture, colour, line, rise, chance)
    has_lake = chance.random() < 0.4
    if has_lake:
        _lake(picture, mood, int(horizon + (height - horizon) * chance.uniform(0.25, 0.5)), light)
    for _ in range(chance.choice((0, 1, 1, 2, 3))):
        _grove(picture, mood, 0.93 * height if has_lake else horizon, chance)
    if chance.random() < 0.5:
        _house(picture, mood, (chance.uniform(0.1, 0.85) * width, chance.uniform(0.75, 0.92) * height), chance)
    grain = np.random.default_rng(chance.getrandbits(32)).standard_normal((height, width, 1), np.float32)
    finished = np.clip(picture + grain * np.float32(1.6), 0, 255).astype(np.uint8)[:, :, ::-1].copy()
    _clock(finished, now, is_left=chance.random() < 0.5)
    return finished


def _mix(one: Colour, other: Colour, share: float) -> Colour:
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


def _ink(colour: Colour) -> Picture:
    return np.array(colour, np.float32)


def _upto(end: float, count: int) -> Picture:
    """Half of what numpy takes by itself: a Pi has little."""
    return np.linspace(0, end, count, dtype=np.float32)


def _sky(size: tuple[int, int], mood: Mood, chance: random.Random) -> Picture:
    width, height = size
    tilt = chance.uniform(-0.6, 0.6)
    down = _upto(1, height)[:, None] + np.float32(tilt) * (_upto(1, width)[None, :] - np.float32(0.5))
    share = np.clip(down / 0.8, 0, 1)[:, :, None]
    return (_ink(mood.top) * (1 - share) + _ink(mood.foot) * share).astype(np.float32)


def _light(picture: Picture, mood: Mood, horizon: float, chance: random.Random) -> float:
    """The sun or the moon, with its glow; where it stands, from left to right."""
    height, width = picture.shape[:2]
    x, y = chance.uniform(0.06, 0.94) * width, chance.uniform(0.08, 0.98) * horizon
    away = np.hypot(
        _upto(width - 1, width)[None, :] - np.float32(x), _upto(height - 1, height)[:, None] - np.float32(y)
    )
    radius = chance.uniform(0.04, 0.11) * height
    glow = np.exp(-away / (height * chance.uniform(0.16, 0.5))) * (0.5 if mood.is_night else 0.9)
    disc = np.clip(radius - away + 0.5, 0, 1)
    share = np.maximum(glow, disc)[:, :, None]
    picture += (_ink(mood.light) - picture) * share
    return float(x)


def _stars(picture: Picture, horizon: float, chance: random.Random) -> None:
    height, width = picture.shape[:2]
    for _ in range(160):
        x, y = int(chance.uniform(0, width)), int(chance.uniform(0, min(horizon, height)))
        cv2.circle(picture, (x, y), chance.choice((1, 1, 1, 2)), (235, 238, 250), -1, cv2.LINE_AA)


def _clouds(picture: Picture, mood: Mood, horizon: float, chance: random.Random) -> None:
    height, width = picture.shape[:2]
    veil = np.zeros((height, width), np.float32)
    for _ in range(chance.choice((0, 1, 2, 3, 5))):
        x, y = chance.uniform(0, width), chance.uniform(0.05, 0.85) * horizon
        for _ in range(chance.randint(4, 9)):
            centre = (int(x + chance.gauss(0, 0.09) * width), int(y + chance.gauss(0, 0.02) * height))
            radii = (int(chance.uniform(0.04, 0.13) * width), int(chance.uniform(0.02, 0.06) * height))
            cv2.ellipse(veil, centre, radii, 0, 0, 360, chance.uniform(0.5, 0.95), -1, cv2.LINE_AA)
    veil = cv2.GaussianBlur(veil, (0, 0), height / 45)[:, :, None]
    shade = _mix(mood.top, mood.light, 0.25) if mood.is_night else _mix(mood.foot, (255, 255, 255), 0.6)
    picture += (_ink(shade) - picture) * veil


def _hills(picture: Picture, colour: Colour, line: float, rise: float, chance: random.Random) -> None:
    height, width = picture.shape[:2]
    across = np.arange(width) / width
    ridge = np.zeros(width)
    for waves in (0.6, 1.3, 2.7, 6.1, 14.0):
        ridge += np.sin(2 * math.pi * (waves * across * chance.uniform(0.7, 1.4) + chance.random())) / waves**0.9
    ridge = line - rise * ridge / 1.8
    under = _upto(height - 1, height)[:, None] - ridge[None, :].astype(np.float32)
    below, depth = np.clip(under + 0.5, 0, 1), np.clip(under / height, 0, 1)
    shaded = _ink(colour) * (1.05 - 0.5 * depth[:, :, None])
    picture += (shaded - picture) * below[:, :, None]


def _lake(picture: Picture, mood: Mood, shore: int, light: float) -> None:
    """What stands above the shore, upside down, darker and drawn out; and the light's path on it."""
    height, width = picture.shape[:2]
    depth = height - shore
    mirrored = cv2.resize(picture[max(0, shore - depth) : shore][::-1], (width, depth))
    rows = np.arange(depth)
    swing = (np.sin(rows / 3.0 + np.sin(rows / 11.0) * 2) * (1 + rows / 40)).astype(int)
    for row in range(depth):
        mirrored[row] = np.roll(mirrored[row], swing[row], axis=0)
    path = np.exp(-(((np.arange(width) - light) / (width * 0.05)) ** 2))[None, :, None] * 0.45
    ripples = (0.5 + 0.5 * np.sin(rows * 1.7))[:, None, None]
    water = mirrored * 0.8 + _ink(mood.top) * 0.16
    picture[shore:] = water + (_ink(mood.light) - water) * path * ripples


def _grove(picture: Picture, mood: Mood, shore: float, chance: random.Random) -> None:
    height, width = picture.shape[:2]
    centre, spread = chance.uniform(0, 1) * width, chance.uniform(0.03, 0.16) * width
    tall = chance.uniform(0.18, 0.75) * height
    foot = max(shore, chance.uniform(0.7, 1.08) * height)
    are_pines = chance.random() < 0.55
    for _ in range(chance.randint(3, 16)):
        x, size = chance.gauss(centre, spread), tall * chance.uniform(0.55, 1.0)
        colour = _mix(mood.tree, mood.near, chance.uniform(0, 0.25))
        (_pine if are_pines else _broadleaf)(
            picture, (x, foot + chance.uniform(-0.02, 0.03) * height), size, colour, chance
        )


def _pine(picture: Picture, foot: tuple[float, float], size: float, colour: Colour, chance: random.Random) -> None:
    x, y = foot
    for step in range(7):
        top, wide = y - size * (1 - step * 0.12), size * (0.05 + 0.032 * step) * chance.uniform(0.9, 1.1)
        corners = [(x, top), (x - wide, top + size * 0.22), (x + wide, top + size * 0.22)]
        cv2.fillPoly(picture, [np.array(corners, np.int32)], colour, cv2.LINE_AA)
    cv2.rectangle(picture, (int(x - size * 0.015), int(y - size * 0.1)), (int(x + size * 0.015), int(y)), colour, -1)


def _broadleaf(picture: Picture, foot: tuple[float, float], size: float, colour: Colour, chance: random.Random) -> None:
    x, y = foot
    stem = _mix(colour, (30, 22, 18), 0.5)
    cv2.line(picture, (int(x), int(y)), (int(x), int(y - size * 0.5)), stem, max(2, int(size * 0.045)), cv2.LINE_AA)
    for _ in range(14):
        centre = (int(x + chance.gauss(0, 0.12) * size), int(y - size * 0.66 + chance.gauss(0, 0.11) * size))
        leaf = _mix(colour, (255, 255, 235), chance.uniform(0, 0.12))
        cv2.circle(picture, centre, int(size * chance.uniform(0.07, 0.15)), leaf, -1, cv2.LINE_AA)


def _house(picture: Picture, mood: Mood, foot: tuple[float, float], chance: random.Random) -> None:
    size = picture.shape[0] * chance.uniform(0.07, 0.2)
    x, y = foot
    wall = _mix(mood.near, chance.choice(((235, 226, 205), (176, 62, 50), (60, 60, 66))), 0.7)
    wall = _mix(wall, (10, 12, 24), 0.6) if mood.is_night else wall
    roof = _mix(wall, (50, 30, 30), 0.6)
    cv2.rectangle(picture, (int(x), int(y - size * 0.6)), (int(x + size * 1.3), int(y)), wall, -1)
    gable = [(x - size * 0.12, y - size * 0.58), (x + size * 0.65, y - size * 1.1), (x + size * 1.42, y - size * 0.58)]
    cv2.fillPoly(picture, [np.array(gable, np.int32)], roof, cv2.LINE_AA)
    glass = (255, 214, 120) if mood.is_night or chance.random() < 0.4 else _mix(mood.top, (30, 40, 60), 0.4)
    for left in (0.2, 0.8):
        corner = (int(x + size * left), int(y - size * 0.45))
        cv2.rectangle(picture, corner, (corner[0] + int(size * 0.26), corner[1] + int(size * 0.24)), glass, -1)


def _clock(picture: Any, now: time.struct_time, *, is_left: bool) -> None:
    """A clock with hands in a lower corner, with the date and the time beside it."""
    height, width = picture.shape[:2]
    radius = height // 13
    x, y = (radius + 28 if is_left else width - radius - 28), height - radius - 28
    face, ink = (246, 248, 250), (48, 40, 36)
    cv2.circle(picture, (x + 2, y + 4), radius + 5, (30, 26, 24), -1, cv2.LINE_AA)
    cv2.circle(picture, (x, y), radius + 4, ink, -1, cv2.LINE_AA)
    cv2.circle(picture, (x, y), radius, face, -1, cv2.LINE_AA)
    for hour in range(12):
        turn = hour * math.pi / 6
        ends = [
            (int(x + math.sin(turn) * radius * far), int(y - math.cos(turn) * radius * far)) for far in (0.82, 0.93)
        ]
        cv2.line(picture, ends[0], ends[1], ink, 2, cv2.LINE_AA)
    hands = (
        ((now.tm_hour % 12 + now.tm_min / 60) / 12, 0.5, ink, 5),
        ((now.tm_min + now.tm_sec / 60) / 60, 0.75, ink, 3),
        (now.tm_sec / 60, 0.8, (60, 60, 210), 1),
    )
    for share, far, colour, thick in hands:
        turn = share * 2 * math.pi
        end = (int(x + math.sin(turn) * radius * far), int(y - math.cos(turn) * radius * far))
        cv2.line(picture, (x, y), end, colour, thick, cv2.LINE_AA)
    cv2.circle(picture, (x, y), 4, ink, -1, cv2.LINE_AA)
    lines = ((time.strftime("%H:%M:%S", now), 1.15, 26), (time.strftime("%A, %d %B %Y", now), 0.72, -10))
    for text, scale, up in lines:
        (long, _), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_DUPLEX, scale, 2)
        at = (x + radius + 22 if is_left else x - radius - 22 - long, y - up + 14)
        cv2.putText(picture, text, (at[0] + 2, at[1] + 2), cv2.FONT_HERSHEY_DUPLEX, scale, (24, 20, 18), 2, cv2.LINE_AA)
        cv2.putText(picture, text, at, cv2.FONT_HERSHEY_DUPLEX, scale, (250, 250, 250), 2, cv2.LINE_AA)
