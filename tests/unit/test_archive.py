"""A ZIP written piece by piece."""

import io
import tracemalloc
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime

from darkroom.archive import File, zipped

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
