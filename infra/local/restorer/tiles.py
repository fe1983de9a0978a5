"""A large picture piece by piece: each piece is worked on with a rim around it, which is then cut off.

What a step needs besides the picture is therefore that of one piece, however large the picture is.
"""

from collections.abc import Callable, Iterator

import numpy as np

from infra.local.restorer.pictures import Picture

SIDE = 1024
RIM = 48
Box = tuple[int, int, int, int]  # top, left, bottom and right


def boxes(height: int, width: int, side: int = SIDE) -> Iterator[Box]:
    """Top, left, bottom and right of every piece, without rims."""
    for top in range(0, height, side):
        for left in range(0, width, side):
            yield top, left, min(height, top + side), min(width, left + side)


def count(height: int, width: int) -> int:
    return -(-height // SIDE) * -(-width // SIDE)


def each(
    picture: Picture, work: Callable[[Picture, Box], Picture], tell: Callable[[], None], scale: int = 1, rim: int = RIM
) -> Picture:
    """The picture made of the worked pieces, `scale` times as large; work hears where its piece lies, rim and all."""
    height, width = picture.shape[:2]
    made = np.empty((height * scale, width * scale, 3), np.uint8)
    for top, left, bottom, right in boxes(height, width):
        above, before = max(0, top - rim), max(0, left - rim)
        below, behind = min(height, bottom + rim), min(width, right + rim)
        piece = picture[above:below, before:behind]
        worked = work(np.ascontiguousarray(piece), (above, before, below, behind))
        y, x = (top - above) * scale, (left - before) * scale
        down, across = (bottom - top) * scale, (right - left) * scale
        made[top * scale : bottom * scale, left * scale : right * scale] = worked[y : y + down, x : x + across]
        tell()
    return made
