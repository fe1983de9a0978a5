"""The steps in their order, over pieces, with a word after each piece."""

from collections.abc import Callable

import cv2
import numpy as np

from infra.local.restorer import damage, noise, tiles, tones
from infra.local.restorer.pictures import MAX_PIXELS, Picture
from infra.local.restorer.wishes import SCALES, Wishes

_SHARPEN = 0.5  # what enlarging by Lanczos takes from edges


def restore(picture: Picture, wishes: Wishes, tell: Callable[[int, int], None] | None = None) -> Picture:
    """The restored picture; `tell` hears how many pieces of work are done, and of how many."""
    cv2.setRNGSeed(0)
    height, width = picture.shape[:2]
    scale = fitting(height, width, wishes.upscale)
    total = tiles.count(height, width) * (2 if scale == 1 else 3)
    done = 0

    def one_more() -> None:
        nonlocal done
        done += 1
        if tell:
            tell(done, total)

    noisy, amount = noise.level(picture), wishes.amount
    found = damage.examined(picture, amount)
    years = tones.years(found.scratched, noisy)

    def mend(piece: Picture, box: tiles.Box) -> Picture:
        whole = damage.repaired(piece, found, box, (height, width))
        return noise.reduced(whole, noisy, amount, years.worn, height * width)

    mended = tiles.each(picture, mend, one_more)
    correction = tones.measured(mended, years, amount)
    for top, left, bottom, right in tiles.boxes(height, width):
        mended[top:bottom, left:right] = tones.corrected(
            np.ascontiguousarray(mended[top:bottom, left:right]), correction
        )
        one_more()
    return mended if scale == 1 else tiles.each(mended, lambda piece, _: _enlarged(piece, scale), one_more, scale)


def fitting(height: int, width: int, wished: int) -> int:
    """The largest scale up to the one wished for whose picture still is within the limit."""
    return max(scale for scale in SCALES if scale == 1 or (scale <= wished and height * width * scale**2 <= MAX_PIXELS))


def _enlarged(piece: Picture, scale: int) -> Picture:
    """Lanczos, and edges as steep as they were: sharpened, but never beyond the values around a pixel (no halos)."""
    size = (piece.shape[1] * scale, piece.shape[0] * scale)
    large = cv2.resize(piece, size, interpolation=cv2.INTER_LANCZOS4)
    soft = cv2.GaussianBlur(large, (0, 0), 0.6 * scale)
    sharp = cv2.addWeighted(large, 1 + _SHARPEN, soft, -_SHARPEN, 0)
    around = np.ones((3, 3), np.uint8)
    nearest = cv2.resize(cv2.dilate(piece, around), size, interpolation=cv2.INTER_NEAREST)
    farthest = cv2.resize(cv2.erode(piece, around), size, interpolation=cv2.INTER_NEAREST)
    return np.asarray(np.clip(sharp, farthest, nearest), np.uint8)
