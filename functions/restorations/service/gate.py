"""The identity gate: whether the people in a restored photo are still those in its original.

Both are shown to the face service as JPEGs of at most a few megapixels, which it compares and forgets: what tells a
face apart never comes here, and neither it nor how alike two faces are is written down or logged.

A face that is lost or another person's fails the result. Between the two thresholds the service says that it cannot
tell; that passes: a damaged face is seldom as certain as a clear one, and what is known to be another person is refused
in either case. While the service is away nothing is sent unseen: the message comes back.
"""

import io
from typing import BinaryIO, Final

from darkroom import faces
from darkroom.images import exif, opening
from darkroom.settings import settings
from restorations.service.model_inputs import flattened

_EDGE: Final = 2048
_QUALITY: Final = 92


def is_on() -> bool:
    """Off where biometric law asks for a consent that was not given, and where there is no face service."""
    return bool(settings().identity_gate and settings().faces_endpoint)


def are_the_same(original: BinaryIO, restored: BinaryIO) -> bool:
    """Raises FacesUnavailable while nobody can say."""
    if not is_on():
        return True
    try:
        return faces.faces().compare(_small(original), _small(restored)).same is not False
    except faces.UnreadablePhoto:
        return False  # what the gate cannot see does not pass it


def _small(photo: BinaryIO) -> bytes:
    header = opening.checked_header(photo)
    with opening.open_image(photo, header) as image:
        picture = opening.decode(image, _EDGE, exif.read_metadata(image).orientation)
    encoded = io.BytesIO()
    flattened(picture).save(encoded, "JPEG", quality=_QUALITY)
    return encoded.getvalue()
