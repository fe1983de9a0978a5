"""A photo has been brought: what storage holds is looked into, and becomes an image.

No transaction is open while bytes are read. The image's id is that of its place in storage, so whoever is killed in
between and does it again writes the same objects; one transaction at the end says everything at once: the capture is
complete, its image is there, and whoever waits for photos is told.
"""

import tempfile
from datetime import UTC, datetime
from typing import BinaryIO, Final, NoReturn
from uuid import UUID

from captures.queries import arriving, asking
from captures.queries import captures as rows
from captures.queries.arriving import Arriving
from captures.queries.captures import Capture
from captures.schemas.agent import Completion
from captures.service.asking import tell
from captures.service.places import OVER
from captures.service.reports import TAKEN_WHILE_PAUSED, believable
from darkroom import clock, events, images, log, pictures, storage
from darkroom.db import Tx
from darkroom.errors import BadRequest, Conflict, FieldError, NotFound
from darkroom.images import Inspection, NotAPhoto

_NOT_BEGUN: Final = "Ask for a place to bring the photo first."
_NOT_THERE: Final = "The photo is not in storage. Bring it first, then complete the capture."
_NAME_LENGTH: Final = 80  # of the device's, so that the time is in the file's
_REMOVED: Final = "The camera was removed before its photo arrived."
_OTHER_BYTES: Final = "What storage holds is not what was announced. Ask for another place and bring the photo again."


def complete(tx: Tx, device_id: UUID, capture_id: UUID, said: Completion) -> Capture:
    capture = arriving.find(tx, device_id, capture_id)
    if capture is None:
        raise NotFound
    if capture.status == "completed":
        return _shown(tx, capture)
    _check(capture, said)
    _refuse_if_paused(tx, capture, said)
    tx.commit()
    with tempfile.TemporaryFile() as file:
        found = _look_into(tx, capture, file)
        _store_pictures(tx, capture, file)
    return _finish(tx, capture, found, said)


def _check(capture: Arriving, said: Completion) -> None:
    if capture.status != "uploading":
        raise Conflict(OVER.get(capture.status, _NOT_BEGUN))
    wrong = []
    if said.storage_key != capture.storage_key:
        wrong.append(FieldError("storage_key", "This is not where the photo was to be brought. Ask for a place again."))
    if bytes.fromhex(said.sha256) != capture.sha256:
        wrong.append(FieldError("sha256", "This is not the photo that was announced."))
    if wrong:
        raise BadRequest(_OTHER_BYTES, fields=wrong)


def _refuse_if_paused(tx: Tx, capture: Arriving, said: Completion) -> None:
    """The privacy switch holds whatever an agent does."""
    taken_at = capture.taken_at or believable(said.taken_at, clock.now())
    if not arriving.was_paused(tx, capture.device_id, taken_at):
        return
    held = arriving.hold(tx, capture.device_id, capture.id)
    if held is not None and held.status == "uploading":
        arriving.fail(tx, held, TAKEN_WHILE_PAUSED)
        tell(tx, [held.id])
    tx.commit()
    raise Conflict(TAKEN_WHILE_PAUSED)


def _look_into(tx: Tx, capture: Arriving, file: BinaryIO) -> Inspection:
    """What was brought, if it is what was announced; its real type counts, and its real size on the screen."""
    assert capture.storage_key is not None
    try:
        storage.download(capture.storage_key, file, at_most=images.MAX_BYTES)
        found = images.inspect(file)
    except storage.Missing:
        fields = [FieldError("storage_key", "Nothing has been brought here yet.")]
        raise BadRequest(_NOT_THERE, fields=fields) from None
    except storage.TooMuch:
        _refuse(tx, capture, _OTHER_BYTES)
    except NotAPhoto as refused:
        _refuse(tx, capture, refused.reason)
    if (found.size_bytes, found.sha256) != (capture.file_size_bytes, capture.sha256):
        _refuse(tx, capture, _OTHER_BYTES)
    return found


def _refuse(tx: Tx, capture: Arriving, reason: str) -> NoReturn:
    """The object cannot be replaced: its key is spent before the agent hears of it, and the next try gets another."""
    log.info("captures.photo_refused", capture_id=str(capture.id), reason=reason)
    arriving.spend_key(tx, capture)
    tx.commit()
    raise BadRequest(reason, fields=[FieldError("storage_key", reason)])


def _store_pictures(tx: Tx, capture: Arriving, file: BinaryIO) -> None:
    assert capture.storage_key is not None
    try:
        made = images.derivatives(file)
    except NotAPhoto as refused:  # whole as far as a small picture of it goes, and no further
        _refuse(tx, capture, refused.reason)
    image_id = arriving.image_id_of(capture.storage_key)
    for edge, picture in made.items():
        storage.write(pictures.key(image_id, edge), picture, pictures.CONTENT_TYPE)


def _finish(tx: Tx, capture: Arriving, found: Inspection, said: Completion) -> Capture:
    """All of it or nothing. Whoever was quicker is right: another delivery of the same, or a deletion."""
    device = asking.hold_device(tx, capture.device_id)
    held = arriving.hold(tx, capture.device_id, capture.id)
    if held is not None and held.storage_key == capture.storage_key and held.status == "completed":
        return _shown(tx, held)
    if device is None or held is None or held.storage_key != capture.storage_key or held.status != "uploading":
        _give_up(tx, capture, held, is_removed=device is None)
    assert held.storage_key is not None
    now = clock.now()
    taken_at = held.taken_at or believable(said.taken_at, now)
    image_id = arriving.image_id_of(held.storage_key)
    filename = _filename(device.name, taken_at, found.content_type)
    arriving.make_image(tx, held, image_id, found, filename=filename, taken_at=taken_at)
    arriving.complete(tx, held.id, image_id, found, taken_at=taken_at, now=now)
    events.publish(
        tx,
        events.PHOTO_CAPTURED,
        user_id=held.user_id,
        capture_id=held.id,
        image_id=image_id,
        device_id=held.device_id,
    )
    tell(tx, [held.id])
    return _shown(tx, held)


def _filename(device_name: str, taken_at: datetime, content_type: str) -> str:
    """What a person reads beside the photo, and what it is called when it is saved."""
    when = f"{taken_at.astimezone(UTC):%Y-%m-%d %H.%M.%S}"
    return storage.safe_name(f"{device_name[:_NAME_LENGTH]} {when}.{storage.PHOTO_TYPES[content_type]}")


def _give_up(tx: Tx, capture: Arriving, held: Arriving | None, *, is_removed: bool) -> NoReturn:
    """The capture went another way while the photo was looked at: what was just stored of it goes again."""
    assert capture.storage_key is not None
    arriving.erase(tx, capture.user_id, [capture.storage_key])
    if held is not None and is_removed and held.status == "uploading":
        arriving.fail(tx, held, _REMOVED)
        tell(tx, [held.id])
    tx.commit()
    if held is None or is_removed:
        raise NotFound
    raise Conflict("This capture has gone on meanwhile.")


def _shown(tx: Tx, capture: Arriving) -> Capture:
    found = rows.of_device(tx, capture.device_id, capture.id)
    if found is None:  # its owner has left this very moment
        raise NotFound
    return found
