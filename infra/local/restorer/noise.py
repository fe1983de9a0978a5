"""How noisy a picture is, and taking that much out of it."""

import cv2
import numpy as np
from numpy.typing import NDArray

from infra.local.restorer.pictures import Picture
from infra.local.restorer.tiles import boxes

_SOFT = 1.5  # noise is what goes with this blur; the finest of it went with the JPEG already
_RESPONSE = 0.93  # of white noise that much goes
_BLOCK = 16
_QUIETEST = 0.2  # of the blocks: where the picture itself says little
_SAMPLES = 16
_LEAST = 1.2  # deviations below this are not seen
_MOST = 9.0  # above it is texture, or grain that is better kept
_UNWORN, _WORN = 0.25, 0.9  # deviations: of a print that shows no years, noise may be sand
_FINE, _COARSE = 21, 13  # how far around itself a pixel looks for its like, in small and in large pictures
_COARSE_FROM = 4_000_000


def level(picture: Picture) -> float:
    """The deviation of the noise in lightness, from pieces spread over the picture."""
    height, width = picture.shape[:2]
    pieces = list(boxes(height, width, 512))
    chosen = pieces[:: max(1, len(pieces) // _SAMPLES)]
    found = [_quiet(picture[top:bottom, left:right]) for top, left, bottom, right in chosen]
    values = np.concatenate([values for values in found if values.size] or [np.zeros(1, np.float32)])
    return float(np.median(np.sort(values)[: max(1, int(len(values) * _QUIETEST))]))


def _quiet(piece: Picture) -> NDArray[np.float32]:
    grey = cv2.cvtColor(piece, cv2.COLOR_RGB2GRAY).astype(np.float32)
    rows, columns = (grey.shape[0] - 2) // _BLOCK, (grey.shape[1] - 2) // _BLOCK
    if rows < 1 or columns < 1:
        return np.zeros(0, np.float32)
    answer = (grey - cv2.GaussianBlur(grey, (0, 0), _SOFT))[1:-1, 1:-1][: rows * _BLOCK, : columns * _BLOCK]
    lit = (grey > 4) & (grey < 251)  # where a sensor or paper is at its end there is no noise to be measured
    lit = lit[1:-1, 1:-1][: rows * _BLOCK, : columns * _BLOCK]
    shape = (rows, _BLOCK, columns, _BLOCK)
    deviation = np.sqrt((answer**2).reshape(shape).mean((1, 3))) / _RESPONSE
    usable = lit.reshape(shape).mean((1, 3)) > 0.9
    return np.asarray(deviation[usable], np.float32)


def is_seen(deviation: float) -> bool:
    return deviation >= _LEAST


def reduced(piece: Picture, deviation: float, amount: float, worn: float, pixels: int) -> Picture:
    """Non-local means: a pixel becomes the mean of those whose surroundings resemble its own."""
    if not is_seen(deviation):
        return piece
    strength = min(deviation, _MOST) * amount * (_UNWORN + (_WORN - _UNWORN) * worn)
    search = _FINE if pixels < _COARSE_FROM else _COARSE
    cleaned = cv2.fastNlMeansDenoisingColored(np.ascontiguousarray(piece), None, strength, strength * 1.3, 3, search)
    return np.asarray(cleaned, np.uint8)
