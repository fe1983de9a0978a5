"""The smaller pictures that pages show: WebP, upright, in sRGB, and with nothing of the original's metadata."""

import io
from collections.abc import Sequence
from typing import BinaryIO

from darkroom.images import opening
from darkroom.images.exif import read_metadata
from darkroom.pictures import EDGES

_QUALITY = 82


def derivatives(source: bytes | BinaryIO, longest_edges: Sequence[int] = EDGES) -> dict[int, bytes]:
    """A WebP picture for each longest edge, none larger than the photo itself; the photo is decoded once."""
    file = opening.as_file(source)
    header = opening.checked_header(file)
    edges = sorted(set(longest_edges), reverse=True)
    with opening.open_image(file, header) as image:
        picture = opening.decode(image, edges[0], read_metadata(image).orientation)
    made = {}
    for edge in edges:
        picture.thumbnail((edge, edge), reducing_gap=3.0)
        encoded = io.BytesIO()
        picture.save(encoded, "WEBP", quality=_QUALITY, method=4)
        made[edge] = encoded.getvalue()
    return made
