"""The face port: what products may ask about faces in photos, and the adapter that asks a SageMaker endpoint.

Products depend on `Faces`; what stands behind it is a setting. A photo without a face is no error (an empty list). An
endpoint that is slow, away or talks nonsense is `FacesUnavailable`, which passes; a photo that it cannot read is
`UnreadablePhoto`, which does not.
"""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from darkroom.errors import Unavailable
from darkroom.settings import settings

EMBEDDING_LENGTH = 512


class FacesUnavailable(Unavailable):
    """Nobody can say anything about faces at the moment."""

    default_detail = "Faces cannot be looked at right now. Please try again in a moment."


class UnreadablePhoto(ValueError):
    """The endpoint refused these bytes; sending them again does not help."""


@dataclass(frozen=True, slots=True)
class Face:
    """A face: its box in shares of the photo's width and height, the model's certainty, and what tells it apart."""

    left: float
    top: float
    width: float
    height: float
    confidence: float
    embedding: tuple[float, ...]


class Faces(Protocol):
    def find(self, photo: bytes) -> list[Face]:
        """The faces in a JPEG, PNG or WebP photo, the most certain first."""
        ...


def likeness(one: Sequence[float], other: Sequence[float]) -> float:
    """How alike two embeddings of the same model are: their cosine, 1.0 for the same face."""
    if len(one) != len(other):
        raise ValueError("embeddings of different models cannot be compared")
    scale = math.sqrt(sum(a * a for a in one) * sum(b * b for b in other))
    return sum(a * b for a, b in zip(one, other, strict=True)) / scale if scale else 0.0


def faces() -> Faces:
    """What this environment asks."""
    return SageMakerFaces(settings().faces_endpoint)


class SageMakerFaces:
    """Asks a real-time endpoint: bytes in, `{"faces": [{"box": [l, t, w, h], "confidence", "embedding"}]}` out."""

    def __init__(self, endpoint: str) -> None:
        self._endpoint = endpoint

    def find(self, photo: bytes) -> list[Face]:
        if not self._endpoint:
            raise FacesUnavailable
        return sorted(_read(self._invoke(photo)), key=lambda face: -face.confidence)

    def _invoke(self, photo: bytes) -> bytes:
        from botocore.exceptions import BotoCoreError, ClientError

        from darkroom import clients

        try:
            answer = clients.sagemaker_runtime().invoke_endpoint(
                EndpointName=self._endpoint,
                ContentType="application/octet-stream",
                Accept="application/json",
                Body=photo,
            )
            content: bytes = answer["Body"].read()
        except ClientError as error:
            # The container's own 4xx comes as a ModelError that carries its status.
            status = error.response.get("OriginalStatusCode")
            if isinstance(status, int) and 400 <= status < 500:
                raise UnreadablePhoto("the model could not read the photo") from error
            raise FacesUnavailable from error
        except (BotoCoreError, OSError) as error:
            raise FacesUnavailable from error
        return content


def _read(content: bytes) -> list[Face]:
    try:
        return [_face(found) for found in json.loads(content)["faces"]]
    except (ValueError, KeyError, TypeError) as error:
        raise FacesUnavailable from error


def _face(found: Any) -> Face:
    left, top, width, height = map(float, found["box"])
    face = Face(left, top, width, height, float(found["confidence"]), tuple(map(float, found["embedding"])))
    numbers = (left, top, width, height, face.confidence, *face.embedding)
    if len(face.embedding) != EMBEDDING_LENGTH or not all(map(math.isfinite, numbers)):
        raise ValueError("not a face")
    return face
