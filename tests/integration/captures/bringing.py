"""What an agent does with a photo, step by step, and what a person sees of it."""

import hashlib
from datetime import UTC, datetime
from functools import cache
from typing import Any
from uuid import UUID

from PIL import Image, ImageDraw

from captures import shaping
from captures.service import captures, commands
from darkroom import clock, db, ids
from realtime import service as sockets
from tests.api import Answer
from tests.factories.photos import encoded, exif
from tests.integration.captures.conftest import Agent, World

TAKEN = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)


@cache
def photo(number: int = 1, kind: str = "JPEG", **metadata: Any) -> bytes:
    """A picture that differs from every other number's, and is the same each time."""
    drawn = Image.effect_noise((320, 240), 20 + number).convert("RGB")
    ImageDraw.Draw(drawn).ellipse((number * 7 % 200, 20, number * 7 % 200 + 90, 130), fill=(number * 37 % 255, 90, 160))
    return encoded(drawn, kind, **({"exif": exif(**metadata)} if metadata else {}))


def announced(picture: bytes, content_type: str = "image/jpeg") -> dict[str, Any]:
    return {
        "content_type": content_type,
        "size_bytes": len(picture),
        "sha256": hashlib.sha256(picture).hexdigest(),
    }


def reported(picture: bytes, client_id: UUID | None = None, **changes: Any) -> dict[str, Any]:
    fields = {"client_id": str(client_id or ids.new_id()), "taken_at": clock.rfc3339(TAKEN), **announced(picture)}
    return fields | {name: _plain(value) for name, value in changes.items()}


def said(place: dict[str, Any], picture: bytes, **changes: Any) -> dict[str, Any]:
    """What completes a capture."""
    fields = {
        "storage_key": place["storage_key"],
        "sha256": hashlib.sha256(picture).hexdigest(),
        "taken_at": clock.rfc3339(TAKEN),
        "width": 1,
        "height": 1,
    }
    return fields | {name: _plain(value) for name, value in changes.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return clock.rfc3339(value)
    return str(value) if isinstance(value, UUID) else value


def requested(world: World, agent: Agent, **wish: Any) -> UUID:
    answer = world.post("/captures", {"device_id": str(agent.id), **wish})
    assert answer.status == 202, answer.text
    assert answer.json()["status"] == "requested"
    return UUID(answer.json()["id"])


def place(agent: Agent, capture_id: UUID, picture: bytes, **changes: Any) -> Answer:
    return agent.say(f"/captures/{capture_id}/upload-url", announced(picture) | changes)


def placed(agent: Agent, capture_id: UUID, picture: bytes, **changes: Any) -> dict[str, Any]:
    answer = place(agent, capture_id, picture, **changes)
    assert answer.status == 200, answer.text
    shown: dict[str, Any] = answer.json()
    return shown


def report(agent: Agent, picture: bytes, client_id: UUID | None = None, **changes: Any) -> dict[str, Any]:
    answer = agent.say("/captures", reported(picture, client_id, **changes))
    assert answer.status == 201, answer.text
    shown: dict[str, Any] = answer.json()
    return shown


def bring(world: World, agent: Agent, capture_id: UUID, picture: bytes, **changes: Any) -> dict[str, Any]:
    """A place, the bytes, and done: the capture as it is then."""
    where = placed(agent, capture_id, picture)
    world.bucket.objects[where["storage_key"]] = picture
    answer = agent.complete(capture_id, said(where, picture, **changes))
    assert answer.status == 200, answer.text
    shown: dict[str, Any] = answer.json()
    return shown


def captured(world: World, capture_id: UUID | str) -> dict[str, Any]:
    """The capture as its owner sees it, also when a test's time has left the sign-in behind."""
    with db.reading() as tx:
        row = captures.get(tx, world.person.user_id, UUID(str(capture_id)))
    return shaping.document(shaping.capture(row))


def listed(world: World, **query: Any) -> list[dict[str, Any]]:
    answer = world.get("/captures", query=query)
    assert answer.status == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


def told(world: World, capture_id: UUID | str) -> list[str]:
    """Each state of a capture that its owner was told of."""
    return [data["status"] for _, data in world.pushed() if data.get("id") == str(capture_id)]


def commanded(world: World, agent: Agent) -> list[dict[str, Any]]:
    """What the agent's socket was sent."""
    return [data for _, data in world.pushed(commands.topic(agent.id), commands.PUSH)]


def open_socket(agent: Agent, connection_id: str = "socket") -> None:
    with db.transaction() as tx:
        sockets.connect(tx, connection_id, "device", agent.id, None)


def erased(world: World) -> set[str]:
    """Objects that the next sweep of storage removes."""
    with db.reading() as tx:
        return {row["storage_key"] for row in tx.all("SELECT storage_key FROM storage_erasures")}


def brought(world: World, agent: Agent, picture: bytes | None = None) -> tuple[UUID, dict[str, Any]]:
    """A capture whose photo is in storage; its place."""
    picture = photo() if picture is None else picture
    capture_id = requested(world, agent)
    where = placed(agent, capture_id, picture)
    world.bucket.objects[where["storage_key"]] = picture
    return capture_id, where


def images(world: World) -> list[dict[str, Any]]:
    """The person's photos."""
    with db.reading() as tx:
        return tx.all("SELECT * FROM images WHERE user_id = %s ORDER BY id", (world.person.user_id,))


def published(world: World) -> list[str]:
    """What the bus was told."""
    return [event["DetailType"] for event in world.sqs.events]
