"""SIGKILL at every step. Started again, the agent has brought every photo once, and its spool is empty."""

import os
import signal
import subprocess
from pathlib import Path

import pytest

from darkroom_agent.clock import Clock, to_wire
from darkroom_agent.home import Home, Pairing
from darkroom_agent.spool import Wish
from darkroom_agent.timetable import Timetable
from tests.fakes.agent_api import AgentApi
from tests.fakes.mjpeg_camera import MjpegCamera, frame
from tests.integration.edge.conftest import is_empty, process, spool_of

STEPS = [
    (kind, number, when)
    for kind, most in (("heartbeat", 2), ("commands", 1), ("upload-url", 2), ("report", 2), ("put", 3), ("complete", 3))
    for number in range(1, most + 1)
    for when in ("before", "after")
]


def kill(victim: "subprocess.Popen[str]") -> None:
    os.kill(victim.pid, signal.SIGKILL)
    victim.wait()


def run_to_the_end(api: AgentApi, home: Home, pairing: Pairing, captures: int) -> None:
    with process("run", "--interval", "0.2"):
        api.until(lambda: len(api.with_status("completed")) == captures and is_empty(home, pairing))


@pytest.mark.parametrize(("kind", "number", "when"), STEPS)
def test_killed_at_a_request(api: AgentApi, home: Home, pairing: Pairing, kind: str, number: int, when: str) -> None:
    """Two photos of its own wait, and two are asked for."""
    with spool_of(home, pairing) as spool:
        for each in range(1_000, 1_002):
            spool.add(frame(each), 1_780_000_000.0 + each, Wish())
    asked = [api.ask(), api.ask()]
    with process("run", "--interval", "0.2") as victim:
        api.at(kind, number, when, lambda: kill(victim))
        victim.wait()
        assert victim.returncode == -signal.SIGKILL
    run_to_the_end(api, home, pairing, 4)
    assert all(capture.status == "completed" for capture in asked)
    assert [capture.completions for capture in api.captures.values()] == [1] * 4
    assert len(set(api.photos())) == 4
    assert len(api.objects) == 4


def test_killed_while_the_camera_works(api: AgentApi, home: Home, pairing: Pairing, camera: MjpegCamera) -> None:
    capture = api.ask()
    with process("run", "--interval", "0.2") as victim:
        camera.before_frame = lambda: kill(victim)
        victim.wait()
        camera.before_frame = lambda: None
    run_to_the_end(api, home, pairing, 1)
    assert capture.completions == 1
    assert len(api.captures) == 1


def test_killed_offline_between_photos(api: AgentApi, home: Home, pairing: Pairing, camera: MjpegCamera) -> None:
    """What was taken offline is there, and what was taken is not taken again after the restart."""
    with spool_of(home, pairing) as spool:
        now = Clock().now()
        times = [to_wire(now - 2), to_wire(now - 1)]
        Timetable(spool.db, Clock()).replace(1, [{"id": "hour", "name": "Each hour", "next": times}])
    api.go_down()
    with process("run") as victim:
        with spool_of(home, pairing) as spool:
            api.until(lambda: spool.counts().waiting == 1 or spool.counts().waiting == 2)
        kill(victim)
    with process("run") as again, spool_of(home, pairing) as spool:
        api.until(lambda: spool.counts().waiting == 2)
        kill(again)
    api.come_back()
    run_to_the_end(api, home, pairing, 2)
    assert sorted(capture.due_at or "" for capture in api.captures.values()) == times
    assert [capture.completions for capture in api.captures.values()] == [1, 1]


@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT"])
def test_asked_to_end_it_ends_in_order(api: AgentApi, home: Home, pairing: Pairing, name: str) -> None:
    with process("run", "--interval", "0.2") as agent:
        api.until(lambda: api.socket.is_connected)
        agent.send_signal(getattr(signal, name))
        said, _ = agent.communicate()
    assert agent.returncode == 0
    assert said.endswith("stopped\n")
    assert "Traceback" not in said


def test_its_files_are_its_owners_alone(api: AgentApi, home: Home, pairing: Pairing) -> None:
    with process("run", "--interval", "0.2"):
        api.until(lambda: api.count("heartbeat") > 1 and (home.folder / "status.json").exists())
        modes = {path.name: path.stat().st_mode & 0o077 for path in home.folder.iterdir()}
    assert set(modes.values()) == {0}
    assert home.folder.stat().st_mode & 0o077 == 0
    assert pairing.device_token not in repr(pairing)


def test_one_run_for_a_folder(api: AgentApi, home: Home, pairing: Pairing) -> None:
    with process("run", "--interval", "0.2"):
        api.until(lambda: api.count("heartbeat") > 0)
        with process("run") as second:
            said, _ = second.communicate()
    assert second.returncode == 1
    assert "Another" in said


def test_opencv_is_not_loaded_for_a_camera_that_gives_jpegs(api: AgentApi, home: Home, pairing: Pairing) -> None:
    capture = api.ask()
    with process("run", "--interval", "0.2") as agent:
        api.until(lambda: capture.status == "completed")
        loaded = Path(f"/proc/{agent.pid}/maps")
        if loaded.exists():
            assert "cv2" not in loaded.read_text()
            assert "numpy" not in loaded.read_text()
