"""A place in storage for a photo, the same one as long as the same photo is meant."""

from typing import Final
from uuid import UUID

from captures.queries import arriving
from captures.queries.arriving import Announced, Arriving
from captures.schemas.agent import Announcement, UploadPlace
from captures.service.asking import tell
from darkroom import clock, storage, throttle
from darkroom.db import Tx
from darkroom.settings import settings

FOLDER: Final = "captures"
_HOUR: Final = 3600

# What an agent hears of captures that wait for no photo any more.
OVER: Final = {
    "completed": "This capture has its photo already.",
    "failed": "This capture has failed; a photo that was taken all the same is reported anew.",
    "expired": "This capture has expired; a photo that was taken all the same is reported anew.",
}


def check(tx: Tx, device_id: UUID, announced: Announcement) -> Announced:
    """What an agent says it will bring, if it may be brought."""
    storage.check_photo(announced.content_type, announced.size_bytes)
    throttle.hit(tx, "photos", str(device_id), settings().photos_per_device_hour, _HOUR)
    return Announced(announced.content_type, announced.size_bytes, bytes.fromhex(announced.sha256))


def new_key(user_id: UUID, announced: Announced) -> str:
    return storage.new_key(FOLDER, user_id, announced.content_type)


def give(tx: Tx, capture: Arriving, announced: Announced) -> UploadPlace:
    """The capture's photo is on its way. Nothing that lies in storage can be replaced, so another photo than the one
    that was announced before gets another key."""
    key = capture.storage_key
    if key is None or announced != (capture.content_type, capture.file_size_bytes, capture.sha256):
        if key is not None:
            arriving.erase(tx, capture.user_id, [key])
        key = new_key(capture.user_id, announced)
    arriving.give_place(tx, capture.id, key, announced, clock.now())
    if capture.status != "uploading":
        tell(tx, [capture.id])
    return shown(capture.id, key, announced)


def shown(capture_id: UUID, key: str, announced: Announced) -> UploadPlace:
    upload = storage.upload_url(key, announced.content_type, announced.file_size_bytes)
    return UploadPlace(
        capture_id=capture_id,
        storage_key=upload.storage_key,
        url=upload.url,
        method=upload.method,
        headers=upload.headers,
        expires_in=upload.expires_in,
    )
