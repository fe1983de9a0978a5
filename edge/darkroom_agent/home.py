"""The agent's folder: whom it is paired to, its spool, and locks. Its owner alone may read what lies there."""

import contextlib
import fcntl
import json
import os
import threading
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from darkroom_agent.errors import AgentError, NotPaired, Stopped

_DEFAULT: Final = "~/.darkroom-agent"
NOTES: Final = "status.json"


@dataclass(frozen=True, slots=True)
class Pairing:
    """Which device this is, and where."""

    api: str
    device_id: str
    device_token: str = field(repr=False)
    websocket_url: str
    name: str
    camera: str


class Home:
    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or Path(os.environ.get("DARKROOM_AGENT_HOME") or _DEFAULT).expanduser()
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise AgentError(f"{self.folder} cannot be made: {error.strerror}") from None

    @property
    def spool(self) -> Path:
        return self.folder / "spool.sqlite"

    def pairing(self) -> Pairing:
        found = self._read("pairing.json")
        try:
            return Pairing(**found) if found else self._not_paired()
        except TypeError:
            raise NotPaired(f"{self.folder / 'pairing.json'} is not a pairing. Pair this agent again.") from None

    def pair(self, pairing: Pairing) -> None:
        (self.folder / NOTES).unlink(missing_ok=True)  # of an earlier pairing
        self.write("pairing.json", asdict(pairing), durably=True)

    def notes(self) -> dict[str, Any]:
        """What the running agent last said of itself."""
        return self._read(NOTES)

    def write(self, name: str, document: dict[str, Any], *, durably: bool = False) -> None:
        """All of it or nothing, and never readable by others."""
        fresh = self.folder / f"{name}.new"
        fresh.unlink(missing_ok=True)
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            json.dump(document, file, indent=1)
            if durably:
                file.flush()
                os.fsync(file.fileno())
        fresh.replace(self.folder / name)
        if durably:
            self._sync_folder()

    @contextlib.contextmanager
    def locked(self, name: str) -> Iterator[bool]:
        """Whether this process alone holds the lock; the system lets go of a killed process's."""
        handle = os.open(self.folder / f"{name}.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
            else:
                yield True
        finally:
            os.close(handle)

    def is_running(self) -> bool:
        """Whether `run` works here."""
        with self.locked("run") as is_free:
            return not is_free

    @contextlib.contextmanager
    def turn(self, name: str, stop: threading.Event) -> Iterator[None]:
        """The lock, as soon as it is free; Stopped when that is not to be waited for any more."""
        while True:
            with self.locked(name) as is_mine:
                if is_mine:
                    yield
                    return
            if stop.wait(0.1):
                raise Stopped("The agent is stopping.")

    @contextlib.contextmanager
    def camera_alone(self) -> Iterator[None]:
        """`run` and `snap` take turns: most cameras can be opened once only."""
        handle = os.open(self.folder / "camera.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)

    def _read(self, name: str) -> dict[str, Any]:
        try:
            document = json.loads((self.folder / name).read_bytes())
        except (FileNotFoundError, ValueError):
            return {}
        except OSError as error:
            raise AgentError(f"{self.folder / name} cannot be read: {error.strerror}") from None
        return document if isinstance(document, dict) else {}

    def _sync_folder(self) -> None:
        handle = os.open(self.folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

    @staticmethod
    def _not_paired() -> Pairing:
        raise NotPaired
