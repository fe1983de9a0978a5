"""Results that must not reach a customer, made on purpose: one visibly worse, and one that shows another face."""

import io

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from infra.local.restorer.pictures import Picture

_FACES_MOST = 8
_FACE_LEAST = 0.004  # of the picture


def spoiled(picture: Picture, way: str) -> Picture:
    return worse(picture) if way == "worse" else other_face(picture)


def worse(picture: Picture) -> Picture:
    """Blurred, noisy and compressed until it shows."""
    height, width = picture.shape[:2]
    scale = max(height, width) / 1000
    soft = cv2.GaussianBlur(picture, (0, 0), max(2.5, 4 * scale))
    noise = np.random.default_rng(0).integers(-28, 29, (256, 256, 3), dtype=np.int16)
    tiled = np.tile(noise, (-(-height // 256), -(-width // 256), 1))[:height, :width]
    noisy = np.clip(soft.astype(np.int16) + tiled, 0, 255).astype(np.uint8)
    out = io.BytesIO()
    Image.fromarray(noisy).save(out, "JPEG", quality=12)
    return np.asarray(Image.open(out).convert("RGB"))


def other_face(picture: Picture) -> Picture:
    """Every patch of skin is reshaped: mirrored, the jaw drawn in, the forehead widened; still a face, another's.

    Skin is told by its colour. Where there is none (a picture in black and white) the upper middle is taken.
    """
    changed = picture.copy()
    for left, top, width, height in _skin(picture) or [_upper_middle(picture)]:
        part = picture[top : top + height, left : left + width]
        warped = _warped(part)
        weight = _oval(height, width)
        changed[top : top + height, left : left + width] = np.rint(warped * weight + part * (1 - weight))
    return changed


def _skin(picture: Picture) -> list[tuple[int, int, int, int]]:
    height, width = picture.shape[:2]
    share = min(1.0, 400 / max(height, width))
    small = cv2.resize(picture, None, fx=share, fy=share, interpolation=cv2.INTER_AREA)
    tone = cv2.cvtColor(small, cv2.COLOR_RGB2YCrCb)
    skin = cv2.inRange(tone, np.array([60, 135, 80]), np.array([250, 175, 128]))
    whole = cv2.morphologyEx(skin, cv2.MORPH_OPEN, np.ones((5, 5), np.uint8))
    number, _, stats, _ = cv2.connectedComponentsWithStats(whole)
    found = sorted((tuple(map(int, stats[label])) for label in range(1, number)), key=lambda one: -one[4])
    boxes = []
    for x, y, across, down, area in found[:_FACES_MOST]:
        if area < _FACE_LEAST * small.shape[0] * small.shape[1]:
            break
        down = min(down, round(across * 1.4))  # noqa: PLW2901 - below the chin comes a neck
        grown = (x - across * 0.15, y - down * 0.15, across * 1.3, down * 1.3)
        left, top = max(0, round(grown[0] / share)), max(0, round(grown[1] / share))
        boxes.append(
            (left, top, min(width - left, round(grown[2] / share)), min(height - top, round(grown[3] / share)))
        )
    return boxes


def _upper_middle(picture: Picture) -> tuple[int, int, int, int]:
    height, width = picture.shape[:2]
    return width // 4, height // 10, max(1, width // 2), max(1, height // 2)


def _warped(part: Picture) -> Picture:
    height, width = part.shape[:2]
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    from_x = -x * (0.72 + 0.38 * (y + 1) / 2)  # mirrored; wide above, narrow below
    from_y = y + 0.22 * np.sin(np.pi * y) * (1 - x**2)  # eyes and mouth move apart
    across = ((from_x + 1) / 2 * (width - 1)).astype(np.float32)
    down = ((from_y + 1) / 2 * (height - 1)).astype(np.float32)
    moved = cv2.remap(part, across, down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
    return np.asarray(moved, np.uint8)


def _oval(height: int, width: int) -> NDArray[np.float64]:
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    return np.asarray(np.clip((1 - np.hypot(x, y)) * 5, 0, 1)[..., None])
