"""Captures: a camera with a moving test picture, its schedules, and the photos of some days before."""

import hashlib
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import uuid4

import httpx

from darkroom_agent.home import Home as AgentHome
from darkroom_client import DarkroomError
from infra.local.demo.person import EMAIL, PASSWORD, Person, say

NAME: Final = "Window"
SCHEDULES: Final = (
    ("Through the day", "rate(5 minutes)", "UTC"),
    ("Working hours", "cron(0/30 9-17 ? * MON-FRI *)", "Europe/Berlin"),
)
DAYS_BEFORE: Final = 2
PHOTOS_A_DAY: Final = 14
_PATIENCE_SECONDS: Final = 60
_TYPE: Final = "image/jpeg"


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
        print(f"\r  a camera, paired and running, with {len(schedules)} schedules: {person.web}/captures")


def _paired(api: httpx.Client, person: Person) -> dict[str, Any]:
    """The camera that is there already, or a new one with its agent, its schedules and what it saw before."""
    home = AgentHome(person.agent)
    for device in _ok(api.get("/devices"))["items"]:
        if device["paired"] and _is_paired_as(home, device["id"]):
            found: dict[str, Any] = device
            return found
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
    _bring_history(address, home.pairing().device_token)
    return made


def _is_paired_as(home: AgentHome, device_id: str) -> bool:
    try:
        return home.pairing().device_id == device_id
    except Exception:  # noqa: BLE001 - whatever is wrong with it, it is paired anew
        return False


def _bring_history(address: str, token: str) -> None:
    """As an agent does that was offline for some days."""
    moments = list(_moments(datetime.now(UTC)))
    with httpx.Client(timeout=60, trust_env=False) as http:
        agent = {"authorization": f"Bearer {token}"}
        for done, (moment, photo) in enumerate(_with_photos(moments), 1):
            say(f"photos of the last days: {done} of {len(moments)}")
            told = {"sha256": hashlib.sha256(photo).hexdigest(), "taken_at": moment.isoformat()}
            announced = {"client_id": str(uuid4()), "content_type": _TYPE, "size_bytes": len(photo)}
            place = _ok(http.post(f"{address}/agent/captures", json=told | announced, headers=agent))
            http.put(place["url"], content=photo, headers=place["headers"]).raise_for_status()
            complete = told | {"storage_key": place["storage_key"], "width": 1280, "height": 720}
            path = f"{address}/agent/captures/{place['capture_id']}/complete"
            _ok(http.post(path, json=complete, headers=agent))


def _moments(now: datetime) -> Iterator[datetime]:
    """Of the days before and of today, from seven in the morning on."""
    first = now.replace(hour=7, minute=0, second=0, microsecond=0)
    for day in range(DAYS_BEFORE, -1, -1):
        for number in range(PHOTOS_A_DAY):
            moment = first - timedelta(days=day) + timedelta(minutes=50 * number)
            if moment < now:
                yield moment


def _with_photos(moments: list[datetime]) -> Iterator[tuple[datetime, bytes]]:
    from darkroom_agent.cameras.painting import painted
    from darkroom_agent.cameras.scene import SIZE
    from darkroom_agent.cameras.video import jpeg

    for moment in moments:
        chance = random.Random(int(moment.timestamp()))  # noqa: S311 - a landscape, not a secret
        yield moment, jpeg(painted(chance, SIZE, moment.astimezone().timetuple()))


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
