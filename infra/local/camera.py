"""A camera on the developer's desk: the agent, in a process of its own, once `make demo` has paired it.

It lives in the stack's home and runs whenever the stack does, so that its schedules go on after a restart.
"""

import asyncio
import os
import signal
import sys

from infra.local import processes, tether
from infra.local.home import Home

_LOOK_SECONDS = 1.0
_REST_SECONDS = 5.0
_PATIENCE_SECONDS = 8.0
_NOT_PAIRED, _REFUSED = 3, 5


class Camera:
    """Keeps the agent running as long as it is paired."""

    def __init__(self, home: Home, api: str) -> None:
        self._home = home
        self._api = api
        self._process: asyncio.subprocess.Process | None = None

    async def run(self) -> None:
        refused: float | None = None
        while True:
            paired = self._paired_at()
            if paired is not None and paired != refused:
                status = await self._run_once()
                # Its device is gone: it waits until it is paired again.
                refused = paired if status in {_NOT_PAIRED, _REFUSED} else None
                await asyncio.sleep(_REST_SECONDS)
            await asyncio.sleep(_LOOK_SECONDS)

    async def stop(self) -> None:
        if self._process is not None:
            await processes.stop(self._process, signal.SIGTERM, _PATIENCE_SECONDS)

    def _paired_at(self) -> float | None:
        try:
            return (self._home.agent / "pairing.json").stat().st_mtime
        except FileNotFoundError:
            return None

    async def _run_once(self) -> int:
        with (self._home.logs / "agent.log").open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-I", tether.__file__, "--signal", "TERM", "--parent", str(os.getpid())),
                *("--", sys.executable, "-m", "darkroom_agent", "run", "--api", self._api),
                env={**os.environ, "DARKROOM_AGENT_HOME": str(self._home.agent)},
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        return await self._process.wait()
