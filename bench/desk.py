"""A running stack with a camera on a desk: a person, a device, and the real agent in a process of its own."""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from infra.local.ports import LOOPBACK
from tests.e2e.stacks import RunningStack

PASSWORD = "correct horse battery"
_PATIENCE_SECONDS = 60
_ABSENT = f"ws://{LOOPBACK}:9/ws"  # nobody listens there


@dataclass(frozen=True)
class Desk:
    """What a measurement works with: the API as its person, and the agent's process."""

    api: httpx.Client
    device_id: str
    agent: "subprocess.Popen[bytes]"
    database: str

    def capture(self) -> str:
        answer = self.api.post("/captures", json={"device_id": self.device_id}).raise_for_status()
        return str(answer.json()["id"])

    def look_at(self, capture_id: str) -> dict[str, Any]:
        found: dict[str, Any] = self.api.get(f"/captures/{capture_id}").raise_for_status().json()
        return found

    def completed(self, capture_id: str) -> dict[str, Any]:
        """The capture, when its photo is there."""
        found = self.look_at(capture_id)
        give_up = time.monotonic() + _PATIENCE_SECONDS
        while found["status"] != "completed":
            if found["status"] in {"failed", "expired"} or time.monotonic() > give_up:
                raise RuntimeError(f"the capture is {found['status']}: {found['error']}")
            time.sleep(0.05)
            found = self.look_at(capture_id)
        return found


@contextmanager
def desk(camera: str, *, polls: bool = False) -> Iterator[Desk]:
    """`camera` is the agent's; one that polls finds no WebSocket."""
    with tempfile.TemporaryDirectory() as folder:
        running = RunningStack(Path(folder) / "stack").start()
        try:
            with httpx.Client(base_url=running.stack["api"], timeout=60, trust_env=False) as api:
                _sign_in(api)
                device = api.post("/devices", json={"name": "Desk"}).raise_for_status().json()
                agent = _agent(Path(folder) / "agent", device["pairing_code"], running.stack["api"], camera, polls)
                try:
                    _wait_until(lambda: bool(api.get(f"/devices/{device['id']}").json()["online"]))
                    yield Desk(api, device["id"], agent, running.stack["database"])
                finally:
                    agent.terminate()
                    agent.wait(20)
        finally:
            running.stop()


def _sign_in(api: httpx.Client) -> None:
    who = {"email": "desk@example.com", "password": PASSWORD}
    api.post("/auth/register", json={**who, "name": "Desk"}).raise_for_status()
    signed_in = api.post("/auth/login", json={"username": who["email"], "password": PASSWORD}).raise_for_status()
    api.headers["authorization"] = f"Bearer {signed_in.json()['access_token']}"


def _agent(home: Path, code: str, api: str, camera: str, polls: bool) -> "subprocess.Popen[bytes]":
    environment = {**os.environ, "DARKROOM_AGENT_HOME": str(home)}
    command = [sys.executable, "-m", "darkroom_agent"]
    subprocess.run(
        [*command, "pair", code, "--api", api, "--camera", camera],
        env=environment,
        check=True,
        stdout=subprocess.DEVNULL,
    )
    if polls:
        pairing = home / "pairing.json"
        pairing.write_text(json.dumps(json.loads(pairing.read_text()) | {"websocket_url": _ABSENT}))
    return subprocess.Popen([*command, "run"], env=environment, stderr=subprocess.DEVNULL)


def _wait_until(is_so: Callable[[], bool]) -> None:
    give_up = time.monotonic() + _PATIENCE_SECONDS
    while not is_so():
        if time.monotonic() > give_up:
            raise RuntimeError("the camera does not come up")
        time.sleep(0.2)
