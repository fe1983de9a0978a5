"""Where a session's tokens are kept.

A refresh token works once, and its second use ends the session. So processes that share a session take turns: who
refreshes holds the lock, reads the tokens again once it has it, and writes the new pair before it lets go.
"""

import contextlib
import fcntl
import json
import os
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Protocol

from darkroom_client.places import state_folder


@dataclass(frozen=True, slots=True)
class Session:
    """`access_until` is a Unix time by this machine's clock."""

    access_token: str = field(repr=False)
    access_until: float
    refresh_token: str = field(repr=False)


class Tokens(Protocol):
    """A place for the sessions of servers, each known by its address."""

    def alone(self) -> AbstractContextManager[None]:
        """Nobody else refreshes in here."""
        ...

    def read(self, server: str) -> Session | None: ...

    def write(self, server: str, session: Session | None) -> None:
        """Keep it durably; None forgets what was there. Only to be called while `alone`."""
        ...


class MemoryTokens:
    """For one process, and gone with it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._sessions: dict[str, Session] = {}

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        with self._lock:
            yield

    def read(self, server: str) -> Session | None:
        return self._sessions.get(server)

    def write(self, server: str, session: Session | None) -> None:
        self._sessions.pop(server, None)
        if session is not None:
            self._sessions[server] = session


class FileTokens:
    """In a file that only its owner can read, shared by all processes of that person."""

    def __init__(self, path: Path | None = None) -> None:
        self.path = path or state_folder() / "sessions.json"
        self._threads = threading.Lock()  # a file's lock is the process's: threads need one of their own

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        # The lock is a file of its own: the other one is replaced by each write.
        with self._threads, self.path.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def read(self, server: str) -> Session | None:
        kept = self._read_all().get(server)
        return Session(**kept) if kept else None

    def write(self, server: str, session: Session | None) -> None:
        sessions = self._read_all()
        sessions.pop(server, None)
        if session is not None:
            sessions[server] = asdict(session)
        self._replace(json.dumps(sessions, indent=1).encode())

    def _read_all(self) -> dict[str, Any]:
        try:
            sessions: dict[str, Any] = json.loads(self.path.read_bytes())
        except (FileNotFoundError, json.JSONDecodeError):
            return {}
        return sessions

    def _replace(self, content: bytes) -> None:
        """All of it or nothing, on the disk before this returns, and never readable by others."""
        fresh = self.path.with_suffix(".new")
        fresh.unlink(missing_ok=True)
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self.path)
