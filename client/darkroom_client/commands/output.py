"""How the commands show what goes on: bars in a terminal, a line now and then elsewhere. What they find goes to
standard output, how far they are to standard error."""

import contextlib
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

from darkroom_client.documents import Job
from darkroom_client.photos import Photo
from darkroom_client.watching import Watcher

_LINE_EVERY_SECONDS: Final = 5.0
_NAME_WIDTH: Final = 32


def say(text: str) -> None:
    """A line for the person, with nothing in it that a terminal would obey."""
    print("".join(char if char.isprintable() else "�" for char in text))


def table_of(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Rows under their headings; the first column to the right."""
    lines = [headings, *rows]
    first = max(len(line[0]) for line in lines)
    second = max(len(line[1]) for line in lines)
    for line in lines:
        say(f"{line[0]:>{first}}  {line[1]:<{second}}  {'  '.join(line[2:])}".rstrip())


@contextlib.contextmanager
def progress(*, quiet: bool = False) -> Iterator[Watcher]:
    """A watcher that fits where standard error goes; a quiet one says nothing outside a terminal."""
    if sys.stderr.isatty():
        bars = Bars()
        with bars.shown:
            yield bars
    else:
        yield Watcher() if quiet else Lines()


class Bars(Watcher):
    """A bar for everything together and one for each file that is on its way."""

    def __init__(self) -> None:
        self.shown = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            DownloadColumn(binary_units=False),
            TransferSpeedColumn(),
            TimeRemainingColumn(compact=True),
            TextColumn("{task.fields[note]}", markup=False),
            console=Console(stderr=True),
            transient=True,
        )
        self._lock = threading.Lock()
        self._files: dict[Path, TaskID] = {}
        self._sent: dict[Path, int] = {}
        self._done = self._all = 0
        self._overall: TaskID | None = None
        self._job: TaskID | None = None

    def found(self, photos: int, size: int) -> None:
        self._all = photos
        self._overall = self._add("Photos", size, f"0 of {photos}")

    def sending(self, photo: Photo) -> None:
        with self._lock:
            if photo.path in self._files:
                self._take_back(photo)
            self._files[photo.path] = self._add(f"  {_short(photo.name)}", photo.size)
            self._sent[photo.path] = 0

    def sent(self, photo: Photo, size: int) -> None:
        with self._lock:
            self._sent[photo.path] += size
            self.shown.advance(self._files[photo.path], size)
            self._advance(size)

    def stored(self, photo: Photo) -> None:
        with self._lock:
            self._advance(photo.size - self._sent.get(photo.path, 0))
            self._close(photo)

    def known(self, photo: Photo) -> None:
        with self._lock:
            self._advance(photo.size)
            self._close(photo)

    def failed(self, photo: Photo, reason: str) -> None:
        with self._lock:
            self._close(photo)
        self.shown.console.print(f"{photo.path}: {reason}", markup=False, highlight=False)

    def waiting(self, seconds: float, reason: str) -> None:
        if self._overall is not None:
            self.shown.update(self._overall, note=f"{reason}; again in {seconds:.0f} s")

    def job(self, job: Job) -> None:
        with self._lock:
            if self._job is None:
                # No bytes are counted here: the columns that show bytes would lie.
                self._job = self.shown.add_task("Albums", total=None, note="")
            share = f" {job.done} of {job.total}" if job.total else ""
            self.shown.update(self._job, description=f"Albums: {job.stage or job.status}{share}")
            if job.is_over:
                self.shown.remove_task(self._job)
                self._job = None

    def downloading(self, name: str, size: int) -> None:
        if self._overall is not None:
            self.shown.remove_task(self._overall)
        self._overall = self._add(_short(name), size)

    def received(self, size: int) -> None:
        self._advance(size)

    def _add(self, description: str, size: int, note: str = "") -> TaskID:
        return self.shown.add_task(description, total=size, note=note)

    def _advance(self, size: int) -> None:
        if self._overall is not None:
            self.shown.advance(self._overall, size)

    def _take_back(self, photo: Photo) -> None:
        self._advance(-self._sent.pop(photo.path))
        self.shown.remove_task(self._files.pop(photo.path))

    def _close(self, photo: Photo) -> None:
        self._done += 1
        self._sent.pop(photo.path, None)
        if (task := self._files.pop(photo.path, None)) is not None:
            self.shown.remove_task(task)
        if self._overall is not None:
            self.shown.update(self._overall, note=f"{self._done} of {self._all}")


class Lines(Watcher):
    """A line every few seconds, for logs."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._all = self._done = 0
        self._said_at = 0.0
        self._said = ""

    def found(self, photos: int, size: int) -> None:
        self._all = photos
        self._say(f"{photos:,} photos, {size:,} bytes")
        self._said_at = time.monotonic()

    def stored(self, photo: Photo) -> None:
        self._count()

    def known(self, photo: Photo) -> None:
        self._count()

    def failed(self, photo: Photo, reason: str) -> None:
        self._count()

    def waiting(self, seconds: float, reason: str) -> None:
        self._now_and_then(f"{reason}; trying again in {seconds:.0f} s")

    def job(self, job: Job) -> None:
        text = f"albums: {job.stage or job.status} ({job.done} of {job.total})"
        if text != self._said:
            self._now_and_then(text)

    def _count(self) -> None:
        with self._lock:
            self._done += 1
        self._now_and_then(f"{self._done:,} of {self._all:,} photos")

    def _now_and_then(self, text: str) -> None:
        with self._lock:
            now = time.monotonic()
            if now - self._said_at < _LINE_EVERY_SECONDS:
                return
            self._said_at = now
        self._say(text)

    def _say(self, text: str) -> None:
        self._said = text
        print(text, file=sys.stderr, flush=True)


def _short(name: str) -> str:
    return name if len(name) <= _NAME_WIDTH else f"{name[: _NAME_WIDTH - 9]}…{name[-8:]}"
