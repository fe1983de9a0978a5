"""The real agent beside the running stack: a photo on demand, its money, its pause, and its end."""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.e2e.cameras import Desk

AGENT_REFUSED, AGENT_PAUSED = 5, 6


@pytest.fixture
def desks(stack: Mapping[str, Any], tmp_path: Path, folder: Path) -> Iterator[Callable[..., Desk]]:
    made: list[Desk] = []

    def desk(**options: Any) -> Desk:
        home = tmp_path / f"agent-{len(made)}"
        found = Desk(stack, home, str(folder), **options)
        made.append(found)
        found.start()
        found.until_online()
        return found

    yield desk
    for each in made:
        each.close()


@pytest.mark.parametrize("polls", [False, True], ids=["by WebSocket", "by long poll"])
def test_a_photo_on_demand_is_taken_brought_seen_and_paid(desks: Callable[..., Desk], polls: bool) -> None:
    desk = desks(polls=polls)
    with desk.page() as page:
        page.asks({"action": "subscribe", "topic": f"user:{desk.id}"})
        capture_id = desk.capture()
        heard: dict[str, dict[str, Any]] = {}
        while not {"capture.completed", "capture.paid"} <= set(heard):
            frame = page.hears()
            heard[frame["type"]] = frame["data"]
    completed = heard["capture.completed"]
    assert (completed["id"], completed["status"], completed["device_id"]) == (capture_id, "completed", desk.device_id)
    assert (completed["image"]["width"], completed["image"]["height"]) == (640, 480)
    picture = httpx.get(completed["image"]["thumbnail_url"], trust_env=False)
    assert picture.headers["content-type"] == "image/webp"
    assert heard["capture.paid"]["entry"]["amount_cents"] == 50
    assert desk.look_at(capture_id)["earned_cents"] == 50
    assert desk.ok(desk.client.get("/users/me/stats"))["earned_today_cents"] == 50
    assert (
        desk.ok(desk.client.get("/images", params={"source": "capture"}))["items"][0]["id"] == completed["image"]["id"]
    )
    assert (
        desk.device()["last_image"]["thumbnail_url"].split("?")[0] == completed["image"]["thumbnail_url"].split("?")[0]
    )


def test_the_pause_is_honoured_at_once_and_after_a_restart(desks: Callable[..., Desk]) -> None:
    desk = desks()
    desk.completed(desk.capture())
    desk.ok(desk.client.patch(f"/devices/{desk.device_id}", json={"paused": True}))
    desk.eventually(lambda: desk.command("snap", "--output", str(desk.home / "x.jpg")).returncode == AGENT_PAUSED)
    assert desk.client.post("/captures", json={"device_id": desk.device_id}).status_code == 409
    desk.kill()
    desk.start()
    assert desk.command("snap", "--output", str(desk.home / "x.jpg")).returncode == AGENT_PAUSED
    assert not (desk.home / "x.jpg").exists()
    desk.ok(desk.client.patch(f"/devices/{desk.device_id}", json={"paused": False}))
    desk.completed(desk.capture(when_online=True))


def test_a_removed_device_ends_its_agent(desks: Callable[..., Desk]) -> None:
    desk = desks()
    capture = desk.completed(desk.capture())
    assert desk.client.delete(f"/devices/{desk.device_id}").status_code == 204
    assert desk.agent is not None
    assert desk.agent.wait(60) == AGENT_REFUSED
    assert desk.look_at(capture["id"])["image"] is not None


def test_a_film_of_the_photos_can_be_had(desks: Callable[..., Desk]) -> None:
    desk = desks()
    for _ in range(3):
        desk.completed(desk.capture())
    now = datetime.now(UTC)
    wish = {"from": (now - timedelta(hours=1)).isoformat(), "to": (now + timedelta(hours=1)).isoformat(), "fps": 10}
    job = desk.ok(desk.client.post(f"/devices/{desk.device_id}/timelapse", json=wish))
    document = desk.finished(job["job_id"])
    assert document["status"] == "completed", document
    assert document["result"]["frames"] == 3
    film = httpx.get(document["result"]["url"], trust_env=False)
    assert film.headers["content-type"] == "video/mp4"
    assert film.content[4:8] == b"ftyp"
