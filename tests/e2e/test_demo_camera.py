"""The camera of `make demo`, on a stack of its own, which ends with it."""

from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from darkroom_agent.home import Home as AgentHome
from infra.local.demo import __main__ as demo
from infra.local.demo import cameras, captures
from infra.local.demo.person import EMAIL, PASSWORD
from infra.local.home import Home
from tests.e2e.stacks import RunningStack
from tests.e2e.test_demo import run


def test_the_demo_person_has_a_camera_that_runs_as_long_as_the_stack(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = [replace(camera, photos=2) for camera in cameras.CAMERAS]
    monkeypatch.setattr(cameras, "CAMERAS", few)
    monkeypatch.setattr(demo, "FILLERS", (captures.fill,))
    home = Home(tmp_path / "home")
    monkeypatch.setattr(demo, "chosen", lambda: home)
    own = RunningStack(home.root).start()
    try:
        said = run()
        assert "three cameras" in said
        with httpx.Client(base_url=own.stack["api"], timeout=60, trust_env=False) as api:
            tokens = api.post("/auth/login", json={"username": EMAIL, "password": PASSWORD}).raise_for_status().json()
            api.headers["authorization"] = f"Bearer {tokens['access_token']}"
            devices = api.get("/devices").json()["items"]
            taken = len(api.get("/captures", params={"status": "completed"}).json()["items"])
            assert run() == said
            assert api.get("/devices").json()["items"][0]["id"] == devices[0]["id"]
            assert len(api.get("/devices").json()["items"]) == len(devices) == len(few) + 1
            assert len(api.get("/captures", params={"status": "completed"}).json()["items"]) == taken + 1
        assert is_taking_photos(home)
    finally:
        own.stop()
    assert not is_taking_photos(home)


def is_taking_photos(home: Home) -> bool:
    """Whether the agent of this stack runs."""
    return AgentHome(home.agent).is_running()
