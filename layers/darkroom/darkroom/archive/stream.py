"""Files that are written into a ZIP as they come."""

import io
import zipfile
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import NamedTuple

_SMALL = 1 << 30
_EARLIEST = 1980  # the format knows no time before
_READABLE_BY_OWNER = 0o600 << 16


class File(NamedTuple):
    """One file of the archive. Photos are stored as they are; texts are worth packing."""

    name: str
    at: datetime
    pieces: Iterable[bytes]
    size_bytes: int | None = None
    packed: bool = False


class _Pipe(io.RawIOBase):
    """Takes what the archive writes until somebody takes it on."""

    def __init__(self) -> None:
        self._held: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, piece: bytes) -> int:  # type: ignore[override]  # narrower: zipfile writes bytes
        self._held.append(bytes(piece))
        return len(piece)

    def taken(self) -> Iterator[bytes]:
        held, self._held = self._held, []
        yield from held


def zipped(files: Iterable[File]) -> Iterator[bytes]:
    """The archive's bytes, in order, while the files' pieces are read."""
    pipe = _Pipe()
    with zipfile.ZipFile(pipe, "w") as archive:
        for file in files:
            with archive.open(_entry(file), "w", force_zip64=(file.size_bytes or _SMALL) >= _SMALL) as entry:
                for piece in file.pieces:
                    entry.write(piece)
                    yield from pipe.taken()
            yield from pipe.taken()
    yield from pipe.taken()


def _entry(file: File) -> zipfile.ZipInfo:
    at = file.at.timetuple()[:6] if file.at.year >= _EARLIEST else (_EARLIEST, 1, 1, 0, 0, 0)
    entry = zipfile.ZipInfo(file.name, at)
    entry.compress_type = zipfile.ZIP_DEFLATED if file.packed else zipfile.ZIP_STORED
    entry.external_attr = _READABLE_BY_OWNER
    return entry
