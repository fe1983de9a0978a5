"""Photos on their way: where to bring them, and those that do not come."""

from uuid import UUID

from captures.queries.captures import Capture
from captures.schemas.agent import Announcement, Report, UploadPlace
from darkroom.db import Tx


def place(tx: Tx, device_id: UUID, capture_id: UUID, announced: Announcement) -> UploadPlace:
    raise NotImplementedError


def report(tx: Tx, device_id: UUID, reported: Report) -> UploadPlace:
    raise NotImplementedError


def fail(tx: Tx, device_id: UUID, capture_id: UUID, reason: str) -> Capture:
    raise NotImplementedError
