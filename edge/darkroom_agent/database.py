"""The agent's memory: one SQLite database. What a transaction wrote is on the disk when it returns, all or nothing.

`run`, `snap` and `status` open it side by side, and threads share one opening.
"""

import contextlib
import os
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from darkroom_agent.errors import AgentError, SpoolFull

_VERSION: Final = 1
_SCHEMA: Final = """
CREATE TABLE photos (
    position integer PRIMARY KEY AUTOINCREMENT,
    id text NOT NULL UNIQUE,
    device_id text NOT NULL,
    capture_id text,
    schedule_id text,
    due_at text,
    taken_at text NOT NULL,
    content_type text NOT NULL,
    size integer NOT NULL,
    sha256 text NOT NULL,
    width integer NOT NULL,
    height integer NOT NULL,
    state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'refused')),
    reason text,
    reported_id text,
    storage_key text,
    mismatches integer NOT NULL DEFAULT 0,
    content blob NOT NULL
) STRICT;
CREATE TABLE failures (
    capture_id text PRIMARY KEY,
    reason text NOT NULL
) STRICT;
CREATE TABLE handled (
    what text PRIMARY KEY,
    has_photo integer NOT NULL,
    at real NOT NULL
) STRICT;
CREATE TABLE schedules (
    id text PRIMARY KEY,
    name text NOT NULL
) STRICT;
CREATE TABLE times (
    schedule_id text NOT NULL,
    due real NOT NULL,
    due_at text NOT NULL,
    PRIMARY KEY (schedule_id, due)
) STRICT;
CREATE TABLE facts (
    name text PRIMARY KEY,
    value text NOT NULL
) STRICT;
"""


class Database:
    def __init__(self, path: Path) -> None:
        try:
            # SQLite gives the files that it makes beside this one the same permissions.
            os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        except OSError as error:
            raise AgentError(f"{path} cannot be written: {error.strerror}") from None
        self._lock = threading.RLock()
        self._depth = 0
        self._remembered: dict[str, str] = {}
        self._db = sqlite3.connect(path, timeout=30, isolation_level=None, check_same_thread=False)
        try:
            self._begin(path)
        except BaseException:
            self._db.close()
            raise

    def _begin(self, path: Path) -> None:
        with translated(), _whole(path):
            # Sent photos give their room back to the disk; this has to stand before the first table.
            self._db.execute("PRAGMA auto_vacuum = INCREMENTAL")
            self._db.execute("PRAGMA journal_mode = WAL")
            # Without it a power cut could take back a photo that has been said to be safe.
            self._db.execute("PRAGMA synchronous = FULL")
            self._db.execute("PRAGMA journal_size_limit = 16777216")
            self._prepare(path)

    def _prepare(self, path: Path) -> None:
        with self.transaction():
            (version,) = self._db.execute("PRAGMA user_version").fetchone()
            if version > _VERSION:
                raise AgentError(f"{path} was written by a newer darkroom-agent; please update this one.")
            if version == 0:
                for statement in _SCHEMA.split(";\n"):
                    self._db.execute(statement)
                self._db.execute(f"PRAGMA user_version = {_VERSION}")

    def close(self) -> None:
        with self._lock:
            self._db.close()

    def one(self, query: str, *values: Any) -> Any:
        with self._lock, translated():
            return self._db.execute(query, values).fetchone()

    def all(self, query: str, *values: Any) -> list[Any]:
        with self._lock, translated():
            return self._db.execute(query, values).fetchall()

    def write(self, statement: str, *values: Any) -> int:
        """Rows changed."""
        with self._lock, translated():
            return self._db.execute(statement, values).rowcount

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """All that happens inside, or nothing; one inside another is part of it."""
        with self._lock, translated():
            if self._depth:
                yield
                return
            self._db.execute("BEGIN IMMEDIATE")
            self._depth += 1
            try:
                yield
                self._db.execute("COMMIT")
            except BaseException:
                # A full disk has rolled back by itself.
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise
            finally:
                self._depth -= 1

    def give_back(self) -> None:
        """Return free pages to the disk."""
        with self._lock, translated():
            # It frees a page at each step, and `execute` steps once.
            self._db.executescript("PRAGMA incremental_vacuum")

    def fact(self, name: str, default: str = "") -> str:
        if name in self._remembered:
            return self._remembered[name]
        row = self.one("SELECT value FROM facts WHERE name = ?", name)
        return str(row[0]) if row else default

    def keep(self, **facts: str) -> None:
        for name, value in facts.items():
            self.write(
                "INSERT INTO facts VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value"
                " WHERE value <> excluded.value",
                name,
                value,
            )
        for name in facts:
            self._remembered.pop(name, None)

    def remember(self, **facts: str) -> None:
        """As `keep`, until this process ends: for what must hold although the disk is full."""
        self._remembered |= facts


@contextlib.contextmanager
def _whole(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.OperationalError:
        raise
    except sqlite3.DatabaseError as error:
        raise AgentError(f"{path} is damaged ({error}). Move it away, and the agent begins anew.") from error


@contextlib.contextmanager
def translated() -> Iterator[None]:
    """A disk that is full, or cannot be written, is what a person can do something about."""
    try:
        yield
    except sqlite3.OperationalError as error:
        code = error.sqlite_errorcode & 0xFF
        if code == sqlite3.SQLITE_FULL:
            raise SpoolFull("The disk is full: no photo can be kept until there is room.") from error
        if code in (sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN):
            raise SpoolFull(f"The disk cannot be written ({error}).") from error
        raise
