"""Photos of real faces (infra/tools/face_photos.py), as they are and as people take them; without them, tests skip.

They show two people: Joe Biden once, Barack Obama in the rest; one of those is another file of the same picture.
"""

import importlib.util
import io
from functools import lru_cache

import pytest
from PIL import Image

from infra.tools import face_photos

BIDEN = "biden.jpg"
OBAMA = ("obama.jpg", "obama2.jpg", "obama3.jpg")
AT_THE_EDGE = ("obama_partial_face.jpg", "obama_partial_face2.jpg")
SAME_PICTURE = ("obama2.jpg", "32bit.png")

needs_networks = pytest.mark.skipif(
    importlib.util.find_spec("face_models") is None, reason="the networks of the face service are not installed"
)


def photo(name: str) -> bytes:
    file = face_photos.FOLDER / name
    if not file.exists():
        pytest.skip("photos of real faces could not be fetched")
    return file.read_bytes()


@lru_cache(maxsize=16)
def opened(name: str) -> Image.Image:
    return Image.open(io.BytesIO(photo(name))).convert("RGB")


def encoded(picture: Image.Image, kind: str = "JPEG", orientation: int = 1) -> bytes:
    """The file; one that lies on its side says so as a camera does."""
    sides = {3: Image.Transpose.ROTATE_180, 6: Image.Transpose.ROTATE_90, 8: Image.Transpose.ROTATE_270}
    exif = Image.Exif()
    exif[0x0112] = orientation
    out = io.BytesIO()
    (picture.transpose(sides[orientation]) if orientation in sides else picture).save(out, kind, quality=92, exif=exif)
    return out.getvalue()


def small(name: str, height: int) -> Image.Image:
    """The head and shoulders, so that the face is about 40 % of this high."""
    whole = opened(name)
    head = whole.crop((0, 0, whole.width, min(whole.height, round(whole.width * 1.0))))
    return head.resize((round(head.width * height / head.height), height), Image.Resampling.LANCZOS)


def crowd(names: tuple[str, ...], columns: int, rows: int, height: int) -> Image.Image:
    """Many people in one picture, on grey."""
    tile = height * 3 // 2
    picture = Image.new("RGB", (columns * tile, rows * tile), (120, 124, 118))
    for place in range(columns * rows):
        one = small(names[place % len(names)], height)
        picture.paste(one, ((place % columns) * tile, (place // columns) * tile))
    return picture
