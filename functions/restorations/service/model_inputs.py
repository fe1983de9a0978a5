"""What the model is shown: the original upright, as a JPEG, and without what it says about where, when and by whom it
was taken. A model need not read HEIC nor know which way is up, and a stranger's home is nobody's business there."""

import io
import tempfile
from datetime import timedelta
from typing import TYPE_CHECKING, BinaryIO, Final
from uuid import UUID

from darkroom import clock, images, messages, outbox, storage
from darkroom.db import Tx
from restorations import keys
from restorations.queries import jobs, orders, photos
from restorations.service import tries

if TYPE_CHECKING:
    from PIL.Image import Image

_QUALITY: Final = 95
_LEASE: Final = timedelta(minutes=5)


def prepare(tx: Tx, job_id: UUID) -> None:
    """Makes what the model is shown, and has it submitted. A repeat writes the same object again."""
    job = jobs.get(tx, job_id)
    photo = photos.get(tx, job.image_id) if job else None
    if job is None or photo is None or job.status != "queued" or job.try_number != 1 or photo.original_key is None:
        return
    jobs.lease(tx, job, clock.now() + _LEASE)
    tx.commit()
    failure = None
    try:
        with tempfile.TemporaryFile() as file:
            storage.download(photo.original_key, file)
            storage.write(keys.model_input(photo.order_id, photo.position), _upright_jpeg(file), "image/jpeg")
    except storage.Missing:
        failure = tries.GONE
    except images.NotAPhoto as refused:  # whole as far as a small picture of it goes, and no further
        failure = tries.UNREADABLE._replace(detail=refused.reason)
    order = orders.hold(tx, job.order_id)
    if order is None or order.status != "processing":
        return
    if failure is not None:
        tries.end(tx, order, job, photo, failure)
    elif jobs.lease(tx, job, clock.now() + tries.WAITS):
        outbox.send(tx, tries.QUEUE, messages.new(tries.SUBMIT, tries.about(job)))


def _upright_jpeg(file: BinaryIO) -> bytes:
    from darkroom.images import exif, opening

    header = opening.checked_header(file)
    with opening.open_image(file, header) as image:
        longest = max(image.size)
        picture: Image = opening.decode(image, longest, exif.read_metadata(image).orientation)
    encoded = io.BytesIO()
    flattened(picture).save(encoded, "JPEG", quality=_QUALITY, subsampling=0)
    return encoded.getvalue()


def flattened(picture: "Image") -> "Image":
    """What is transparent lies on white, as paper would be."""
    if picture.mode != "RGBA":
        return picture.convert("RGB")
    from PIL import Image

    paper = Image.new("RGB", picture.size, "white")
    paper.paste(picture, mask=picture.getchannel("A"))
    return paper
