"""Photos on their way: each is on the disk, whole, before anything of it is sent, and stays until Darkroom has it.

A photo is written in one transaction with the record of what it was taken for, so that a command that comes again, or a
due time that the cloud also fires, takes no second one.
"""

import contextlib
import hashlib
import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, NamedTuple
from uuid import uuid4

from darkroom_agent.clock import Clock, from_wire, to_wire
from darkroom_agent.database import Database
from darkroom_agent.errors import Paused, SpoolFull, WrongUsage
from darkroom_agent.home import Home
from darkroom_agent.images import Look, look

_MEGABYTE: Final = 1 << 20
_REMEMBERED_SECONDS: Final = 7 * 86400
_COLUMNS: Final = (
    "id, capture_id, schedule_id, due_at, taken_at, content_type, size, sha256, width, height, reported_id,"
    " storage_key, mismatches"
)


@dataclass(frozen=True, slots=True)
class Photo:
    """A photo that waits, without its bytes."""

    id: str
    capture_id: str | None
    schedule_id: str | None
    due_at: str | None
    taken_at: str
    content_type: str
    size: int
    sha256: str
    width: int
    height: int
    reported_id: str | None
    storage_key: str | None
    """Where it was put, once storage said that it is there."""
    mismatches: int


@dataclass(frozen=True, slots=True)
class Wish:
    """What a photo is taken for: a command, a due time, or neither (`snap`)."""

    capture_id: str | None = None
    schedule_id: str | None = None
    due_at: str | None = None

    @property
    def keys(self) -> list[str]:
        keys = [] if self.capture_id is None else [f"capture {self.capture_id}"]
        return keys if self.due_key is None else [*keys, self.due_key]

    @property
    def due_key(self) -> str | None:
        if self.schedule_id is None or self.due_at is None:
            return None
        return due_key(self.schedule_id, from_wire(self.due_at))


def due_key(schedule_id: str, due: float) -> str:
    """One name for a due time, however the time is written."""
    return f"due {schedule_id} {int(due)}"


class Bounds(NamedTuple):
    """What the spool may take of the disk, in bytes."""

    most: int
    left_free: int

    @classmethod
    def from_environment(cls) -> "Bounds":
        return cls(_megabytes("DARKROOM_AGENT_SPOOL_MB", 2048), _megabytes("DARKROOM_AGENT_DISK_FREE_MB", 200))


def _megabytes(name: str, default: float) -> int:
    try:
        return int(float(os.environ.get(name) or default) * _MEGABYTE)
    except (ValueError, OverflowError):
        raise WrongUsage(f"{name} is no number of megabytes: {os.environ[name]!r}") from None


class Counts(NamedTuple):
    waiting: int
    waiting_bytes: int
    refused: int
    elsewhere: int
    """Photos of a device that this agent was paired as before."""


def free_bytes(folder: Path) -> int:
    return shutil.disk_usage(folder).free


@dataclass
class Spool:
    """The photos of one device."""

    db: Database
    device_id: str
    clock: Clock
    folder: Path
    bounds: Bounds = field(default_factory=Bounds.from_environment)
    free: Callable[[Path], int] = free_bytes
    _unwritten: dict[str, str] = field(default_factory=dict)

    @classmethod
    @contextlib.contextmanager
    def opened(cls, home: Home, device_id: str, clock: Clock | None = None) -> "Iterator[Spool]":
        """For a command that does one thing."""
        db = Database(home.spool)
        try:
            yield cls(db, device_id, clock or Clock(), home.folder)
        finally:
            db.close()

    def check_allowed(self) -> None:
        """Paused when its owner wants no photo."""
        if self.is_paused():
            raise Paused

    def check_room(self, size: int | None = None) -> None:
        """SpoolFull says why no photo may be taken now. Without a size, the last photo's counts."""
        row = self.db.one("SELECT size FROM photos ORDER BY position DESC LIMIT 1") if size is None else None
        needed = size if size is not None else (row[0] if row else 0)
        (held,) = self.db.one("SELECT coalesce(sum(size), 0) FROM photos WHERE state = 'waiting'")
        if held + needed > self.bounds.most:
            raise SpoolFull(
                f"The spool is full: {held / _MEGABYTE:.0f} of {self.bounds.most / _MEGABYTE:.0f} MB wait to be sent."
                " Older photos are kept and no new one is taken."
            )
        free = self.free(self.folder)
        if free - needed < self.bounds.left_free:
            raise SpoolFull(
                f"The disk is nearly full: {free / _MEGABYTE:.0f} MB are free, and"
                f" {self.bounds.left_free / _MEGABYTE:.0f} MB are left alone. No new photo is taken."
            )

    def add(self, content: bytes, taken: float, wish: Wish) -> Photo | None:
        """The photo, once it is on the disk; None when what it was taken for has one already."""
        found: Look = look(content)
        photo_id, digest = str(uuid4()), hashlib.sha256(content).hexdigest()
        with self.db.transaction():
            if self.has_photo(wish.keys):
                return None
            self.check_allowed()  # it may have been paused while the camera worked
            self._make_room(len(content))
            self.check_room(len(content))
            self.db.write(
                "INSERT INTO photos (id, device_id, capture_id, schedule_id, due_at, taken_at, content_type, size,"
                " sha256, width, height, content) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                *(photo_id, self.device_id, wish.capture_id, wish.schedule_id, wish.due_at, to_wire(taken)),
                *(found.content_type, len(content), digest, found.width, found.height, content),
            )
            self._mark(wish.keys, has_photo=True)
            self.db.keep(last_photo_at=to_wire(taken))
        return self.photo(photo_id)

    def _make_room(self, size: int) -> None:
        """Photos that Darkroom will never take make way before the spool counts as full."""
        (held,) = self.db.one("SELECT coalesce(sum(size), 0) FROM photos")
        for photo_id, freed in self.db.all("SELECT id, size FROM photos WHERE state = 'refused' ORDER BY position"):
            if held + size <= self.bounds.most:
                return
            self.db.write("DELETE FROM photos WHERE id = ?", photo_id)
            held -= freed

    # --- what was handled ---------------------------------------------------------------------------------------------

    def has_photo(self, keys: Iterable[str]) -> bool:
        return any(self.db.one("SELECT 1 FROM handled WHERE what = ? AND has_photo", key) for key in keys)

    def is_handled(self, key: str) -> bool:
        """Whether it was photographed, failed or passed over."""
        return self.db.one("SELECT 1 FROM handled WHERE what = ?", key) is not None

    def pass_over(self, key: str) -> None:
        """No photo is taken for it."""
        self._mark([key], has_photo=False)

    def _mark(self, keys: Iterable[str], *, has_photo: bool) -> None:
        now = self.clock.now()
        for key in keys:
            self.db.write(
                "INSERT INTO handled VALUES (?, ?, ?)"
                " ON CONFLICT (what) DO UPDATE SET has_photo = max(has_photo, excluded.has_photo), at = excluded.at",
                key,
                int(has_photo),
                now,
            )
        self.db.write("DELETE FROM handled WHERE at < ?", now - _REMEMBERED_SECONDS)

    # --- commands that got no photo -----------------------------------------------------------------------------------

    def fail(self, capture_id: str, reason: str, due_key: str | None = None) -> None:
        """To be told to Darkroom. A full disk is no reason not to say so: it is kept in memory then."""
        try:
            with self.db.transaction():
                self.db.write("INSERT INTO failures VALUES (?, ?) ON CONFLICT DO NOTHING", capture_id, reason)
                self.pass_over(f"capture {capture_id}")
                if due_key is not None:
                    self.pass_over(due_key)  # the cloud has asked for it: the agent does not by itself
        except SpoolFull:
            self._unwritten[capture_id] = reason

    def failures(self) -> list[tuple[str, str]]:
        return [*self.db.all("SELECT capture_id, reason FROM failures ORDER BY rowid"), *self._unwritten.items()]

    def told(self, capture_id: str) -> None:
        self._unwritten.pop(capture_id, None)
        with contextlib.suppress(SpoolFull):  # told twice does no harm
            self.db.write("DELETE FROM failures WHERE capture_id = ?", capture_id)

    def is_failing(self, capture_id: str) -> bool:
        return capture_id in self._unwritten

    # --- on the way ---------------------------------------------------------------------------------------------------

    def waiting(self) -> list[Photo]:
        """In the order in which they were taken."""
        rows = self.db.all(
            f"SELECT {_COLUMNS} FROM photos WHERE state = 'waiting' AND device_id = ? ORDER BY position",  # noqa: S608
            self.device_id,
        )
        return [Photo(*row) for row in rows]

    def photo(self, photo_id: str) -> Photo | None:
        row = self.db.one(f"SELECT {_COLUMNS} FROM photos WHERE id = ?", photo_id)  # noqa: S608 - our own columns
        return Photo(*row) if row else None

    def content(self, photo_id: str) -> bytes:
        content: bytes = self.db.one("SELECT content FROM photos WHERE id = ?", photo_id)[0]
        return content

    def reported(self, photo_id: str, capture_id: str | None) -> None:
        """It has a capture of its own; None when it has to be reported anew."""
        self.db.write("UPDATE photos SET reported_id = ? WHERE id = ?", capture_id, photo_id)

    def detached(self, photo_id: str) -> None:
        """The capture that it was taken for is over: it is reported on its own."""
        self.db.write("UPDATE photos SET capture_id = NULL, storage_key = NULL WHERE id = ?", photo_id)

    def uploaded(self, photo_id: str, storage_key: str) -> None:
        """It is there. Written down before Darkroom is told, so that telling is what is repeated."""
        self.db.write("UPDATE photos SET storage_key = ? WHERE id = ?", storage_key, photo_id)

    def mismatched(self, photo_id: str) -> None:
        """What is there is not what was announced: it has to be put there again."""
        self.db.write("UPDATE photos SET storage_key = NULL, mismatches = mismatches + 1 WHERE id = ?", photo_id)

    def refused(self, photo_id: str, reason: str) -> None:
        """Darkroom will never take it: it is set aside, and its person is told."""
        self.db.write("UPDATE photos SET state = 'refused', reason = ? WHERE id = ?", reason, photo_id)

    def remove(self, photo_id: str) -> None:
        """Darkroom has it, or must not."""
        self.db.write("DELETE FROM photos WHERE id = ?", photo_id)
        with contextlib.suppress(SpoolFull):
            self.db.give_back()

    # --- what there is to tell ----------------------------------------------------------------------------------------

    def is_paused(self) -> bool:
        return self.db.fact("paused") == "1"

    def counts(self) -> Counts:
        row = self.db.one(
            "SELECT coalesce(sum(state = 'waiting' AND device_id = ?1), 0),"
            " coalesce(sum(size) FILTER (WHERE state = 'waiting' AND device_id = ?1), 0),"
            " coalesce(sum(state = 'refused'), 0), coalesce(sum(state = 'waiting' AND device_id <> ?1), 0) FROM photos",
            self.device_id,
        )
        return Counts(*row)

    def refusal(self, photo_id: str) -> str | None:
        """Why Darkroom does not take it, if so."""
        row = self.db.one("SELECT reason FROM photos WHERE id = ? AND state = 'refused'", photo_id)
        return row and str(row[0])

    def refusals(self, most: int = 5) -> list[tuple[str, str]]:
        """When they were taken, and why they were refused; newest first."""
        return self.db.all(
            "SELECT taken_at, reason FROM photos WHERE state = 'refused' ORDER BY position DESC LIMIT ?", most
        )
