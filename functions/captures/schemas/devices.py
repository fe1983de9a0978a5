"""Devices, as their owners see them."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from darkroom.http import MAY_BE_LEFT_OUT, Answer, Body, Line, Moment, Page

Name = Annotated[Line, Field(min_length=1, max_length=120)]


class NewDevice(Body):
    name: Name


class DeviceChange(Body):
    """`paused` is the privacy switch: while it is on nobody takes a photo, neither by schedule nor by hand."""

    name: Annotated[Name, MAY_BE_LEFT_OUT] = ""
    paused: Annotated[bool, MAY_BE_LEFT_OUT] = False


class Pairing(Answer):
    """What to tell the agent: `darkroom-agent pair CODE`. The code works once, until `expires_at`."""

    id: UUID
    name: str
    pairing_code: str
    expires_at: datetime


class Camera(Body):
    id: Annotated[str, Field(max_length=200)]
    name: Annotated[str, Field(max_length=200)]


class LastImage(Answer):
    url: str
    thumbnail_url: str
    taken_at: datetime


class Device(Answer):
    """A camera. `online` is whether its agent was heard of in the last 90 seconds; `queued` is how many photos it has
    still to bring."""

    id: UUID
    name: str
    online: bool
    paired: bool
    paired_at: datetime | None
    paused: bool
    last_seen_at: datetime | None
    last_image: LastImage | None
    cameras: list[Camera]
    queued: int | None
    disk_free: int | None
    agent_version: str | None
    platform: str | None
    created_at: datetime


class DeviceList(Page[Device]):
    """Devices, newest first."""


class TimelapseRequest(Body):
    """A film of the photos taken from one moment until another."""

    from_: Annotated[Moment, Field(alias="from")]
    to: Moment
    fps: Annotated[int, Field(ge=1, le=60)] = 12
