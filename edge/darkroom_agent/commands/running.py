"""`darkroom-agent run`."""

import argparse
import contextlib
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from darkroom_agent.agent import Agent
from darkroom_agent.api import checked
from darkroom_agent.cameras import Source, open_source
from darkroom_agent.errors import AgentError, CameraFailed
from darkroom_agent.home import Home, Pairing
from darkroom_agent.pace import Pace
from darkroom_agent.spool import Spool

log = logging.getLogger(__name__)

_LOOKS_SECONDS: Final = 1.0


class Missing(Source):
    """A camera that is not there, while there are photos to be sent all the same."""

    identity = "missing"

    def __init__(self, camera: str, why: str) -> None:
        self._camera = camera
        self._why = why
        self.name = why

    def described(self) -> list[dict[str, str]]:
        return []

    def take(self) -> bytes:
        # It may have been plugged in meanwhile.
        return open_source(self._camera).take()


def run(options: argparse.Namespace) -> int:
    # systemd's journal has the time by itself.
    shape = "%(message)s" if "JOURNAL_STREAM" in os.environ else "%(asctime)s %(message)s"
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format=shape, datefmt="%Y-%m-%d %H:%M:%S")
    logging.getLogger("websockets").setLevel(logging.WARNING)
    home = Home()
    pairing = home.pairing()
    if options.api:
        pairing = replace(pairing, api=checked(options.api))
    with _alone(home):
        source = _source(options.camera or pairing.camera, home, pairing)
        agent = Agent(home, pairing, source, Pace.from_environment(options.interval))
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, lambda *_: agent.stop())
        log.info("%s, by %s, to %s", pairing.name, source.name, pairing.api)
        agent.run()
    log.info("stopped")
    return 0


@contextlib.contextmanager
def _alone(home: Home) -> Iterator[None]:
    """One `run` for a folder."""
    # Others look for a moment whether it runs: that must not keep it from starting.
    until, stop = time.monotonic() + _LOOKS_SECONDS, threading.Event()
    while True:
        with home.locked("run") as is_alone:
            if is_alone:
                yield
                return
        if time.monotonic() > until:
            raise AgentError("Another `darkroom-agent run` works in this folder already.")
        stop.wait(0.05)


def _source(camera: str, home: Home, pairing: Pairing) -> Source:
    """A camera that is not there is said at once, unless older photos wait: they do not need it."""
    try:
        return open_source(camera)
    except CameraFailed as error:
        if not _is_anything_waiting(home, pairing):
            raise
        log.error("%s Photos that wait are sent all the same.", error)  # noqa: TRY400 - a person reads it
        return Missing(camera, str(error))


def _is_anything_waiting(home: Home, pairing: Pairing) -> bool:
    with Spool.opened(home, pairing.device_id) as spool:
        return spool.counts().waiting > 0
