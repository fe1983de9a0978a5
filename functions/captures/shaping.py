"""Rows into wire models, with addresses signed for whoever reads them."""

from base64 import b64encode
from typing import Any

from captures.queries.captures import Capture
from captures.queries.devices import Device
from captures.queries.schedules import Schedule
from captures.schemas import captures as capture_models
from captures.schemas import devices as device_models
from captures.schemas import schedules as schedule_models
from captures.service import schedules
from darkroom import ledger, pictures


def device(row: Device) -> device_models.Device:
    last = None
    if row.last_image_id is not None:
        last = {
            "url": pictures.url(row.last_image_id, pictures.VIEW_EDGE),
            "thumbnail_url": pictures.url(row.last_image_id, pictures.THUMBNAIL_EDGE),
            "taken_at": row.last_taken_at,
        }
    agent = row.agent or {}
    return device_models.Device.model_validate(
        {
            **row._asdict(),
            "paired": row.paired_at is not None,
            "paused": row.paused_at is not None,
            "last_image": last,
            "agent_version": agent.get("version"),
            "platform": agent.get("platform"),
        }
    )


def capture(row: Capture) -> capture_models.Capture:
    image = None
    if row.image_id is not None:
        image = {
            "id": row.image_id,
            "url": pictures.url(row.image_id, pictures.VIEW_EDGE),
            "thumbnail_url": pictures.url(row.image_id, pictures.THUMBNAIL_EDGE),
            "thumbhash": b64encode(row.thumbhash).decode() if row.thumbhash else None,
            "width": row.width,
            "height": row.height,
        }
    return capture_models.Capture.model_validate({**row._asdict(), "image": image, "currency": ledger.CURRENCY})


def schedule(row: Schedule) -> schedule_models.Schedule:
    return schedule_models.Schedule.model_validate({**row._asdict(), **schedules.in_words(row)})


def document(model: Any) -> dict[str, Any]:
    """A wire model as a push carries it."""
    shown: dict[str, Any] = model.model_dump(mode="json")
    return shown
