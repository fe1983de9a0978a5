"""Everything that is written down about a photo, read from its bytes in one pass.

What was announced is not believed: a PNG announced as JPEG is taken with its real type. A photo is decoded once, as
small as its decoder allows, because that is the only way to know that it is whole.
"""

import hashlib
import zlib
from dataclasses import dataclass
from typing import BinaryIO

from darkroom.images import opening
from darkroom.images.exif import Metadata, read_metadata
from darkroom.images.fingerprints import perceptual_hash, thumbhash
from darkroom.images.header import CONTENT_TYPES, Format, NotAPhoto
from darkroom.images.opening import MAX_BYTES, MAX_PIXELS

__all__ = ["MAX_BYTES", "MAX_PIXELS", "Inspection", "inspect"]

_CHUNK = 1 << 20
_FINGERPRINT_EDGE = 256


@dataclass(frozen=True, slots=True)
class Inspection:
    format: Format
    content_type: str
    size_bytes: int
    width: int
    """Upright, as people see it."""
    height: int
    metadata: Metadata
    sha256: bytes
    crc32: int
    phash: int
    """64 bits, signed as Postgres keeps them."""
    thumbhash: bytes


def inspect(source: bytes | BinaryIO) -> Inspection:
    """Reads a photo from bytes or a seekable file; raises NotAPhoto with a reason for its sender."""
    file = opening.as_file(source)
    size, sha256, crc32 = _digests(file)
    header = opening.checked_header(file)
    with opening.open_image(file, header) as image:
        metadata = read_metadata(image)
        width, height = image.size
        small = opening.decode(image, _FINGERPRINT_EDGE, metadata.orientation)
    if metadata.orientation > 4:  # the four that lie on their side
        width, height = height, width
    return Inspection(
        format=header.format,
        content_type=CONTENT_TYPES[header.format],
        size_bytes=size,
        width=width,
        height=height,
        metadata=metadata,
        sha256=sha256,
        crc32=crc32,
        phash=perceptual_hash(small),
        thumbhash=thumbhash(small),
    )


def _digests(file: BinaryIO) -> tuple[int, bytes, int]:
    """Size, SHA-256 and CRC-32, a piece at a time."""
    sha256, crc32, size = hashlib.sha256(), 0, 0
    file.seek(0)
    while chunk := file.read(_CHUNK):
        size += len(chunk)
        if size > MAX_BYTES:
            raise NotAPhoto(
                f"The file has more than {MAX_BYTES // 1_000_000} MB, the most we take. Please send a smaller copy."
            )
        sha256.update(chunk)
        crc32 = zlib.crc32(chunk, crc32)
    return size, sha256.digest(), crc32
