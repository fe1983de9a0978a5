"""What a file really is and how large its picture would be, told from its first bytes and without a decoder.

A decompression bomb is a small file that says it is an enormous picture. It is refused here, before any decoder has
seen it, so that it costs neither memory nor time. Names and declared types are never asked.
"""

import struct
from dataclasses import dataclass
from typing import BinaryIO, Literal

from darkroom.images.heif import read_heif_header

Format = Literal["jpeg", "png", "webp", "heic"]

CONTENT_TYPES: dict[Format, str] = {
    "jpeg": "image/jpeg",
    "png": "image/png",
    "webp": "image/webp",
    "heic": "image/heic",
}

_TAKEN = "Please send a JPEG, PNG, WebP or HEIC photo."

# What people send by mistake, so that the reason can name it. Offsets are into the first 16 bytes.
_KNOWN_OTHERS: tuple[tuple[int, bytes, str], ...] = (
    (0, b"GIF8", "a GIF"),
    (0, b"BM", "a BMP picture"),
    (0, b"II*\0", "a TIFF or raw camera file"),
    (0, b"MM\0*", "a TIFF or raw camera file"),
    (0, b"%PDF", "a PDF document"),
    (0, b"PK\3\4", "a ZIP archive or a document"),
    (0, b"\0\0\0\x0cjP  ", "a JPEG 2000 picture"),
    (0, b"\xff\x0a", "a JPEG XL picture"),
    (0, b"\0\0\0\x0cJXL ", "a JPEG XL picture"),
    (0, b"<svg", "an SVG drawing"),
    (0, b"<?xml", "an XML or SVG document"),
    (0, b"<!DOCTYPE", "a web page"),
    (0, b"<html", "a web page"),
    (4, b"ftypavif", "an AVIF picture"),
    (4, b"ftypavis", "an AVIF animation"),
    (4, b"ftyp", "a video"),
    (0, b"\x1a\x45\xdf\xa3", "a video"),
)

_HEIF_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"mif1"})
_STANDALONE_JPEG_MARKERS = frozenset({0x01, *range(0xD0, 0xD8)})
_JPEG_FRAME_MARKERS = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


class NotAPhoto(Exception):
    """Bytes that cannot be taken as a photo. `reason` is written for the person who sent them."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Header:
    """Width and height are those that a decoder would make room for, before any rotation."""

    format: Format
    width: int
    height: int
    animated: bool = False


def read_header(file: BinaryIO) -> Header:
    """The header of the photo in a seekable file; raises NotAPhoto for everything else."""
    file.seek(0)
    start = file.read(32)
    if not start:
        raise NotAPhoto(f"The file is empty. {_TAKEN}")
    try:
        if start.startswith(b"\xff\xd8\xff"):
            return _jpeg(file)
        if start.startswith(b"\x89PNG\r\n\x1a\n"):
            return _png(file)
        if start[:4] == b"RIFF" and start[8:12] == b"WEBP":
            return _webp(file)
        if start[4:8] == b"ftyp" and start[8:12] in _HEIF_BRANDS:
            width, height = read_heif_header(file)
            return Header("heic", width, height)
    except (struct.error, IndexError, ValueError):
        raise NotAPhoto(f"The photo is cut off or damaged: its first part cannot be read. {_TAKEN}") from None
    for offset, signature, words in _KNOWN_OTHERS:
        if start[offset:].startswith(signature):
            raise NotAPhoto(f"This is {words}. {_TAKEN}")
    raise NotAPhoto(f"This is not a photo that we know. {_TAKEN}")


def _jpeg(file: BinaryIO) -> Header:
    """Walks the segments to the frame header, which holds the size."""
    file.seek(2)
    while True:
        lead, marker = struct.unpack(">BB", file.read(2))
        while marker == 0xFF:
            marker = file.read(1)[0]
        if lead != 0xFF or marker in (0xD9, 0xDA):
            raise ValueError
        if marker in _STANDALONE_JPEG_MARKERS:
            continue
        (length,) = struct.unpack(">H", file.read(2))
        if marker in _JPEG_FRAME_MARKERS:
            _precision, height, width = struct.unpack(">BHH", file.read(5))
            return _sized("jpeg", width, height)
        if length < 2:
            raise ValueError
        file.seek(length - 2, 1)


def _png(file: BinaryIO) -> Header:
    """The size stands in the first chunk; an animation says so in a chunk before the picture's data."""
    file.seek(8)
    length, kind = struct.unpack(">I4s", file.read(8))
    if kind != b"IHDR" or length != 13:
        raise ValueError
    width, height = struct.unpack(">II", file.read(8))
    file.seek(8 + 12 + length)
    while True:
        length, kind = struct.unpack(">I4s", file.read(8))
        if kind in (b"IDAT", b"acTL"):
            return _sized("png", width, height, animated=kind == b"acTL")
        file.seek(length + 4, 1)


def _webp(file: BinaryIO) -> Header:
    """Three layouts: lossy, lossless, and extended, which holds the canvas and the animation flag."""
    file.seek(12)
    (kind,) = struct.unpack("4s4x", file.read(8))
    body = file.read(10)
    if kind == b"VP8X":
        width = int.from_bytes(body[4:7], "little") + 1
        height = int.from_bytes(body[7:10], "little") + 1
        return _sized("webp", width, height, animated=bool(body[0] & 0x02))
    if kind == b"VP8L" and body[0] == 0x2F:
        bits = int.from_bytes(body[1:5], "little")
        return _sized("webp", (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1)
    if kind == b"VP8 " and body[3:6] == b"\x9d\x01\x2a":
        width, height = struct.unpack("<HH", body[6:10])
        return _sized("webp", width & 0x3FFF, height & 0x3FFF)
    raise ValueError


def _sized(kind: Format, width: int, height: int, *, animated: bool = False) -> Header:
    if width < 1 or height < 1:
        raise ValueError
    return Header(kind, width, height, animated)
