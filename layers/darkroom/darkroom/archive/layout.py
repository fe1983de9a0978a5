"""An archive whose every byte has its place before the first one is read.

Sizes and CRCs are known, so the length is exact and any stretch of the archive can be written alone: the same bytes,
whoever writes them and whenever. That is what makes parts of it checkpoints.
"""

import hashlib
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence

from darkroom.archive import records
from darkroom.archive.records import Stored
from darkroom.archive.stream import exactly

Read = Callable[[int, int, int], Iterator[bytes]]
"""Bytes of the n-th file, from one place up to another: (n, start, stop)."""


class Layout:
    """The places of files in their archive."""

    def __init__(self, files: Sequence[Stored]) -> None:
        self._files = list(files)
        self._headers = [records.local_header(file) for file in files]
        self._offsets: list[int] = []
        place = 0
        for file, header in zip(self._files, self._headers, strict=True):
            self._offsets.append(place)
            place += len(header) + file.size_bytes
        self._directory_at = place
        self._directory = records.directory(self._files, self._offsets, place)

    @property
    def size_bytes(self) -> int:
        return self._directory_at + len(self._directory)

    @property
    def digest(self) -> bytes:
        """Which archive this is: the same files under the same names in the same order have the same one."""
        return hashlib.sha256(b"".join(self._headers) + self._directory).digest()

    def pieces(self, read: Read, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        """The archive's bytes from `start` up to `stop`, in order, while the files are read."""
        stop = self.size_bytes if stop is None else min(stop, self.size_bytes)
        number = max(bisect_right(self._offsets, start) - 1, 0)
        while number < len(self._files) and self._offsets[number] < stop:
            yield from self._file(read, number, start, stop)
            number += 1
        if stop > self._directory_at:
            yield self._directory[max(start - self._directory_at, 0) : stop - self._directory_at]

    def _file(self, read: Read, number: int, start: int, stop: int) -> Iterator[bytes]:
        """What lies between `start` and `stop` of a file's header and its bytes."""
        header, size = self._headers[number], self._files[number].size_bytes
        first, last = max(start - self._offsets[number], 0), stop - self._offsets[number]
        if first < len(header):
            yield header[first:last]
        begin, end = max(first - len(header), 0), min(last - len(header), size)
        if begin >= end:  # nothing of a file's bytes, of which there may be none
            return
        yield from exactly(read(number, begin, end), end - begin, self._files[number].name)
