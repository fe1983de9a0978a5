"""Somebody with a camera on their desk: a person of the running stack, a device, and the real agent beside it."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from infra.local.ports import LOOPBACK
from tests.e2e.people import Photographer
from tests.factories import photos

_PATIENCE_SECONDS = 60
_NOBODY = f"ws://{LOOPBACK}:9/ws"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A camera with three photos."""
    made = tmp_path / "camera"
    made.mkdir()
    for number, picture in enumerate((photos.scene(), photos.scene().rotate(90), photos.scene().rotate(180))):
        picture.save(made / f"{number}.jpg", quality=85)
    return made


class Desk(Photographer):
    """`home` is the agent's folder. The agent is paired at once, and runs when it is started."""

    def __init__(self, stack: Mapping[str, Any], home: Path, camera: str, *, polls: bool = False) -> None:
        """One that polls finds no WebSocket."""
        super().__init__(stack)
        self.home = home
        self.agent: subprocess.Popen[bytes] | None = None
        made = self.ok(self.client.post("/devices", json={"name": "Desk"}))
        self.device_id: str = made["id"]
        self.command("pair", made["pairing_code"], "--api", stack["api"], "--camera", camera).check_returncode()
        if polls:
            pairing = home / "pairing.json"
            pairing.write_text(json.dumps(json.loads(pairing.read_text()) | {"websocket_url": _NOBODY}))

    def command(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-m", "darkroom_agent", *arguments],
            env=self._environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=_PATIENCE_SECONDS,
        )

    def start(self, *options: str) -> None:
        with (self.home / "log").open("ab") as log:
            self.agent = subprocess.Popen(
                [sys.executable, "-m", "darkroom_agent", "run", *options], env=self._environment, stderr=log
            )

    def kill(self) -> None:
        """SIGKILL: it does not get to say goodbye."""
        if self.agent is not None:
            self.agent.kill()
            self.agent.wait(_PATIENCE_SECONDS)

    def close(self) -> None:
        self.kill()
        self.client.close()

    @property
    def _environment(self) -> dict[str, str]:
        return {**os.environ, "DARKROOM_AGENT_HOME": str(self.home)}

    # --- what it sees ------------------------------------------------------------------------------------------------

    def device(self) -> dict[str, Any]:
        found: dict[str, Any] = self.ok(self.client.get(f"/devices/{self.device_id}"))
        return found

    def until_online(self) -> None:
        self.eventually(lambda: self.device()["online"])

    def capture(self, **wish: Any) -> str:
        answer = self.client.post("/captures", json={"device_id": self.device_id, **wish})
        assert answer.status_code == 202, answer.text
        assert answer.json()["status"] == "requested"
        capture_id: str = answer.json()["id"]
        return capture_id

    def look_at(self, capture_id: str) -> dict[str, Any]:
        found: dict[str, Any] = self.ok(self.client.get(f"/captures/{capture_id}"))
        return found

    def completed(self, capture_id: str) -> dict[str, Any]:
        """The capture, when its photo is there."""

        def look() -> dict[str, Any] | None:
            found = self.look_at(capture_id)
            assert found["status"] not in {"failed", "expired"}, found
            return found if found["status"] == "completed" else None

        arrived: dict[str, Any] = self.eventually(look)
        return arrived

    def captures(self, **query: Any) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = self.ok(self.client.get("/captures", params=query))["items"]
        return items

    @staticmethod
    def eventually(look: Callable[[], Any]) -> Any:
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while not (found := look()):
            assert time.monotonic() < deadline, "it never came to be"
            time.sleep(0.05)
        return found
