"""Captures: a camera with a moving test picture that is there, and two that were there for some days."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any, Final

import httpx

from darkroom_agent.home import Home as AgentHome
from darkroom_client import DarkroomError
from infra.local.demo import cameras
from infra.local.demo.person import EMAIL, PASSWORD, Person, say

NAME: Final = "Window"
SCHEDULES: Final = (
    ("Through the day", "rate(5 minutes)", "UTC"),
    ("Working hours", "cron(0/30 9-17 ? * MON-FRI *)", "Europe/Berlin"),
)
DAYS_BEFORE: Final = 2
_PATIENCE_SECONDS: Final = 60


def fill(person: Person) -> None:
    with httpx.Client(base_url=f"{person.web}/api/v1", timeout=60, trust_env=False) as api:
        signed_in = _ok(api.post("/auth/login", json={"username": EMAIL, "password": PASSWORD}))
        api.headers["authorization"] = f"Bearer {signed_in['access_token']}"
        device = _paired(api, person)
        say("waiting for the camera")
        _wait_for(lambda: _ok(api.get(f"/devices/{device['id']}"))["online"], "the camera does not come up")
        say("taking a photo")
        asked = _ok(api.post("/captures", json={"device_id": device["id"]}))
        _wait_for(lambda: _ok(api.get(f"/captures/{asked['id']}"))["status"] == "completed", "the camera took no photo")
        schedules = _ok(api.get("/schedules"))["items"]
        say("")
        print(f"\r  three cameras, one of them running, with {len(schedules)} schedules: {person.web}/captures")


def _paired(api: httpx.Client, person: Person) -> dict[str, Any]:
    """The camera that is there already, or a new one with its agent, its schedules and what it saw before."""
    home = AgentHome(person.agent)
    for device in _ok(api.get("/devices"))["items"]:
        if device["paired"] and _is_paired_as(home, device["id"]):
            found: dict[str, Any] = device
            return found
    say("two cameras, and what they saw")
    cameras.fill(api, person.folder / "cameras", days=range(DAYS_BEFORE, -1, -1))
    say("a camera that is there")  # the newest, which pages show first
    made: dict[str, Any] = _ok(api.post("/devices", json={"name": NAME}))
    address = str(api.base_url).rstrip("/")
    subprocess.run(
        [sys.executable, "-m", "darkroom_agent", "pair", made["pairing_code"], "--api", address, "--camera", "test"],
        env={**os.environ, "DARKROOM_AGENT_HOME": str(person.agent)},
        check=True,
        stdout=subprocess.DEVNULL,
    )
    for name, expression, timezone in SCHEDULES:
        wish = {"device_id": made["id"], "name": name, "expression": expression, "timezone": timezone}
        _ok(api.post("/schedules", json=wish))
    return made


def _is_paired_as(home: AgentHome, device_id: str) -> bool:
    try:
        return home.pairing().device_id == device_id
    except Exception:  # noqa: BLE001 - whatever is wrong with it, it is paired anew
        return False


def _wait_for(is_so: Callable[[], bool], otherwise: str) -> None:
    give_up = time.monotonic() + _PATIENCE_SECONDS
    while not is_so():
        if time.monotonic() > give_up:
            raise DarkroomError(f"{otherwise}; its log is agent.log in the stack's logs")
        time.sleep(0.5)


def _ok(answer: httpx.Response) -> Any:
    if not answer.is_success:
        raise DarkroomError(f"{answer.request.method} {answer.request.url.path}: {answer.status_code} {answer.text}")
    return answer.json()
