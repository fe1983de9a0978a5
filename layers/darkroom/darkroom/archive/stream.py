"""Files that are written into a ZIP as they come."""

import zlib
from collections.abc import Generator, Iterable, Iterator
from datetime import datetime
from typing import NamedTuple

from darkroom.archive import records
from darkroom.archive.records import Entry, Stored, Streamed

_SMALL = 1 << 30
_RAW_DEFLATE = -15

Writing = Generator[bytes, None, tuple[Entry, int]]
"""A file's part of the archive, and in the end what the directory says of it and how many bytes that were."""


class FileChanged(ValueError):
    """A file does not have the bytes that were said of it."""


class File(NamedTuple):
    """One file of the archive. Photos are stored as they are; texts are worth packing. A photo whose size and CRC-32
    are known costs no more than being copied, and the archive can be read as a stream."""

    name: str
    at: datetime
    pieces: Iterable[bytes]
    size_bytes: int | None = None
    packed: bool = False
    crc32: int | None = None


def zipped(files: Iterable[File]) -> Iterator[bytes]:
    """The archive's bytes, in order, while the files' pieces are read."""
    entries: list[Entry] = []
    offsets: list[int] = []
    place = 0
    for file in files:
        offsets.append(place)
        entry, length = yield from _stored(file) if _is_known(file) else _streamed(file)
        entries.append(entry)
        place += length
    yield records.directory(entries, offsets, place)


def exactly(pieces: Iterable[bytes], size: int, name: str) -> Iterator[bytes]:
    """These pieces, which must be so many bytes."""
    left = size
    for piece in pieces:
        left -= len(piece)
        if left < 0:
            break
        yield piece
    if left:
        raise FileChanged(f"{name} is not as long as it was")


def _is_known(file: File) -> bool:
    return not file.packed and file.size_bytes is not None and file.crc32 is not None


def _stored(file: File) -> Writing:
    entry = Stored(file.name, file.at, file.size_bytes or 0, file.crc32 or 0)
    header = records.local_header(entry)
    yield header
    yield from exactly(file.pieces, entry.size_bytes, file.name)
    return entry, len(header) + entry.size_bytes


def _streamed(file: File) -> Writing:
    is_large = file.size_bytes is None or file.size_bytes >= _SMALL
    method = records.DEFLATED if file.packed else records.STORED
    entry = Streamed(file.name, file.at, 0, 0, 0, method)
    header = records.header_of_a_stream(entry, is_large=is_large)
    yield header
    packer = zlib.compressobj(wbits=_RAW_DEFLATE) if file.packed else None
    size = packed = crc32 = 0
    for piece in file.pieces:
        size, crc32 = size + len(piece), zlib.crc32(piece, crc32)
        written = packer.compress(piece) if packer else piece
        packed += len(written)
        yield written
    if packer:
        rest = packer.flush()
        packed += len(rest)
        yield rest
    entry = entry._replace(size_bytes=size, crc32=crc32, packed_bytes=packed)
    end = records.end_of_a_stream(entry, is_large=is_large)
    yield end
    return entry, len(header) + packed + len(end)
