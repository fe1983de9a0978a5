"""A platform, a camera, and an agent between them: in this process, or in one of its own that can be killed."""

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from darkroom_agent.agent import Agent
from darkroom_agent.cameras import open_source
from darkroom_agent.clock import Clock
from darkroom_agent.errors import AgentError
from darkroom_agent.home import Home, Pairing
from darkroom_agent.pace import Pace
from darkroom_agent.spool import Spool
from tests.fakes.agent_api import AgentApi
from tests.fakes.mjpeg_camera import MjpegCamera

HASTE = 60.0
QUICK = Pace(
    heartbeat=0.1,
    ping=0.1,
    pong=0.3,
    long_poll=1,
    websocket_again=0.2,
    websocket_rarely=0.4,
    backoff_first=0.01,
    backoff_most=0.05,
    photo_backoff_most=0.1,
    look=0.02,
    camera_again=0.01,
    due_again=0.05,
    connect_timeout=5,
    answer_timeout=5,
    storage_timeout=5,
    stop=20,
)
"""The agent's own pace, in hundredths of it. What it waits for others is as long as a busy machine needs."""


@pytest.fixture
def api() -> Iterator[AgentApi]:
    with AgentApi() as running:
        yield running


@pytest.fixture
def camera() -> Iterator[MjpegCamera]:
    with MjpegCamera() as running:
        yield running


@pytest.fixture
def home(tmp_path: Path, environment: pytest.MonkeyPatch) -> Home:
    environment.setenv("DARKROOM_AGENT_HOME", str(tmp_path / "agent"))
    environment.setenv("DARKROOM_AGENT_HASTE", str(HASTE))
    environment.setenv("DARKROOM_AGENT_DISK_FREE_MB", "1")
    return Home()


@pytest.fixture
def pairing(home: Home, api: AgentApi, camera: MjpegCamera) -> Pairing:
    made = Pairing(api.url, api.device.id, api.device.token, api.socket.url, api.device.name, camera.url())
    home.pair(made)
    return made


class Running:
    """An agent that runs in this process."""

    def __init__(self, home: Home, pairing: Pairing, pace: Pace, clock: Clock | None) -> None:
        self.agent = Agent(home, pairing, open_source(pairing.camera), pace, clock)
        self.ended_by: AgentError | None = None
        self._thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        try:
            self.agent.run()
        except AgentError as error:
            self.ended_by = error

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self.agent.stop()
        self._thread.join()

    def ended(self) -> AgentError | None:
        self._thread.join()
        return self.ended_by


@pytest.fixture
def running(home: Home, pairing: Pairing) -> Iterator[Callable[..., Running]]:
    """Starts an agent; it ends with the test."""
    started: list[Running] = []

    def start(clock: Clock | None = None, **paces: float) -> Running:
        made = Running(home, pairing, replace(QUICK, **paces), clock)
        started.append(made)
        made.start()
        return made

    yield start
    for each in started:
        each.stop()


@contextmanager
def spool_of(home: Home, pairing: Pairing) -> Iterator[Spool]:
    """Looked at from outside, as `status` does."""
    with Spool.opened(home, pairing.device_id) as spool:
        yield spool


def is_empty(home: Home, pairing: Pairing) -> bool:
    with spool_of(home, pairing) as spool:
        return spool.counts().waiting == 0 and not spool.failures()


def command(*arguments: str | Path) -> list[str]:
    """The `darkroom-agent` command, in a process of its own."""
    return [sys.executable, "-m", "darkroom_agent", *map(str, arguments)]


@contextmanager
def process(*arguments: str | Path) -> Iterator["subprocess.Popen[str]"]:
    """It runs until the block ends."""
    started = subprocess.Popen(
        command(*arguments), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=dict(os.environ)
    )
    try:
        yield started
    finally:
        started.terminate()
        try:
            started.wait(30)
        finally:
            started.kill()  # one that does not end is a failure, and is not left behind
            started.wait()
        if started.stdout is not None:
            started.stdout.close()
