"""The face service's container as a process beside the stack: its own entry point, on a free port of loopback.

It starts with the first question and ends when nobody has asked for a while, so that a stack in which nobody looks at
faces pays nothing for it.
"""

import asyncio
import contextlib
import importlib.util
import os
import signal
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

from infra.local import ports, processes, tether
from infra.local.home import REPOSITORY

_MODULE = "infra.sagemaker.faces.server"
_NETWORKS = "face_models"  # made by infra/tools/face_models.py
_START_SECONDS = 30
_IDLE_SECONDS = 600
_LOOK_SECONDS = 5.0
_PATIENCE_SECONDS = 3.0


class FacesNotHere(Exception):
    """The process cannot run on this machine; the message says why."""


class FaceService:
    """At most one process."""

    def __init__(self, log: Path) -> None:
        self._log = log
        self._process: asyncio.subprocess.Process | None = None
        self._port = 0
        self._starting = asyncio.Lock()
        self._asked_at = 0.0
        self._asking = 0

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.returncode is None

    @contextlib.asynccontextmanager
    async def address(self) -> AsyncIterator[str]:
        """Where it answers, for as long as this is held; starts it when it does not run."""
        self._asking += 1
        try:
            async with self._starting:
                if not self.is_running:
                    await self._start()
            yield f"http://{ports.LOOPBACK}:{self._port}"
        finally:
            self._asking -= 1
            self._asked_at = time.monotonic()

    async def run(self) -> None:
        """End it when it has been idle for long. Runs until it is cancelled, and then ends it at once."""
        try:
            while True:
                await asyncio.sleep(_LOOK_SECONDS)
                async with self._starting:
                    if not self._asking and time.monotonic() - self._asked_at > _IDLE_SECONDS:
                        await self._stop()
        finally:
            await self._stop()

    async def _start(self) -> None:
        if importlib.util.find_spec(_NETWORKS) is None:
            raise FacesNotHere("the networks of the face service are not installed; `make run` fetches them")
        self._port = ports.any_free()
        with self._log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-I", tether.__file__, "--signal", "KILL", "--parent", str(os.getpid()), "--"),
                *(sys.executable, "-m", _MODULE, "serve", "--host", ports.LOOPBACK, "--port", str(self._port)),
                cwd=REPOSITORY,
                env=_variables(),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        ready = False
        try:
            async with asyncio.timeout(_START_SECONDS):
                while self.is_running and not ready:
                    await asyncio.sleep(0.05)
                    ready = await self._answers()
        except TimeoutError:
            pass
        finally:  # also when who asked has gone
            if not ready:
                await self._stop()
        if not ready:
            raise FacesNotHere(f"the face service does not start: {processes.last_lines(self._log, 5)}")

    async def _answers(self) -> bool:
        try:
            reader, writer = await asyncio.open_connection(ports.LOOPBACK, self._port)
        except OSError:
            return False
        try:
            writer.write(b"GET /ping HTTP/1.1\r\nhost: faces\r\nconnection: close\r\n\r\n")
            return b" 200 " in await reader.readline()
        except OSError:
            return False
        finally:
            writer.close()

    async def _stop(self) -> None:
        if self._process is not None:
            await processes.stop(self._process, signal.SIGTERM, _PATIENCE_SECONDS)


def _variables() -> dict[str, str]:
    """No keys of this machine's owner: it needs none."""
    machine = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR", "LANG") if name in os.environ}
    roots = (REPOSITORY, REPOSITORY / "layers" / "darkroom")
    return {**machine, "PYTHONPATH": os.pathsep.join(map(str, roots)), "PYTHONUNBUFFERED": "1"}
