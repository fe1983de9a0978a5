"""What the agent on the device says and hears."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from captures.schemas.devices import Camera
from darkroom.http import Answer, Body, Id, Moment

Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Cameras = Annotated[list[Camera], Field(max_length=32)]
_BIGGEST = 2**53


class Agent(Body):
    version: Annotated[str, Field(max_length=100)]
    platform: Annotated[str, Field(max_length=200)]
    cameras: Cameras


class PairRequest(Body):
    pairing_code: Annotated[str, Field(min_length=1, max_length=20)]
    agent: Agent


class Paired(Answer):
    """`device_token` is shown once. The socket takes it in its Authorization header."""

    device_id: UUID
    device_token: str
    websocket_url: str
    name: str


class Heartbeat(Body):
    """`disk_free` is in bytes, `queued` counts the photos that wait to be brought."""

    cameras: Cameras
    disk_free: Annotated[int, Field(ge=0, le=_BIGGEST)]
    queued: Annotated[int, Field(ge=0, le=_BIGGEST)]


class Heard(Answer):
    """What an agent compares with what it knows: the time, whether it is paused, the revision of its schedules and
    pause, and how many captures wait for it."""

    server_time: datetime
    paused: bool
    revision: int
    waiting: int


class CaptureCommand(Answer):
    type: Literal["capture"] = "capture"
    capture_id: UUID
    requested_at: datetime
    expires_at: datetime
    schedule_id: UUID | None
    due_at: datetime | None


class Planned(Answer):
    """A schedule with the times of a day ahead, so that an agent needs no time zone rules."""

    id: UUID
    name: str
    next: list[datetime]


class SchedulesCommand(Answer):
    type: Literal["schedules"] = "schedules"
    revision: int
    schedules: list[Planned]


class PausedCommand(Answer):
    type: Literal["paused"] = "paused"
    revision: int
    paused: bool


Command = Annotated[CaptureCommand | SchedulesCommand | PausedCommand, Field(discriminator="type")]


class Commands(Answer):
    """`poll_after` is how many seconds to wait before asking again."""

    commands: list[Command]
    revision: int
    poll_after: int


class Announcement(Body):
    """What is about to be brought."""

    content_type: Annotated[str, Field(max_length=100)]
    size_bytes: Annotated[int, Field(ge=0, le=_BIGGEST)]
    sha256: Sha256


class Report(Announcement):
    """A photo that was taken while the platform could not be reached. `client_id` is the agent's own name of it: a
    repeated report is the same capture."""

    client_id: Id
    taken_at: Moment
    schedule_id: Id | None = None
    due_at: Moment | None = None


class Completion(Body):
    storage_key: Annotated[str, Field(max_length=500)]
    sha256: Sha256
    taken_at: Moment
    width: Annotated[int, Field(ge=1, le=1_000_000)]
    height: Annotated[int, Field(ge=1, le=1_000_000)]


class Failure(Body):
    reason: Annotated[str, StringConstraints(min_length=1, max_length=500, strip_whitespace=True)]


class UploadPlace(Answer):
    """Where to PUT exactly the bytes that were announced, with these headers."""

    capture_id: UUID
    storage_key: str
    url: str
    method: str
    headers: dict[str, Any]
    expires_in: int
