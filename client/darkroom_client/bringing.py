"""Bringing many photos, and having albums made of them, in a way that can be stopped at any moment and goes on.

Each step is written into the journal before the next one depends on it: a target before its file is sent, a file once
it is there, a batch before it is asked for, its job once there is one. What is found in the journal is not done again.
"""

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from darkroom_client.albums import AlbumMaker
from darkroom_client.client import AT_ONCE, Client
from darkroom_client.documents import Job, Target
from darkroom_client.errors import DarkroomError, NotSignedIn, Refused, Stopped, Unreachable
from darkroom_client.journal import Journal, Pages
from darkroom_client.photos import NotAPhoto, Photo, look
from darkroom_client.walking import walk
from darkroom_client.watching import Watcher

_FATAL: Final = (NotSignedIn, Stopped)
_GIVE_UP_AFTER: Final = 8
"""So many failures one after another are not the photos' fault."""


@dataclass(frozen=True, slots=True)
class Options:
    curate: bool = False
    instructions: str | None = None
    regroup: bool = False
    """Make albums of these photos anew, also of those that are in one."""
    parallel: int = 4


@dataclass(slots=True)
class Outcome:
    """What became of everything that was found."""

    uploaded: int = 0
    known: int = 0
    """Brought before, or twice among these files."""
    skipped: list[tuple[Path, str]] = field(default_factory=list)
    failed: list[tuple[Path, str]] = field(default_factory=list)
    jobs: list[Job] = field(default_factory=list)

    @property
    def is_good(self) -> bool:
        return not self.failed and all(job.status == "completed" for job in self.jobs)

    @property
    def album_ids(self) -> list[str]:
        return [album_id for job in self.jobs for album_id in job.result.get("album_ids", ())]

    def document(self) -> dict[str, Any]:
        """The same as JSON."""
        return {
            "uploaded": self.uploaded,
            "known": self.known,
            "skipped": [{"path": str(path), "reason": reason} for path, reason in self.skipped],
            "failed": [{"path": str(path), "reason": reason} for path, reason in self.failed],
            "jobs": [job.document for job in self.jobs],
            "album_ids": self.album_ids,
        }


def bring(
    client: Client,
    journal: Journal,
    paths: Iterable[Path],
    options: Options,
    watcher: Watcher | None = None,
) -> Outcome:
    """Bring every photo in `paths`, and with `curate` have albums made of them."""
    watcher = watcher or Watcher()
    outcome = Outcome()
    pages = journal.of(client.url, client.account())
    photos = list(_photos(paths, outcome, watcher))
    watcher.found(len(photos), sum(photo.size for photo in photos))
    uploads = _Uploads(client, journal, pages, outcome=outcome, watcher=watcher, parallel=options.parallel)
    keys = uploads.run(photos)
    if options.curate or options.regroup:
        maker = AlbumMaker(client, pages, watcher)
        outcome.jobs += maker.make(list(keys), options.instructions, regroup=options.regroup)
        for key, reason in maker.refused.items():
            photo = keys[key]
            watcher.failed(photo, reason)
            outcome.failed.append((photo.path, reason))
    return outcome


def _photos(paths: Iterable[Path], outcome: Outcome, watcher: Watcher) -> Iterator[Photo]:
    def skip(path: Path, reason: str) -> None:
        outcome.skipped.append((path, reason))
        watcher.skipped(path, reason)

    for path in walk(paths, skip):
        try:
            yield look(path)
        except NotAPhoto as none:
            skip(path, none.reason)


class _Uploads:
    """The files of one run. This thread hashes and asks for targets a group ahead; others send."""

    def __init__(
        self, client: Client, journal: Journal, pages: Pages, *, outcome: Outcome, watcher: Watcher, parallel: int
    ) -> None:
        self._client = client
        self._journal = journal
        self._pages = pages
        self._outcome = outcome
        self._watcher = watcher
        self._parallel = parallel
        self._keys: dict[str, Photo] = {}
        self._failures = 0

    def run(self, photos: Sequence[Photo]) -> dict[str, Photo]:
        """Send what is missing. Every photo that is there, by its key, in the order in which they were given."""
        size = min(AT_ONCE, self._parallel * 8)  # few enough that no target expires while it waits for its turn
        places: dict[Photo, str] = {}
        under_way: dict[Future[str], Photo] = {}
        seen: set[str] = set()
        with ThreadPoolExecutor(self._parallel, "upload") as pool:
            try:
                for start in range(0, len(photos), size):
                    group = self._missing(photos[start : start + size], seen, places)
                    for (photo, sha256), target in zip(group, self._targets(group), strict=True):
                        under_way[pool.submit(self._send, photo, sha256, target)] = photo
                    self._collect(under_way, places, leave=size)
                self._collect(under_way, places, leave=0)
            except BaseException:
                self._end(pool)
                raise
        return {places[photo]: photo for photo in photos if photo in places}

    def _end(self, pool: ThreadPoolExecutor) -> None:
        """Have the other threads drop what they are doing."""
        stop = self._client.stop
        was_told = stop.is_set()
        stop.set()
        pool.shutdown(cancel_futures=True)
        if not was_told:
            stop.clear()

    def _missing(self, photos: Sequence[Photo], seen: set[str], places: dict[Photo, str]) -> list[tuple[Photo, str]]:
        """Those that are not there, with their hashes."""
        missing = []
        for photo in photos:
            try:
                sha256 = self._journal.sha256(photo)
            except OSError as error:
                self._fail(photo, f"cannot be read: {(error.strerror or str(error)).lower()}")
                continue
            entry = self._pages.entry(sha256)
            if entry is not None and entry.state == "refused":
                self._fail(photo, entry.reason or "was refused")
            elif sha256 in seen or (entry is not None and entry.state != "announced"):
                if entry is not None and sha256 not in seen:
                    places[photo] = entry.storage_key
                self._outcome.known += 1
                self._watcher.known(photo)
            else:
                missing.append((photo, sha256))
            seen.add(sha256)
        return missing

    def _targets(self, group: Sequence[tuple[Photo, str]]) -> list[Target]:
        """For each its target: the one that a stopped run left, where it still works, or a new one."""
        left = {sha256: entry.target for _, sha256 in group if (entry := self._pages.entry(sha256)) is not None}
        usable = {sha256: target for sha256, target in left.items() if target is not None and not target.is_spent}
        wanting = [(photo, sha256) for photo, sha256 in group if sha256 not in usable]
        if wanting:
            fresh = self._client.targets([photo for photo, _ in wanting])
            for (_, sha256), target in zip(wanting, fresh, strict=True):
                self._pages.announced(sha256, target)
                usable[sha256] = target
        return [usable[sha256] for _, sha256 in group]

    def _send(self, photo: Photo, sha256: str, target: Target) -> str:
        def another() -> Target:
            fresh = self._client.targets([photo])[0]
            self._pages.announced(sha256, fresh)
            return fresh

        key = self._client.send(photo, target, another, self._watcher)
        self._pages.uploaded(sha256, key)
        return key

    def _collect(self, under_way: dict[Future[str], Photo], places: dict[Photo, str], leave: int) -> None:
        """Wait until so many are left."""
        while len(under_way) > leave:
            done, _ = wait(under_way, timeout=0.5, return_when=FIRST_COMPLETED)
            for future in done:
                photo = under_way.pop(future)
                try:
                    places[photo] = future.result()
                except _FATAL:
                    raise
                except (DarkroomError, OSError) as error:
                    self._fail(photo, _reason(error))
                    self._count_failure(error)
                else:
                    self._failures = 0
                    self._outcome.uploaded += 1
                    self._watcher.stored(photo)

    def _count_failure(self, error: Exception) -> None:
        self._failures += isinstance(error, Unreachable)
        if self._failures >= _GIVE_UP_AFTER:
            raise Unreachable(f"Nothing gets through: {error}.")

    def _fail(self, photo: Photo, reason: str) -> None:
        self._outcome.failed.append((photo.path, reason))
        self._watcher.failed(photo, reason)


def _reason(error: Exception) -> str:
    if isinstance(error, Refused):
        return error.detail
    return str(error)
