"""Captures: what was asked of a camera, and what came of it."""

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from darkroom.http import Answer, Body, Id, Page

Status = Literal["requested", "dispatched", "uploading", "completed", "failed", "expired"]


class NewCapture(Body):
    """`when_online` asks of a device that cannot be reached now to take the photo when it is back, within a day."""

    device_id: Id
    when_online: bool = False


class CaptureRequested(Answer):
    id: UUID
    status: Literal["requested"]


class CapturedImage(Answer):
    """Pictures of at most 1600 and 400 px; `thumbhash` (base64) is a blurred preview of some 20 bytes."""

    id: UUID
    url: str
    thumbnail_url: str
    thumbhash: str | None
    width: int
    height: int


class Capture(Answer):
    """`earned_cents` is null until the photo has been looked at by whoever pays; `earned_reason` says in words why it
    earned nothing. `error` says why it failed or expired."""

    id: UUID
    device_id: UUID
    schedule_id: UUID | None
    due_at: datetime | None
    status: Status
    requested_at: datetime
    taken_at: datetime | None
    completed_at: datetime | None
    image: CapturedImage | None
    earned_cents: int | None
    earned_reason: str | None
    currency: str
    error: str | None


class CaptureList(Page[Capture]):
    """Captures, the latest first."""


class Day(Answer):
    date: date
    captures: int
    earned_cents: int


class Days(Answer):
    """Photos by the day on which they were taken and money by the day on which it was earned, empty days among them."""

    items: list[Day]
    currency: str
