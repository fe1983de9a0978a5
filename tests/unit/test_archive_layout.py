"""A ZIP that is laid out beforehand: any stretch of it can be written alone, and everything opens it."""

import io
import shutil
import subprocess
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from darkroom.archive import FileChanged, Layout, Stored
from darkroom.archive.layout import Read

AT = datetime(2026, 11, 21, 12, 30, 10, tzinfo=UTC)
LIMIT = 0xFFFFFFFF


def reader(contents: Sequence[bytes], piece: int = 7) -> Read:
    def read(number: int, start: int, stop: int) -> Iterator[bytes]:
        wanted = contents[number][start:stop]
        yield from (wanted[at : at + piece] for at in range(0, len(wanted), piece))

    return read


def laid_out(contents: Sequence[bytes], names: Sequence[str] | None = None) -> Layout:
    names = names or [f"{n}.jpg" for n in range(len(contents))]
    return Layout([Stored(name, AT, len(c), zlib.crc32(c)) for name, c in zip(names, contents, strict=True)])


contents_of = st.lists(st.binary(max_size=200), max_size=6)


@given(contents=contents_of, part=st.integers(1, 400))
def test_written_in_parts_it_is_what_it_is_written_at_once(contents: list[bytes], part: int) -> None:
    layout = laid_out(contents)
    whole = b"".join(layout.pieces(reader(contents)))
    assert len(whole) == layout.size_bytes
    parts = [
        b"".join(layout.pieces(reader(contents), start, start + part)) for start in range(0, layout.size_bytes, part)
    ]
    assert b"".join(parts) == whole
    assert all(len(each) == part for each in parts[:-1])


@given(contents=contents_of)
def test_python_reads_it(contents: list[bytes]) -> None:
    names = [f"Großmutter {n} 写真.jpg" if n % 2 else f"{n}.jpg" for n in range(len(contents))]
    layout = laid_out(contents, names)
    archive = zipfile.ZipFile(io.BytesIO(b"".join(layout.pieces(reader(contents)))))
    assert archive.testzip() is None
    assert archive.namelist() == names
    assert [archive.read(name) for name in names] == contents
    assert {entry.date_time for entry in archive.infolist()} <= {(2026, 11, 21, 12, 30, 10)}


@pytest.mark.skipif(shutil.which("unzip") is None, reason="there is no unzip here")
def test_unzip_finds_nothing_wrong(tmp_path: Path) -> None:
    contents = [bytes([n]) * 1000 * n for n in range(5)]
    layout = laid_out(contents, ["a.jpg", "b c.jpg", "ü.png", "写真.webp", "e.heic"])
    place = tmp_path / "photos.zip"
    place.write_bytes(b"".join(layout.pieces(reader(contents))))
    tested = subprocess.run(["unzip", "-t", place], capture_output=True, text=True, check=False)
    assert tested.returncode == 0, tested.stdout
    assert "No errors detected" in tested.stdout


class Hole(io.RawIOBase):
    """An archive of gigabytes, of which only what is asked for is made."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.at = 0

    def seekable(self) -> bool:
        return True

    def readable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        self.at = offset + (0, self.at, self.layout.size_bytes)[whence]
        return self.at

    def tell(self) -> int:
        return self.at

    def read(self, size: int = -1) -> bytes:
        stop = self.layout.size_bytes if size < 0 else self.at + size
        got = b"".join(self.layout.pieces(zeros, self.at, stop))
        self.at += len(got)
        return got


def zeros(_number: int, start: int, stop: int) -> Iterator[bytes]:
    while start < stop:
        step = min(stop - start, 1 << 20)
        yield bytes(step)
        start += step


@pytest.mark.parametrize(
    "sizes",
    [[LIMIT - 1, 5], [LIMIT, 5], [LIMIT + 1, 5], [3_000_000_000, 3_000_000_000, 5], [5] * 0x10000],
    ids=["just below 4 GB", "at 4 GB", "above 4 GB", "behind 4 GB", "very many"],
)
def test_beyond_the_old_limits_it_opens_too(sizes: list[int]) -> None:
    layout = Layout([Stored(f"{n}.jpg", AT, size, zlib.crc32(bytes(5))) for n, size in enumerate(sizes)])
    archive = zipfile.ZipFile(Hole(layout))
    assert [entry.file_size for entry in archive.infolist()] == sizes
    assert archive.read(f"{len(sizes) - 1}.jpg") == bytes(5)


def test_an_archive_of_nothing_is_an_archive() -> None:
    assert zipfile.ZipFile(io.BytesIO(b"".join(laid_out([]).pieces(reader([]))))).namelist() == []


@pytest.mark.parametrize("there", [b"shor", b"too long by far"])
def test_a_file_of_another_length_is_no_archive(there: bytes) -> None:
    layout = laid_out([b"as it was"])
    with pytest.raises(FileChanged):
        list(layout.pieces(reader([there], 100) if len(there) < 9 else (lambda *_: iter([there]))))


def test_its_digest_tells_archives_apart() -> None:
    digests = {
        laid_out(contents, names).digest
        for contents, names in (
            ([b"a", b"b"], ["1", "2"]),
            ([b"b", b"a"], ["1", "2"]),
            ([b"a", b"b"], ["1", "3"]),
            ([b"a"], ["1"]),
        )
    }
    assert len(digests) == 4
    later = Layout([Stored("1", AT + timedelta(days=1), 1, zlib.crc32(b"a"))])
    assert later.digest not in digests
    assert laid_out([b"a"], ["1"]).digest in digests


@pytest.mark.parametrize(("year", "shown"), [(1890, 1980), (2107, 2107), (2200, 2107)])
def test_times_that_the_format_does_not_know_are_its_first_and_last(year: int, shown: int) -> None:
    layout = Layout([Stored("old", datetime(year, 5, 4, tzinfo=UTC), 1, zlib.crc32(b"x"))])
    archive = zipfile.ZipFile(io.BytesIO(b"".join(layout.pieces(reader([b"x"])))))
    assert archive.infolist()[0].date_time[0] == shown
