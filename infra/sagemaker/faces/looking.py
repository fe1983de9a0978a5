"""What the service answers: the faces of a photo, and whether two photos show the same people.

Nothing that is seen here is kept or logged: photos and embeddings end with the call.
"""

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from darkroom.images import NotAPhoto, opening
from darkroom.images.exif import read_metadata
from infra.sagemaker.faces import detector, embedder
from infra.sagemaker.faces.networks import MODEL

if TYPE_CHECKING:
    from PIL.Image import Image

PHOTO_BYTES_MAX = 20_000_000
SAME_FROM = 0.5
"""Likeness from which two faces are one person's, below DIFFERENT_BELOW they are not; between them nobody can say."""
DIFFERENT_BELOW = 0.4
_LONGEST_EDGE = 3072  # a face of a fiftieth of the width still has 60 pixels
_PIXELS_MAX = 40_000_000  # of what cannot be decoded at a fraction of its size, as a JPEG can
_TOLD_APART_FROM = 32  # pixels of width; smaller faces of one person drift as far apart as those of two
_DIGITS = 6


class Unreadable(ValueError):
    """These bytes are no photo that can be looked at; the message says why."""


@dataclass(frozen=True)
class _Looked:
    size: tuple[int, int]
    faces: list[detector.Found]
    embeddings: NDArray[np.float32]


def warm() -> None:
    """Open both networks and run them once."""
    from PIL import Image

    picture = Image.new("RGB", (embedder.EDGE, embedder.EDGE))
    detector.find(picture)
    embedder.embed(picture, [np.asarray(embedder.MEAN_FACE * embedder.EDGE, np.float32)])


def find(photo: bytes) -> dict[str, Any]:
    """Every face, the most certain first; boxes and points in shares of the upright photo's width and height."""
    looked = _look(photo)
    return {"faces": [_described(looked, index) for index in range(len(looked.faces))], "model": MODEL}


def compare(one: bytes, other: bytes) -> dict[str, Any]:
    """Whether the faces of one photo are in the other, each with a partner of its own.

    `likeness` is that of the least alike pair. A face without a partner makes it 0 and `same` false, unless the face is
    too small to be told apart: of such a one nobody can say that it is another's. Without a face in `one` there is
    nothing to say: both are null.
    """
    first, second = _look(one), _look(other)
    pairs = _paired(first, second)
    lost = set(range(len(first.faces))) - {pair["one"] for pair in pairs}
    verdicts = [pair["same"] for pair in pairs] + [None if _is_small(first.faces[index]) else False for index in lost]
    return {
        "likeness": 0.0 if lost else min((pair["likeness"] for pair in pairs), default=None),
        "same": False if False in verdicts else None if None in verdicts or not verdicts else True,
        "pairs": pairs,
        "faces": [len(first.faces), len(second.faces)],
        "model": MODEL,
    }


def _look(photo: bytes) -> _Looked:
    picture = _opened(photo)
    faces = detector.find(picture)
    return _Looked(picture.size, faces, embedder.embed(picture, [face.points for face in faces]))


def _opened(photo: bytes) -> "Image":
    """Upright, RGB, no larger than it has to be."""
    if len(photo) > PHOTO_BYTES_MAX:
        raise Unreadable(f"a photo has at most {PHOTO_BYTES_MAX:,} bytes")
    file = io.BytesIO(photo)
    try:
        header = opening.checked_header(file)
        if header.format != "jpeg" and header.width * header.height > _PIXELS_MAX:
            raise Unreadable(f"a photo that is no JPEG has at most {_PIXELS_MAX // 1_000_000} megapixels here")
        with opening.open_image(file, header) as image:
            picture = opening.decode(image, _LONGEST_EDGE, read_metadata(image).orientation)
    except NotAPhoto as refused:
        raise Unreadable(refused.reason) from refused
    return picture.convert("RGB")


def _described(looked: _Looked, index: int) -> dict[str, Any]:
    face = looked.faces[index]
    width, height = looked.size
    left, top = max(0.0, face.box[0]), max(0.0, face.box[1])
    right, bottom = min(width, face.box[0] + face.box[2]), min(height, face.box[1] + face.box[3])
    box = (left / width, top / height, max(0.0, right - left) / width, max(0.0, bottom - top) / height)
    return {
        "box": [round(edge, _DIGITS) for edge in box],
        "confidence": round(face.confidence, _DIGITS),
        "landmarks": [[round(float(x) / width, _DIGITS), round(float(y) / height, _DIGITS)] for x, y in face.points],
        "embedding": [round(float(value), _DIGITS) for value in looked.embeddings[index]],
    }


def _paired(one: _Looked, other: _Looked) -> list[dict[str, Any]]:
    """Faces of one with those of the other, the most alike first; each in one pair at most."""
    if not one.faces or not other.faces:
        return []
    distances = np.linalg.norm(one.embeddings[:, None] - other.embeddings[None], axis=2)
    pairs = []
    for _ in range(min(distances.shape)):
        first, second = divmod(int(distances.argmin()), distances.shape[1])
        likeness = round(max(0.0, 1.0 - float(distances[first, second])), _DIGITS)
        small = _is_small(one.faces[first]) or _is_small(other.faces[second])
        pairs.append({"one": first, "other": second, "likeness": likeness, "same": _same(likeness, small=small)})
        distances[first], distances[:, second] = np.inf, np.inf
    return pairs


def _is_small(face: detector.Found) -> bool:
    return face.box[2] < _TOLD_APART_FROM


def _same(likeness: float, *, small: bool) -> bool | None:
    if likeness >= SAME_FROM:
        return True
    return False if likeness < DIFFERENT_BELOW and not small else None
