"""The records of a ZIP (APPNOTE 6.3).

A file whose size and CRC are known stands behind a header that says them, and nothing follows it: so who reads the
archive as a stream finds its end, too. Of others, a record behind their bytes tells. Zip64 extras are there where a
number needs them and nowhere else: what is small opens in everything.
"""

import struct
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final, NamedTuple

EARLIEST: Final = 1980  # the format knows no time before
LATEST: Final = 2107  # and none after
STORED: Final = 0
DEFLATED: Final = 8

_LIMIT: Final = 0xFFFFFFFF
_COUNT_LIMIT: Final = 0xFFFF
_UTF8: Final = 0x800
_TOLD_BEHIND: Final = 0x8
_UNIX: Final = 3 << 8
_READABLE_BY_OWNER: Final = 0o100600 << 16
_VERSION: Final = 20
_ZIP64_VERSION: Final = 45


class Stored(NamedTuple):
    """A file of an archive that is stored as it is: what it is called, and what its bytes are known to be."""

    name: str
    at: datetime
    size_bytes: int
    crc32: int

    @property
    def packed_bytes(self) -> int:
        return self.size_bytes

    @property
    def method(self) -> int:
        return STORED

    @property
    def flags(self) -> int:
        return _flags(self.name)


class Streamed(NamedTuple):
    """A file of which nothing was known before its bytes were read."""

    name: str
    at: datetime
    size_bytes: int
    crc32: int
    packed_bytes: int
    method: int

    @property
    def flags(self) -> int:
        return _flags(self.name) | _TOLD_BEHIND


Entry = Stored | Streamed


def dos_time(at: datetime) -> tuple[int, int]:
    """A time in UTC as the format has it, to two seconds: (time, date)."""
    at = at.astimezone(UTC)
    if not EARLIEST <= at.year <= LATEST:
        at = datetime(EARLIEST if at.year < EARLIEST else LATEST, 1, 1, tzinfo=UTC)
    return at.hour << 11 | at.minute << 5 | at.second // 2, (at.year - EARLIEST) << 9 | at.month << 5 | at.day


def local_header(file: Stored) -> bytes:
    """What stands before a file's bytes."""
    is_large = file.size_bytes >= _LIMIT
    return _local(file, file.crc32, file.size_bytes, is_large=is_large)


def header_of_a_stream(file: Streamed, *, is_large: bool) -> bytes:
    """What stands before bytes of which nothing is known; `is_large` when they may be 4 GB or more."""
    return _local(file, 0, 0, is_large=is_large)


def end_of_a_stream(file: Streamed, *, is_large: bool) -> bytes:
    """What stands behind them, and tells what they were."""
    form = "<4sL2Q" if is_large else "<4s3L"
    return struct.pack(form, b"PK\7\x08", file.crc32, file.packed_bytes, file.size_bytes)


def directory(files: Sequence[Entry], offsets: Sequence[int], start: int) -> bytes:
    """The directory, which stands at `start`, and the records that end the archive."""
    entries = b"".join(map(_directory_entry, files, offsets))
    count, size = len(files), len(entries)
    zip64 = b""
    if count >= _COUNT_LIMIT or size >= _LIMIT or start >= _LIMIT:
        version = _UNIX | _ZIP64_VERSION
        zip64 = struct.pack(
            "<4sQ2H2L4Q", b"PK\6\6", 44, version, _ZIP64_VERSION, 0, 0, count, count, size, start
        ) + struct.pack("<4sLQL", b"PK\6\7", 0, start + size, 1)
    shown = min(count, _COUNT_LIMIT)
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, shown, shown, min(size, _LIMIT), min(start, _LIMIT), 0)
    return entries + zip64 + end


def _local(file: Entry, crc32: int, size: int, *, is_large: bool) -> bytes:
    name = file.name.encode()
    extra = struct.pack("<HHQQ", 1, 16, size, size) if is_large else b""
    shown = _LIMIT if is_large else size
    version = _ZIP64_VERSION if is_large else _VERSION
    time = dos_time(file.at)
    fixed = (b"PK\3\4", version, file.flags, file.method, *time, crc32, shown, shown, len(name), len(extra))
    return struct.pack("<4s5H3L2H", *fixed) + name + extra


def _directory_entry(file: Entry, offset: int) -> bytes:
    """What the directory says about a file whose header stands at this place."""
    name = file.name.encode()
    numbers = (file.size_bytes, file.packed_bytes, offset)
    large = [number for number in numbers if number >= _LIMIT]
    extra = struct.pack(f"<HH{len(large)}Q", 1, 8 * len(large), *large) if large else b""
    version = _ZIP64_VERSION if large else _VERSION
    size, packed, place = (min(number, _LIMIT) for number in numbers)
    fixed = struct.pack(
        "<4s6H3L5H2L",
        *(b"PK\1\2", _UNIX | version, version, file.flags, file.method, *dos_time(file.at)),
        *(file.crc32, packed, size, len(name), len(extra)),
        *(0, 0, 0, _READABLE_BY_OWNER, place),
    )
    return fixed + name + extra


def _flags(name: str) -> int:
    return 0 if name.isascii() else _UTF8
