"""A file has arrived: what it is, read from its bytes, and a watermarked picture of it.

No transaction is open while bytes are read, and they lie in a file: no more than one decoded photo is in memory. A
file is settled by one guarded statement after its picture lies in storage, so whoever is killed in between and does it
again writes the same picture, and who comes second changes nothing.
"""

import tempfile
from typing import Final
from uuid import UUID

from darkroom import images, log, realtime, storage
from darkroom.db import Tx
from darkroom.images import NotAPhoto
from restorations import keys, watermark
from restorations.queries import uploads as queries
from restorations.queries.uploads import File
from restorations.service import uploads

VALIDATE: Final = uploads.VALIDATE
ARRIVED: Final = "s3.object_created"
UPDATED: Final = "upload.updated"

CANNOT_BE_READ: Final = "We could not read this photo, though we tried several times. Please send another copy of it."
TOO_MANY_BYTES: Final = (
    f"The file has more than {images.MAX_BYTES // 1_000_000} MB, the most we take. Please send a smaller copy."
)
_DEADLY_TRIES: Final = 4  # a file that was tried so often may be what killed them


def arrived(tx: Tx, key: str, attempt: int = 1) -> None:
    """Storage says that something lies under a key."""
    found = queries.by_key(tx, key)
    if found is None:
        log.info("restorations.nobodys_upload")
        return
    _look_into(tx, found, attempt)


def validate(tx: Tx, upload_id: UUID, attempt: int = 1) -> None:
    found = queries.get(tx, upload_id)
    if found is not None:
        _look_into(tx, found, attempt)


def _look_into(tx: Tx, upload: File, attempt: int) -> None:
    tx.commit()
    if upload.status != "pending":
        return
    if attempt >= _DEADLY_TRIES:
        _refuse(tx, upload, CANNOT_BE_READ)
        return
    preview_key = keys.preview(upload.session_id, upload.id)
    with tempfile.TemporaryFile() as file:
        try:
            storage.download(upload.storage_key, file, at_most=images.MAX_BYTES)
            found = images.inspect(file)
            storage.write(preview_key, watermark.preview(file), watermark.CONTENT_TYPE)
        except NotAPhoto as refused:
            _refuse(tx, upload, refused.reason)
            return
        except storage.TooMuch:
            _refuse(tx, upload, TOO_MANY_BYTES)
            return
        except storage.Missing:
            log.info("restorations.upload_gone", upload_id=str(upload.id))
            return
    if queries.accept(tx, upload.id, found, preview_key):
        _tell(tx, upload, "valid")


def _refuse(tx: Tx, upload: File, reason: str) -> None:
    log.info("restorations.upload_refused", upload_id=str(upload.id), reason=reason)
    if queries.refuse(tx, upload.id, reason):
        _tell(tx, upload, "invalid")


def _tell(tx: Tx, upload: File, status: str) -> None:
    realtime.push(tx, f"upload:{upload.session_id}", UPDATED, {"upload_id": str(upload.id), "status": status})
