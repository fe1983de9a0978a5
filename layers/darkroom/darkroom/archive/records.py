"""The records of a ZIP (APPNOTE 6.3) whose files are stored as they are, with sizes and CRCs that are known.

No record follows a file's bytes, so that whoever reads the archive as a stream finds each file's end. Zip64 extras are
there where a number needs them and nowhere else: what is small opens in everything.
"""

import struct
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final, NamedTuple

EARLIEST: Final = 1980  # the format knows no time before
LATEST: Final = 2107  # and none after

_LIMIT: Final = 0xFFFFFFFF
_COUNT_LIMIT: Final = 0xFFFF
_UTF8: Final = 0x800
_UNIX: Final = 3 << 8
_READABLE_BY_OWNER: Final = 0o100600 << 16
_VERSION: Final = 20
_ZIP64_VERSION: Final = 45


class Stored(NamedTuple):
    """A file of an archive: what it is called, and what its bytes are known to be."""

    name: str
    at: datetime
    size_bytes: int
    crc32: int


def dos_time(at: datetime) -> tuple[int, int]:
    """A time in UTC as the format has it, to two seconds: (time, date)."""
    at = at.astimezone(UTC)
    if not EARLIEST <= at.year <= LATEST:
        at = datetime(EARLIEST if at.year < EARLIEST else LATEST, 1, 1, tzinfo=UTC)
    return at.hour << 11 | at.minute << 5 | at.second // 2, (at.year - EARLIEST) << 9 | at.month << 5 | at.day


def local_header(file: Stored) -> bytes:
    """What stands before a file's bytes."""
    name = file.name.encode()
    is_large = file.size_bytes >= _LIMIT
    extra = struct.pack("<HHQQ", 1, 16, file.size_bytes, file.size_bytes) if is_large else b""
    size = _LIMIT if is_large else file.size_bytes
    fixed = struct.pack(
        "<4s5H3L2H",
        b"PK\3\4",
        _ZIP64_VERSION if is_large else _VERSION,
        _flags(file.name),
        0,
        *dos_time(file.at),
        file.crc32,
        size,
        size,
        len(name),
        len(extra),
    )
    return fixed + name + extra


def directory_entry(file: Stored, offset: int) -> bytes:
    """What the directory says about a file whose header stands at this place."""
    name = file.name.encode()
    large = [file.size_bytes] * 2 if file.size_bytes >= _LIMIT else []
    if offset >= _LIMIT:
        large.append(offset)
    extra = struct.pack(f"<HH{len(large)}Q", 1, 8 * len(large), *large) if large else b""
    version = _ZIP64_VERSION if large else _VERSION
    size = min(file.size_bytes, _LIMIT)
    fixed = struct.pack(
        "<4s6H3L5H2L",
        b"PK\1\2",
        _UNIX | version,
        version,
        _flags(file.name),
        0,
        *dos_time(file.at),
        file.crc32,
        size,
        size,
        len(name),
        len(extra),
        0,
        0,
        0,
        _READABLE_BY_OWNER,
        min(offset, _LIMIT),
    )
    return fixed + name + extra


def directory(files: Sequence[Stored], offsets: Sequence[int], start: int) -> bytes:
    """The directory, which stands at `start`, and the records that end the archive."""
    entries = b"".join(map(directory_entry, files, offsets))
    count, size = len(files), len(entries)
    zip64 = b""
    if count >= _COUNT_LIMIT or size >= _LIMIT or start >= _LIMIT:
        zip64 = struct.pack(
            "<4sQ2H2L4Q",
            b"PK\6\6",
            44,
            _UNIX | _ZIP64_VERSION,
            _ZIP64_VERSION,
            0,
            0,
            count,
            count,
            size,
            start,
        ) + struct.pack("<4sLQL", b"PK\6\7", 0, start + size, 1)
    shown = min(count, _COUNT_LIMIT)
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, shown, shown, min(size, _LIMIT), min(start, _LIMIT), 0)
    return entries + zip64 + end


def _flags(name: str) -> int:
    return 0 if name.isascii() else _UTF8
