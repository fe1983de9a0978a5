"""`make demo` against the running stack, with a few photos of its many."""

import io
from collections.abc import Mapping
from contextlib import redirect_stdout
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from darkroom_agent.home import Home as AgentHome
from darkroom_client import Client, MemoryTokens
from infra.local.demo import __main__ as demo
from infra.local.demo import cameras, captures, galleries, stories
from infra.local.demo.person import EMAIL, PASSWORD
from infra.local.home import Home
from tests.e2e.stacks import RunningStack

FEW = 4


def run() -> str:
    with redirect_stdout(io.StringIO()) as said:
        assert demo.main() == 0
    return said.getvalue()


def test_the_demo_person_has_albums_and_doing_it_again_adds_nothing(
    stack: Mapping[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    birthday = [shot for shot in stories.shots() if shot.name.startswith("IMG_20260919")]
    monkeypatch.setattr(stories, "shots", lambda: birthday[:FEW])
    monkeypatch.setattr(demo, "FILLERS", (galleries.fill,))
    monkeypatch.setattr(demo, "chosen", lambda: Home(tmp_path))
    monkeypatch.setattr(demo, "read_document", lambda _: stack)
    said = run()
    assert f"{FEW} photos" in said
    assert PASSWORD in said
    with Client(stack["web"], MemoryTokens()) as client:
        client.sign_in(EMAIL, PASSWORD)
        before = {album.id: album.image_count for album in client.albums()}
        assert sum(before.values()) >= FEW
        assert run() == said
        assert {album.id: album.image_count for album in client.albums()} == before


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


def test_without_a_stack_it_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "chosen", lambda: Home(tmp_path))
    with redirect_stdout(io.StringIO()) as said:
        assert demo.main() == 1
    assert "make run" in said.getvalue()
