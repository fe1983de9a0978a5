"""The agent's memory and CPU at one photo a second, beside a bare OpenCV loop on the same camera.

The camera is an MJPEG server with pictures of 1280 x 720. The agent keeps each photo in its spool, fsynced, brings it
to the running local stack and hears that it arrived; the peer reads the same stream with OpenCV and overwrites one
file.

    make bench ARGS=agent_footprint         # PHOTOS=60
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from bench import measure
from bench.desk import desk
from bench.platform import Platform
from tests.e2e.cameras import Desk
from tests.factories import photos
from tests.fakes.mjpeg_camera import MjpegCamera

PHOTOS = int(os.environ.get("PHOTOS", "60"))
BUDGET_MEGABYTES = 80  # of the 512 of a Raspberry Pi Zero 2
BUDGET_CPU = 0.25  # of one core

_TICKS = os.sysconf("SC_CLK_TCK")


class Used(NamedTuple):
    """Of a process: the most memory it has had, and its seconds of CPU."""

    megabytes: float
    cpu_seconds: float


class _Camera(MjpegCamera):
    """Some fifteen frames a second, as a cheap one has them."""

    def __init__(self) -> None:
        super().__init__()
        self._picture = photos.jpeg(1280, 720)
        self.before_frame = lambda: time.sleep(0.05)

    def _next(self) -> bytes:
        self.before_frame()
        return self._picture


def run(_: Platform) -> bool:
    """Ask for a photo each second, and look at the process meanwhile."""
    with _Camera() as camera:
        with desk(camera.url()) as there:
            ours, sent = _agent(there)
        peer = _peer(camera.url())
    rows = [
        ["one photo a second", "photos", "memory, most", "CPU of a core"],
        ["darkroom-agent", str(sent), f"{ours.megabytes:.0f} MB", f"{ours.cpu_seconds / PHOTOS:.1%}"],
        ["a bare OpenCV loop", str(PHOTOS), f"{peer.megabytes:.0f} MB", f"{peer.cpu_seconds / PHOTOS:.1%}"],
        ["ratio", "", f"{ours.megabytes / peer.megabytes:.2f}", f"{ours.cpu_seconds / peer.cpu_seconds:.2f}"],
    ]
    print(measure.table(rows))
    print(f"\nbudget: {BUDGET_MEGABYTES} MB, {BUDGET_CPU:.0%} of a core, every photo there")
    is_small = ours.megabytes <= BUDGET_MEGABYTES and ours.cpu_seconds / PHOTOS <= BUDGET_CPU
    return is_small and sent == PHOTOS


def _agent(there: Desk) -> tuple[Used, int]:
    there.completed(there.capture())
    assert there.agent is not None
    before = _used(there.agent.pid)
    asked = []
    for _ in range(PHOTOS):
        began = time.monotonic()
        asked.append(there.capture())
        time.sleep(max(0.0, 1 - (time.monotonic() - began)))
    arrived = [there.completed(each) for each in asked]
    after = _used(there.agent.pid)
    return Used(after.megabytes, after.cpu_seconds - before.cpu_seconds), len(arrived)


def _peer(address: str) -> Used:
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "bench.peers.opencv_camera", address, str(Path(folder) / "photo.jpg")]
        with subprocess.Popen([*command, str(PHOTOS + 5)]) as process:
            time.sleep(4)  # its imports are done
            before = _used(process.pid)
            time.sleep(PHOTOS)
            after = _used(process.pid)
            process.terminate()
    return Used(after.megabytes, after.cpu_seconds - before.cpu_seconds)


def _used(pid: int) -> Used:
    """Linux tells."""
    words = Path(f"/proc/{pid}/status").read_text().split()
    times = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return Used(int(words[words.index("VmHWM:") + 1]) / 1024, (int(times[11]) + int(times[12])) / _TICKS)
