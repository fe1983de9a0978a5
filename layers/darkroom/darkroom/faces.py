"""The face port: what products may ask about faces in photos, and the adapter that asks a SageMaker endpoint.

Products depend on `Faces`; what stands behind it is a setting. A photo without a face is no error (an empty list). An
endpoint that is slow, away, talks nonsense or runs another model is `FacesUnavailable`, which passes; a photo that it
cannot read is `UnreadablePhoto`, which does not.

Numbers that tell faces apart mean nothing beside those of another model, and neither do the thresholds below: each
embedding carries its model's name, and answers of a model that these thresholds were not found for are refused.
How they were found: docs/adr/0101-faces.md.
"""

import base64
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from darkroom.errors import Unavailable
from darkroom.settings import settings

MODEL = "yunet-2023mar+dlib-resnet-v1/1"
EMBEDDING_LENGTH = 128
SAME_FROM = 0.5
DIFFERENT_BELOW = 0.4
PHOTO_BYTES_MAX = 20_000_000
COMPARED_BYTES_MAX = 18_000_000
"""Of two photos together: SageMaker takes 25 MB, and base64 makes four bytes of three."""

_PASSING = frozenset({408, 429})


class FacesUnavailable(Unavailable):
    """Nobody can say anything about faces at the moment."""

    default_detail = "Faces cannot be looked at right now. Please try again in a moment."


class UnreadablePhoto(ValueError):
    """The endpoint refused these bytes; sending them again does not help."""


class OtherModel(ValueError):
    """Embeddings of two models: the older one has to be made anew from a photo."""


@dataclass(frozen=True, slots=True)
class Embedding:
    """What tells a face apart, and for whom. The numbers are a person's: they are in no log."""

    model: str
    values: tuple[float, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Face:
    """A face: its box in shares of the photo's width and height, the model's certainty, and what tells it apart."""

    left: float
    top: float
    width: float
    height: float
    confidence: float
    embedding: Embedding


@dataclass(frozen=True, slots=True)
class Comparison:
    """Whether every face of one photo is in the other as the same person; `same` is None when nobody can say.

    `likeness` is that of the least alike pair, 0.0 when a face was lost, None when there was no face to look for.
    Faces of under 32 pixels are never another's: they cannot be told apart.
    """

    likeness: float | None
    same: bool | None
    faces: tuple[int, int]


class Faces(Protocol):
    def find(self, photo: bytes) -> list[Face]:
        """The faces in a JPEG, PNG, WebP or HEIC photo, the most certain first."""
        ...

    def compare(self, one: bytes, other: bytes) -> Comparison:
        """Look for the faces of one photo in the other; no embedding leaves the service."""
        ...


def likeness(one: Embedding, other: Embedding) -> float:
    """How alike two faces are: 1.0 for the same picture of one, 0.0 for any two that are far apart.

    One less the distance, which is what the model was trained for.
    """
    if one.model != other.model:
        raise OtherModel(f"{one.model} and {other.model} see faces differently")
    return max(0.0, 1.0 - math.dist(one.values, other.values))


def is_same(alike: float) -> bool | None:
    """Whether a likeness is that of one person; None between the thresholds: ask for another photo."""
    if alike >= SAME_FROM:
        return True
    return False if alike < DIFFERENT_BELOW else None


def faces() -> Faces:
    """What this environment asks."""
    return SageMakerFaces(settings().faces_endpoint)


class SageMakerFaces:
    """Asks a real-time endpoint (infra/sagemaker/faces): a photo, or two in JSON, in; JSON out."""

    def __init__(self, endpoint: str) -> None:
        self._endpoint = endpoint

    def find(self, photo: bytes) -> list[Face]:
        if len(photo) > PHOTO_BYTES_MAX:
            raise UnreadablePhoto("the photo is too large to be looked at")
        document = self._ask(photo, "application/octet-stream")
        try:
            found = [_face(each) for each in document["faces"]]
        except (ValueError, KeyError, TypeError) as error:
            raise FacesUnavailable from error
        return sorted(found, key=lambda face: -face.confidence)

    def compare(self, one: bytes, other: bytes) -> Comparison:
        if len(one) + len(other) > COMPARED_BYTES_MAX:
            raise UnreadablePhoto("the photos are too large to be compared")
        photos = {"one": base64.b64encode(one).decode(), "other": base64.b64encode(other).decode()}
        document = self._ask(json.dumps(photos).encode(), "application/json")
        try:
            return _comparison(document)
        except (ValueError, KeyError, TypeError) as error:
            raise FacesUnavailable from error

    def _ask(self, body: bytes, content_type: str) -> Mapping[str, Any]:
        if not self._endpoint:
            raise FacesUnavailable
        content = self._invoke(body, content_type)
        try:
            document = json.loads(content)
        except ValueError as error:
            raise FacesUnavailable from error
        if not isinstance(document, dict) or document.get("model") != MODEL:
            raise FacesUnavailable
        return document

    def _invoke(self, body: bytes, content_type: str) -> bytes:
        from botocore.exceptions import BotoCoreError, ClientError

        from darkroom import clients

        try:
            answer = clients.sagemaker_runtime().invoke_endpoint(
                EndpointName=self._endpoint, ContentType=content_type, Accept="application/json", Body=body
            )
            content: bytes = answer["Body"].read()
        except ClientError as error:
            # The container's own 4xx comes as a ModelError that carries its status.
            status = error.response.get("OriginalStatusCode")
            if isinstance(status, int) and 400 <= status < 500 and status not in _PASSING:
                raise UnreadablePhoto("the model could not read the photo") from error
            raise FacesUnavailable from error
        except (BotoCoreError, OSError) as error:
            raise FacesUnavailable from error
        return content


def _face(found: Any) -> Face:
    left, top, width, height = map(float, found["box"])
    embedding = Embedding(MODEL, tuple(map(float, found["embedding"])))
    face = Face(left, top, width, height, float(found["confidence"]), embedding)
    numbers = (left, top, width, height, face.confidence, *embedding.values)
    if len(embedding.values) != EMBEDDING_LENGTH or not all(map(math.isfinite, numbers)):
        raise ValueError("not a face")
    return face


def _comparison(document: Mapping[str, Any]) -> Comparison:
    alike, same = document["likeness"], document["same"]
    one, other = map(int, document["faces"])
    if alike is not None:
        alike = float(alike)
        if not 0 <= alike <= 1:
            raise ValueError("not a likeness")
    # What contradicts itself is nonsense: a certain answer needs a likeness.
    if same not in (True, False, None) or (alike is None) != (one == 0) or (alike is None and same is not None):
        raise ValueError("not a comparison")
    return Comparison(alike, same, (one, other))
