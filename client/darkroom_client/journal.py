"""What has been brought already: a small database beside the session, so that an upload can be stopped and goes on.

A photo is known by what is in it (its SHA-256), for each server and person: a file that was renamed or copied is not
brought twice. Hashes are kept by path, size and time of change, so that they are worked out once.

    announced   there is a target for it, and perhaps it is there
    uploaded    it is there
    processed   a batch that asks for albums has it
    refused     the server could make nothing of it; `reason` says why
"""

import contextlib
import json
import os
import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self
from uuid import uuid4

from darkroom_client.documents import Account, Target
from darkroom_client.errors import DarkroomError
from darkroom_client.photos import Photo
from darkroom_client.places import state_folder

_VERSION: Final = 1
_SCHEMA: Final = """
CREATE TABLE files (
    path text PRIMARY KEY,
    size integer NOT NULL,
    mtime_ns integer NOT NULL,
    sha256 text NOT NULL
) STRICT;
CREATE TABLE uploads (
    owner text NOT NULL,
    sha256 text NOT NULL,
    state text NOT NULL CHECK (state IN ('announced', 'uploaded', 'processed', 'refused')),
    storage_key text NOT NULL,
    target text,
    batch_id text,
    reason text,
    PRIMARY KEY (owner, sha256)
) STRICT;
CREATE INDEX uploads_by_key ON uploads (owner, storage_key);
CREATE TABLE batches (
    id text PRIMARY KEY,
    owner text NOT NULL,
    request text NOT NULL,
    job_id text,
    is_over integer NOT NULL DEFAULT 0,
    made_at real NOT NULL
) STRICT;
CREATE INDEX batches_open ON batches (owner, made_at) WHERE NOT is_over;
"""


@dataclass(frozen=True, slots=True)
class Entry:
    """What is known of one photo."""

    state: str
    storage_key: str
    target: Target | None
    batch_id: str | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class Batch:
    """One request for albums. Its id is its Idempotency-Key, and it is written down before it is sent."""

    id: str
    keys: Sequence[str]
    instructions: str | None
    regroup: bool
    job_id: str | None


class Journal:
    """Threads may share it, and so may processes."""

    def __init__(self, path: Path | None = None) -> None:
        self.path = path or state_folder() / "journal.sqlite"
        os.close(os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600))  # it holds URLs that let one write
        self._lock = threading.RLock()
        self._db = sqlite3.connect(self.path, timeout=30, isolation_level=None, check_same_thread=False)
        # A killed process loses nothing. A power cut may take the last moments with it, which are then done again.
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = NORMAL")
        self._prepare()

    def _prepare(self) -> None:
        with self.transaction():
            (version,) = self._db.execute("PRAGMA user_version").fetchone()
            if version > _VERSION:
                raise DarkroomError(f"{self.path} was written by a newer darkroom; please update this one.")
            if version == 0:
                for statement in _SCHEMA.split(";\n"):
                    self._db.execute(statement)
                self._db.execute(f"PRAGMA user_version = {_VERSION}")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._db.close()

    def of(self, server: str, account: Account) -> "Pages":
        """What was written down for one person at one server."""
        return Pages(self, f"{server} {account.id}")

    def sha256(self, photo: Photo) -> str:
        """The hash of the file's bytes; worked out again only when the file has changed."""
        path = os.fspath(photo.path).encode(errors="surrogateescape").decode(errors="backslashreplace")
        kept = self.one("SELECT size, mtime_ns, sha256 FROM files WHERE path = ?", path)
        if kept is not None and (kept[0], kept[1]) == (photo.size, photo.mtime_ns):
            return str(kept[2])
        found = photo.sha256()
        self.write(
            "INSERT INTO files VALUES (?, ?, ?, ?)"
            " ON CONFLICT (path) DO UPDATE SET size = excluded.size, mtime_ns = excluded.mtime_ns,"
            " sha256 = excluded.sha256",
            path,
            photo.size,
            photo.mtime_ns,
            found,
        )
        return found

    def one(self, query: str, *values: Any) -> Any:
        with self._lock:
            return self._db.execute(query, values).fetchone()

    def all(self, query: str, *values: Any) -> list[Any]:
        with self._lock:
            return self._db.execute(query, values).fetchall()

    def write(self, statement: str, *values: Any) -> int:
        with self._lock:
            return self._db.execute(statement, values).rowcount

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")


class Pages:
    """The journal of one person at one server."""

    def __init__(self, journal: Journal, owner: str) -> None:
        self._journal = journal
        self._owner = owner

    def entry(self, sha256: str) -> Entry | None:
        row = self._journal.one(
            "SELECT state, storage_key, target, batch_id, reason FROM uploads WHERE owner = ? AND sha256 = ?",
            self._owner,
            sha256,
        )
        if row is None:
            return None
        state, key, target, batch_id, reason = row
        return Entry(state, key, Target(**json.loads(target)) if target else None, batch_id, reason)

    def announced(self, sha256: str, target: Target) -> None:
        """A target was given out: from now on it may be there."""
        kept = {
            "storage_key": target.storage_key,
            "url": target.url,
            "headers": dict(target.headers),
            "good_until": target.good_until,
        }
        self._journal.write(
            "INSERT INTO uploads (owner, sha256, state, storage_key, target) VALUES (?, ?, 'announced', ?, ?)"
            " ON CONFLICT (owner, sha256) DO UPDATE SET state = excluded.state, storage_key = excluded.storage_key,"
            " target = excluded.target, batch_id = NULL, reason = NULL",
            self._owner,
            sha256,
            target.storage_key,
            json.dumps(kept),
        )

    def uploaded(self, sha256: str, storage_key: str) -> None:
        self._journal.write(
            "UPDATE uploads SET state = 'uploaded', target = NULL WHERE owner = ? AND sha256 = ? AND storage_key = ?",
            self._owner,
            sha256,
            storage_key,
        )

    def forget(self, storage_key: str) -> None:
        """The server does not have it (any more): it is to be brought again."""
        self._journal.write("DELETE FROM uploads WHERE owner = ? AND storage_key = ?", self._owner, storage_key)

    def refused(self, storage_key: str, reason: str) -> None:
        self._journal.write(
            "UPDATE uploads SET state = 'refused', reason = ? WHERE owner = ? AND storage_key = ?",
            reason,
            self._owner,
            storage_key,
        )

    def plan(self, keys: Sequence[str], instructions: str | None, *, regroup: bool) -> Batch | None:
        """A batch of these keys; without `regroup`, of those that no other has taken meanwhile."""
        batch_id = str(uuid4())
        states = ("uploaded", "processed") if regroup else ("uploaded", "uploaded")
        with self._journal.transaction():
            taken = [
                key
                for key in keys
                if self._journal.write(
                    "UPDATE uploads SET state = 'processed', batch_id = ?"
                    " WHERE owner = ? AND storage_key = ? AND state IN (?, ?)",
                    batch_id,
                    self._owner,
                    key,
                    *states,
                )
            ]
            if not taken:
                return None
            request = {"keys": taken, "instructions": instructions, "regroup": regroup}
            self._journal.write(
                "INSERT INTO batches (id, owner, request, made_at) VALUES (?, ?, ?, ?)",
                batch_id,
                self._owner,
                json.dumps(request),
                time.time(),
            )
        return Batch(batch_id, taken, instructions, regroup, None)

    def accepted(self, batch: Batch, job_id: str) -> None:
        self._journal.write("UPDATE batches SET job_id = ? WHERE id = ?", job_id, batch.id)

    def withdrawn(self, batch: Batch) -> None:
        """The server did not take the batch: its photos are as they were, only uploaded."""
        with self._journal.transaction():
            self._journal.write("UPDATE uploads SET state = 'uploaded', batch_id = NULL WHERE batch_id = ?", batch.id)
            self._journal.write("DELETE FROM batches WHERE id = ?", batch.id)

    def over(self, batch: Batch) -> None:
        """Its job has completed: nothing is left to do for it."""
        self._journal.write("UPDATE batches SET is_over = 1 WHERE id = ?", batch.id)

    def open_batches(self) -> list[Batch]:
        """Those that were not sent yet, or whose job has not completed, oldest first."""
        rows = self._journal.all(
            "SELECT id, request, job_id FROM batches WHERE owner = ? AND NOT is_over ORDER BY made_at", self._owner
        )
        return [Batch(row[0], **json.loads(row[1]), job_id=row[2]) for row in rows]
