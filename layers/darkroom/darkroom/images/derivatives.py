"""The smaller pictures that pages show: WebP, upright, in sRGB, and with nothing of the original's metadata."""

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING, BinaryIO

from darkroom.images import opening
from darkroom.images.exif import read_metadata
from darkroom.pictures import EDGES

if TYPE_CHECKING:
    from PIL.Image import Image

_QUALITY = 82


def derivatives(source: bytes | BinaryIO, longest_edges: Sequence[int] = EDGES) -> dict[int, bytes]:
    """A WebP picture for each longest edge, none larger than the photo itself; the photo is decoded once."""
    edges = sorted(set(longest_edges), reverse=True)
    shown = picture(source, edges[0])
    made = {}
    for edge in edges:
        shown.thumbnail((edge, edge), reducing_gap=3.0)
        made[edge] = webp(shown)
    return made


def picture(source: bytes | BinaryIO, longest: int) -> "Image":
    """The photo itself, its longest edge at most so long, to be drawn on or measured."""
    file = opening.as_file(source)
    with opening.open_image(file, opening.checked_header(file)) as image:
        return opening.decode(image, longest, read_metadata(image).orientation)


def webp(shown: "Image") -> bytes:
    encoded = io.BytesIO()
    shown.save(encoded, "WEBP", quality=_QUALITY, method=4)
    return encoded.getvalue()
