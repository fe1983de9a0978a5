"""What a photo's bytes are: type and size in pixels, read from the bytes alone and without decoding them."""

import struct
from collections.abc import Iterator
from typing import Final, NamedTuple

BYTES_MAX: Final = 50_000_000
_HEIC_BRANDS: Final = frozenset({b"heic", b"heix", b"heim", b"heis"})
# Start-of-frame markers: C4, C8 and CC among them are tables.
_FRAMES: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_SCAN: Final = 0xDA


class Look(NamedTuple):
    content_type: str
    width: int
    height: int


class NotAPhoto(Exception):
    """Why it is none, to follow "The camera gave" or a file's name."""


def look(content: bytes) -> Look:
    """The photo's type and size. A photo that breaks off is none."""
    if not content:
        raise NotAPhoto("nothing")
    if len(content) > BYTES_MAX:
        raise NotAPhoto(f"{len(content):,} bytes; a photo has at most {BYTES_MAX:,}")
    try:
        width, height, content_type = _look(content)
    except (struct.error, IndexError):
        raise NotAPhoto("a photo that breaks off") from None
    if width <= 0 or height <= 0:
        raise NotAPhoto("a photo without a size")
    return Look(content_type, width, height)


def _look(content: bytes) -> tuple[int, int, str]:
    if content.startswith(b"\xff\xd8\xff"):
        return (*_jpeg(content), "image/jpeg")
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        if b"IEND" not in content[-64:]:
            raise NotAPhoto("a photo that breaks off")
        width, height = struct.unpack_from(">II", content, 16)
        return width, height, "image/png"
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return (*_webp(content), "image/webp")
    if content[4:8] == b"ftyp" and (content[8:12] in _HEIC_BRANDS or content[8:12] == b"mif1"):
        return (*_heif(content), "image/heic" if content[8:12] in _HEIC_BRANDS else "image/heif")
    raise NotAPhoto("no JPEG, PNG, WebP or HEIC photo")


def _jpeg(content: bytes) -> tuple[int, int]:
    found = (0, 0)
    for marker, start in _segments(content):
        if marker in _FRAMES:
            height, width = struct.unpack_from(">HH", content, start + 1)
            found = (width, height)
        # A thumbnail before has an end of its own, and phones put a film after: the picture's own end is what counts.
        if marker == _SCAN and content.find(b"\xff\xd9", start) < 0:
            raise NotAPhoto("a photo that breaks off")
    return found


def _segments(content: bytes) -> Iterator[tuple[int, int]]:
    """Markers of a JPEG with where their content starts, up to the picture itself."""
    at, marker = 2, 0
    while marker != _SCAN:
        if content[at] != 0xFF:
            raise NotAPhoto("a photo that is damaged")
        while content[at + 1] == 0xFF:  # markers may be padded
            at += 1
        marker = content[at + 1]
        (length,) = struct.unpack_from(">H", content, at + 2)
        yield marker, at + 4
        at += 2 + length


def _webp(content: bytes) -> tuple[int, int]:
    kind = content[12:16]
    if kind == b"VP8X":
        return 1 + int.from_bytes(content[24:27], "little"), 1 + int.from_bytes(content[27:30], "little")
    if kind == b"VP8L":
        bits = int.from_bytes(content[21:25], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    width, height = struct.unpack_from("<HH", content, 26)
    return width & 0x3FFF, height & 0x3FFF


def _heif(content: bytes) -> tuple[int, int]:
    """The largest of its pictures: tiles and thumbnails have their own sizes beside the whole's."""
    found, at = (0, 0), content.find(b"ispe")
    while at >= 0:
        width, height = struct.unpack_from(">II", content, at + 8)
        found = max(found, (width, height), key=lambda size: size[0] * size[1])
        at = content.find(b"ispe", at + 4)
    return found
