"""A ZIP written piece by piece."""

import io
import shutil
import subprocess
import tracemalloc
import zipfile
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from darkroom.archive import File, FileChanged, zipped

AT = datetime(2026, 11, 21, 12, 30, 10, tzinfo=UTC)


def read(pieces: Iterator[bytes]) -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(b"".join(pieces)))


def test_what_goes_in_comes_out() -> None:
    archive = read(
        zipped([File("a/ü.txt", AT, [b"one", b"", b"two"], packed=True), File("b.jpg", AT, [b"\xff\xd8"], 2)])
    )
    assert archive.testzip() is None
    assert {name: archive.read(name) for name in archive.namelist()} == {"a/ü.txt": b"onetwo", "b.jpg": b"\xff\xd8"}
    packed, stored = archive.infolist()
    assert (packed.compress_type, stored.compress_type) == (zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED)
    assert stored.date_time == (2026, 11, 21, 12, 30, 10)


def test_an_archive_of_nothing_is_an_archive() -> None:
    assert read(zipped([])).namelist() == []


def test_a_time_before_the_formats_first_is_its_first() -> None:
    archive = read(zipped([File("old", datetime(1890, 5, 4, tzinfo=UTC), [b"x"], 1)]))
    assert archive.infolist()[0].date_time == (1980, 1, 1, 0, 0, 0)


def test_a_size_that_is_not_known_may_be_any() -> None:
    assert read(zipped([File("any", AT, [b"x"] * 10)])).read("any") == b"x" * 10


def test_memory_is_that_of_a_piece() -> None:
    piece = bytes(1 << 20)

    def files() -> Iterator[File]:
        for number in range(8):
            yield File(f"{number}.jpg", AT, (piece for _ in range(16)), 16 << 20)

    tracemalloc.start()
    written = sum(len(each) for each in zipped(files()))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert written > 128 << 20
    assert peak < 8 << 20


def file(number: int, pieces: list[bytes], kind: str) -> File:
    """A file whose size and CRC are known, or its size alone, or nothing; or a text."""
    content = b"".join(pieces)
    size = None if kind in {"unknown", "text"} else len(content)
    crc32 = zlib.crc32(content) if kind == "known" else None
    return File(f"{number} ü.jpg", AT, pieces, size, kind == "text", crc32)


KINDS = ("known", "sized", "unknown", "text")


@given(contents=st.lists(st.tuples(st.lists(st.binary(max_size=60), max_size=4), st.sampled_from(KINDS)), max_size=6))
def test_files_of_every_kind_stand_in_one_archive(contents: list[tuple[list[bytes], str]]) -> None:
    archive = read(zipped(file(number, pieces, kind) for number, (pieces, kind) in enumerate(contents)))
    assert archive.testzip() is None
    assert [archive.read(entry) for entry in archive.infolist()] == [b"".join(pieces) for pieces, _ in contents]


@pytest.mark.skipif(shutil.which("unzip") is None, reason="there is no unzip here")
def test_unzip_finds_nothing_wrong(tmp_path: Path) -> None:
    place = tmp_path / "all.zip"
    place.write_bytes(b"".join(zipped(file(n, [b"some text " * 50, b"x" * n], kind) for n, kind in enumerate(KINDS))))
    tested = subprocess.run(["unzip", "-t", place], capture_output=True, text=True, check=False)
    assert tested.returncode == 0, tested.stdout


def test_what_is_known_beforehand_can_be_read_as_a_stream() -> None:
    entry = read(zipped([file(1, [b"photo"], "known")])).infolist()[0]
    assert entry.flag_bits & 0x8 == 0


@pytest.mark.parametrize("pieces", [[b"phot"], [b"photo", b"s"]])
def test_a_file_that_is_not_what_was_said_is_no_archive(pieces: list[bytes]) -> None:
    with pytest.raises(FileChanged):
        list(zipped([File("1.jpg", AT, pieces, 5, crc32=zlib.crc32(b"photo"))]))


def test_beyond_four_gigabytes_a_stream_tells_of_itself() -> None:
    """Only its records are looked at: reading it all would take a minute."""
    piece = bytes(1 << 24)
    pieces = zipped([File("large", AT, (piece for _ in range(257))), File("small", AT, [b"end"])])
    place, records = 0, {}
    for each in pieces:
        if len(each) < len(piece):
            records[place] = each
        place += len(each)
    archive = zipfile.ZipFile(Sparse(records, place))
    large, small = archive.infolist()
    assert (large.file_size, small.header_offset > 1 << 32) == (257 << 24, True)
    assert archive.read("small") == b"end"


class Sparse(io.RawIOBase):
    """A file that is zeros but for these records."""

    def __init__(self, records: dict[int, bytes], size: int) -> None:
        self.records, self.size, self.at = records, size, 0

    def seekable(self) -> bool:
        return True

    def readable(self) -> bool:
        return True

    def tell(self) -> int:
        return self.at

    def seek(self, offset: int, whence: int = 0) -> int:
        self.at = offset + (0, self.at, self.size)[whence]
        return self.at

    def read(self, size: int = -1) -> bytes:
        stop = self.size if size < 0 else min(self.at + size, self.size)
        found = bytearray(stop - self.at)
        for place, record in self.records.items():
            first, last = max(place, self.at), min(place + len(record), stop)
            if first < last:
                found[first - self.at : last - self.at] = record[first - place : last - place]
        self.at = stop
        return bytes(found)
