"""DARKROOM_HOME: where a stack keeps its data, who holds it, and what it tells to scripts about itself."""

import fcntl
import json
import os
import shutil
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_ENDING_SECONDS = 15
REPOSITORY = Path(__file__).resolve().parents[2]


class AlreadyRunning(Exception):
    """Another run holds this home."""


@dataclass(frozen=True)
class Home:
    """Paths under one data folder. Two stacks with two homes share nothing but the code."""

    root: Path

    @property
    def postgres(self) -> Path:
        return self.root / "postgres"

    @property
    def emulator_state(self) -> Path:
        return self.root / "emulator"

    @property
    def objects(self) -> Path:
        return self.root / "objects"

    @property
    def logs(self) -> Path:
        return self.root / "logs"

    @property
    def mails(self) -> Path:
        return self.root / "mails.jsonl"

    @property
    def keys(self) -> Path:
        return self.root / "keys.json"

    @property
    def ports(self) -> Path:
        return self.root / "ports.json"

    @property
    def deployment(self) -> Path:
        return self.root / "deployment.json"

    @property
    def agent(self) -> Path:
        """The demo's camera (camera.py)."""
        return self.root / "agent"

    @property
    def stack(self) -> Path:
        return self.root / "stack.json"

    def prepare(self) -> None:
        for folder in (self.root, self.emulator_state, self.objects, self.logs):
            folder.mkdir(parents=True, exist_ok=True)
        self.root.chmod(0o700)

    def hold(self) -> int:
        """Take the home for this process until it ends, in whatever way it ends. One that is ending is waited for."""
        descriptor = os.open(self.root / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        patience = time.monotonic() + _ENDING_SECONDS
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if self.stack.exists() or time.monotonic() > patience:
                    os.close(descriptor)
                    raise AlreadyRunning(str(self.root)) from None
                time.sleep(0.1)
            else:
                self.stack.unlink(missing_ok=True)  # of a killed run
                return descriptor

    def announce(self, stack: dict[str, Any]) -> None:
        write_private(self.stack, stack)

    def withdraw(self) -> None:
        self.stack.unlink(missing_ok=True)

    def forget_deployment(self) -> None:
        """Drop what the emulator remembers. Photos are set aside, because buckets that are there cannot be made."""
        self.deployment.unlink(missing_ok=True)
        shutil.rmtree(self.emulator_state, ignore_errors=True)
        self.emulator_state.mkdir()
        if not self._objects_aside.exists():
            self.objects.rename(self._objects_aside)
            self.objects.mkdir()

    @property
    def objects_are_aside(self) -> bool:
        return self._objects_aside.exists()

    def bring_objects_back(self) -> None:
        """Put what was set aside into the buckets of the same name. Only while the emulator is down."""
        if not self.objects_are_aside:
            return
        for bucket in self._objects_aside.glob("*/*"):
            target = self.objects / bucket.relative_to(self._objects_aside)
            if not target.exists() or not any(target.iterdir()):
                target.parent.mkdir(exist_ok=True)
                shutil.rmtree(target, ignore_errors=True)
                bucket.rename(target)
        shutil.rmtree(self._objects_aside)

    @property
    def _objects_aside(self) -> Path:
        return self.root / "objects.aside"


def chosen() -> Home:
    """The home that DARKROOM_HOME names, or the checkout's own."""
    return Home(Path(os.environ.get("DARKROOM_HOME") or REPOSITORY / ".darkroom").resolve())


def read_document(path: Path) -> dict[str, Any] | None:
    """A JSON object from a file, or None when there is none that can be read."""
    try:
        document = json.loads(path.read_text())
    except (OSError, ValueError):
        return None
    return document if isinstance(document, dict) else None


def write_private(path: Path, document: dict[str, Any]) -> None:
    """Write a JSON object whole or not at all, for its owner's eyes only."""
    temporary = path.with_suffix(".new")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(document, file, indent=2)
        file.write("\n")
    temporary.replace(path)
