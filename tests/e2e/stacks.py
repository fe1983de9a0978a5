"""Running stacks for tests: started as `make run` starts one, on a free port, with a home of its own."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx

from infra.local import ports
from infra.local.home import REPOSITORY

_CHEAP = {"PASSWORD_HASH_COST": "4"}  # at its real cost, registering and signing in is a tenth of all the work
_START_SECONDS = 100
_STOP_SECONDS = 30


class RunningStack:
    """One `python -m infra.local`, and what it said about itself."""

    def __init__(self, home: Path, port: int | None = None, environment: Mapping[str, str] | None = None) -> None:
        self.home = home
        self.environment = environment or {}
        self.port = port or ports.any_free()
        self.process: subprocess.Popen[bytes] | None = None
        self.stack: Mapping[str, Any] = {}

    @property
    def output(self) -> str:
        return (self.home.parent / f"{self.home.name}.out").read_text(errors="replace")

    def start(self) -> "RunningStack":
        environment = {
            **os.environ,
            **_CHEAP,
            **self.environment,
            "PORT": str(self.port),
            "DARKROOM_HOME": str(self.home),
        }
        with (self.home.parent / f"{self.home.name}.out").open("ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "infra.local"],
                cwd=REPOSITORY,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )
        self.wait_until_announced()
        return self

    def wait_until_announced(self) -> None:
        assert self.process is not None
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline:
            assert self.process.poll() is None, f"the stack ended:\n{self.output}"
            stack = self._announced()
            if stack.get("pid") == self.process.pid:
                self.stack = stack
                return
            time.sleep(0.1)
        raise AssertionError(f"the stack did not come up:\n{self.output}")

    def _announced(self) -> dict[str, Any]:
        try:
            found: dict[str, Any] = json.loads((self.home / "stack.json").read_text())
        except (OSError, ValueError):
            return {}
        return found

    def kill(self) -> None:
        """SIGKILL: no part of it gets to say goodbye."""
        assert self.process is not None
        self.process.kill()
        self.process.wait(_STOP_SECONDS)

    def stop(self, how: signal.Signals = signal.SIGINT) -> int:
        """Ctrl-C. Its exit status."""
        assert self.process is not None
        if self.process.poll() is None:
            self.process.send_signal(how)
        try:
            return self.process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise AssertionError(f"the stack does not stop:\n{self.output}") from None

    def get(self, path: str, **options: Any) -> httpx.Response:
        return httpx.get(self.stack["web"] + path, timeout=30, trust_env=False, **options)

    def post(self, path: str, **options: Any) -> httpx.Response:
        return httpx.post(self.stack["web"] + path, timeout=30, trust_env=False, **options)
