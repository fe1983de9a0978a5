"""Faded tones and colour casts: each channel is given back its black and its white, then colours their strength.

What to do is measured once, on a small copy of the whole picture, so that all pieces of it agree.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from infra.local.restorer.pictures import Picture

_SMALL = 512
_TAIL = 0.4  # percent of the pixels at each end that may be darker or lighter
_BLACK, _WHITE = 8.0, 245.0
_FADED_FROM, _FADED_AT = 28.0, 75.0  # the darkest there is: fading lifts it first
_DARKER, _LIGHTER = 0.5, 0.4  # how much of the way
_SHADOW_CAST, _LIGHT_CAST = 0.4, 0.7  # how much of it is taken back
_GAIN_MOST = 2.2
_GREY_CHROMA = 7.0  # below it a picture is taken as black and white
_DULL_CHROMA = 10.0
_SATURATION_MOST = 1.35


@dataclass(frozen=True)
class Correction:
    """A table for each channel, and a factor for colours."""

    tables: NDArray[np.uint8]
    saturation: float

    @property
    def changes(self) -> bool:
        return self.saturation != 1.0 or bool((self.tables != np.arange(256, dtype=np.uint8)[:, None]).any())


def measured(picture: Picture, amount: float) -> Correction:
    """What takes fading and cast back; with an amount of 1 wholly, as far as it can be told."""
    small = _small(picture)
    amount = min(1.0, amount)
    low = np.percentile(small.reshape(-1, 3), _TAIL, axis=0)
    high = np.percentile(small.reshape(-1, 3), 100 - _TAIL, axis=0)
    # A picture that reaches black and white has not faded, and not every picture reached them: part of the way is
    # gone. What shadows have of a colour is a cast; lights may have it of the light itself.
    dark, light = float(low.mean()), float(high.mean())
    amount *= float(np.clip((dark - _FADED_FROM) / (_FADED_AT - _FADED_FROM), 0, 1))
    to_low = dark - _DARKER * max(0.0, dark - _BLACK) + (low - dark) * (1 - _SHADOW_CAST)
    to_high = light + _LIGHTER * max(0.0, _WHITE - light) + (high - light) * (1 - _LIGHT_CAST)
    gain = np.minimum((to_high - to_low) / np.maximum(high - low, 8.0), _GAIN_MOST)
    steps = np.arange(256, dtype=np.float64)[:, None]
    stretched = to_low + (steps - low) * gain
    tables = np.clip(steps + amount * (stretched - steps), 0, 255)
    kept = np.rint(tables).astype(np.uint8)
    return Correction(kept, _saturation(_mapped(small, kept), amount))


def corrected(piece: Picture, correction: Correction) -> Picture:
    if not correction.changes:
        return piece
    mapped = _mapped(piece, correction.tables)
    if correction.saturation == 1.0:
        return mapped
    lab = cv2.cvtColor(mapped, cv2.COLOR_RGB2LAB)
    table = np.clip(np.rint(128 + (np.arange(256) - 128) * correction.saturation), 0, 255).astype(np.uint8)
    lab[..., 1:] = table[lab[..., 1:]]
    return np.asarray(cv2.cvtColor(lab, cv2.COLOR_LAB2RGB), np.uint8)


def _mapped(piece: Picture, tables: NDArray[np.uint8]) -> Picture:
    return np.asarray(cv2.LUT(piece, tables.reshape(1, 256, 3)), np.uint8)


def _saturation(small: Picture, amount: float) -> float:
    """More for a picture whose colours are weak, none for one that has none."""
    lab = cv2.cvtColor(small, cv2.COLOR_RGB2LAB).astype(np.float32)
    chroma = float(np.hypot(lab[..., 1] - 128, lab[..., 2] - 128).mean())
    if chroma < _GREY_CHROMA or chroma >= _DULL_CHROMA:
        return 1.0
    return 1.0 + amount * (min(_SATURATION_MOST, _DULL_CHROMA / chroma) - 1.0)


def _small(picture: Picture) -> Picture:
    height, width = picture.shape[:2]
    share = min(1.0, _SMALL / max(height, width))
    size = (max(1, round(width * share)), max(1, round(height * share)))
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)
