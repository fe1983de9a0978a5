"""Photos made on the spot, small and whole, and the ways in which they come broken."""

import io
import math
import struct
import zlib
from pathlib import Path
from typing import Any

from PIL import Image

HEIC = Path(__file__).parents[1] / "fixtures" / "photo.heic"
SERIAL = "SERIAL-12345"


def scene(width: int = 640, height: int = 480, mode: str = "RGB") -> Image.Image:
    """A picture with a bright left top corner, so that it can be seen which way is up."""
    across, down = Image.linear_gradient("L").rotate(90), Image.linear_gradient("L")
    picture = Image.merge("RGB", (across, down, Image.radial_gradient("L"))).resize((width, height))
    picture.paste((255, 255, 255), (0, 0, max(1, width // 4), max(1, height // 4)))
    return picture.convert(mode)


def exif(
    *,
    orientation: Any = 1,
    taken: Any = "2024:07:01 12:30:00",
    offset: Any = None,
    gps: tuple[Any, ...] | None = (("N", (48.0, 8.0, 30.0)), ("E", (11.0, 34.0, 0.0))),
) -> Image.Exif:
    block = Image.Exif()
    block[0x0112] = orientation
    part = block.get_ifd(0x8769)
    part[0xA431] = SERIAL
    if taken is not None:
        part[0x9003] = taken
    if offset is not None:
        part[0x9011] = offset
    if gps is not None:
        place = block.get_ifd(0x8825)
        (place[1], place[2]), (place[3], place[4]) = gps
    return block


def encoded(picture: Image.Image, kind: str = "JPEG", **options: Any) -> bytes:
    out = io.BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


def jpeg(width: int = 640, height: int = 480, **options: Any) -> bytes:
    return encoded(scene(width, height), "JPEG", quality=90, **options)


def png_chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png_bomb(width: int = 60_000, height: int = 60_000) -> bytes:
    """A few kilobytes that say they are gigabytes of black."""
    rows = zlib.compress(bytes(1 << 20), 9)
    return (
        b"\x89PNG\r\n\x1a\n"
        + png_chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
        + png_chunk(b"IDAT", rows)
        + png_chunk(b"IEND", b"")
    )


def jpeg_bomb() -> bytes:
    whole = bytearray(jpeg(64, 64))
    frame = whole.index(b"\xff\xc0")
    whole[frame + 5 : frame + 9] = struct.pack(">HH", 65_000, 65_000)
    return bytes(whole)


def webp_bomb() -> bytes:
    canvas = (16_383 - 1).to_bytes(3, "little") * 2
    body = b"WEBPVP8X" + struct.pack("<I", 10) + bytes(4) + canvas + encoded(scene(64, 64), "WEBP")[12:]
    return b"RIFF" + struct.pack("<I", len(body)) + body


def heic_bomb() -> bytes:
    return HEIC.read_bytes().replace(
        b"ispe" + bytes(4) + struct.pack(">II", *heic_size()), b"ispe" + bytes(4) + struct.pack(">II", 30_000, 30_000)
    )


def heic_size() -> tuple[int, int]:
    whole = HEIC.read_bytes()
    at = whole.index(b"ispe") + 8
    width, height = struct.unpack(">II", whole[at : at + 8])
    return width, height


def distance_between(one: tuple[int, ...], other: tuple[int, ...]) -> float:
    return math.dist(one[:3], other[:3])
