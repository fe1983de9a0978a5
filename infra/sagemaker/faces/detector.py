"""Finds faces: YuNet, asked twice, once for large faces and once more for the small ones of a large picture.

YuNet sees faces of about 10 to 300 pixels. What it says at each place (stride 8, 16 and 32) is a score of two factors,
a box and five points: the eyes, the tip of the nose and the corners of the mouth, from the picture's left to its right
for an upright face.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from infra.sagemaker.faces import networks

if TYPE_CHECKING:
    from PIL.Image import Image

CONFIDENCE_MIN = 0.7
FACES_MAX = 100
_EDGES = (480, 1280)
_STRIDES = (8, 16, 32)
_OVERLAP_MAX = 0.3  # of two boxes, in shares of both; above it they are one face
_SMALLEST = 10.0  # pixels of the picture that was looked at

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Found:
    """A face in pixels of the picture that was given: box (left, top, width, height) and five points (x, y)."""

    box: tuple[float, float, float, float]
    points: Floats
    confidence: float


def find(picture: "Image") -> list[Found]:
    """The faces of an RGB picture, the most certain first."""
    longest = max(picture.size)
    scales = sorted({min(1.0, edge / longest) for edge in _EDGES})
    rows = np.concatenate([_look(picture, scale) for scale in scales])
    kept = _distinct(rows)[:FACES_MAX]
    return [Found(tuple(row[:4].tolist()), row[4:14].reshape(5, 2), float(row[14])) for row in kept]


def _look(picture: "Image", scale: float) -> Floats:
    """Rows of box, points and score, in pixels of the whole picture."""
    from PIL import Image

    size = max(1, round(picture.width * scale)), max(1, round(picture.height * scale))
    small = picture if size == picture.size else picture.resize(size, Image.Resampling.BOX, reducing_gap=2.0)
    pixels = np.asarray(small, np.float32)[:, :, ::-1]  # it was trained on BGR
    height, width = (-(-edge // 32) * 32 for edge in pixels.shape[:2])
    padded = np.zeros((1, 3, height, width), np.float32)
    padded[0, :, : pixels.shape[0], : pixels.shape[1]] = pixels.transpose(2, 0, 1)
    network = networks.session("detector")
    outputs = {output.name: output for output in network.get_outputs()}
    said = dict(zip(outputs, network.run(list(outputs), {"input": padded}), strict=True))
    rows: Floats = np.concatenate([_decoded(said, stride, width // stride) for stride in _STRIDES])
    rows = rows[np.min(rows[:, 2:4], axis=1) >= _SMALLEST]
    rows[:, :14] /= scale
    return rows


def _decoded(said: dict[str, Floats], stride: int, columns: int) -> Floats:
    scores = np.sqrt(np.clip(said[f"cls_{stride}"][0, :, 0], 0, 1) * np.clip(said[f"obj_{stride}"][0, :, 0], 0, 1))
    (places,) = np.nonzero(scores >= CONFIDENCE_MIN)
    corner = np.stack([places % columns, places // columns], axis=1).astype(np.float32)
    box, points = said[f"bbox_{stride}"][0, places], said[f"kps_{stride}"][0, places]
    size = np.exp(np.clip(box[:, 2:], -10, 10)) * stride
    start = (corner + box[:, :2]) * stride - size / 2
    spots = (points.reshape(-1, 5, 2) + corner[:, None]) * stride
    rows = np.concatenate([start, size, spots.reshape(-1, 10), scores[places, None]], axis=1)
    return rows.astype(np.float32)


def _distinct(rows: Floats) -> list[Floats]:
    """One row for each face: the most certain of those that overlap."""
    rows = rows[np.isfinite(rows).all(axis=1)]
    waiting = rows[np.argsort(-rows[:, 14], kind="stable")]
    kept: list[Floats] = []
    while len(waiting):
        best, rest = waiting[0], waiting[1:]
        kept.append(best)
        waiting = rest[_overlaps(best, rest) <= _OVERLAP_MAX]
    return kept


def _overlaps(one: Floats, others: Floats) -> Floats:
    start = np.maximum(one[:2], others[:, :2])
    end = np.minimum(one[:2] + one[2:4], others[:, :2] + others[:, 2:4])
    both = np.clip(end - start, 0, None).prod(axis=1)
    whole: Floats = one[2] * one[3] + others[:, 2] * others[:, 3] - both
    share: Floats = both / np.maximum(whole, 1e-9)
    return share
