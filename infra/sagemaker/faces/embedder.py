"""Tells faces apart: each is cut out upright, as dlib's network was trained to see it, and becomes 128 numbers.

The chip is dlib's own (`get_face_chip`, 150 pixels, a quarter of padding): its mean face, with the points that YuNet
has too. The similarity that brings a face's five points closest to these is found by least squares.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from infra.sagemaker.faces import networks

if TYPE_CHECKING:
    from PIL.Image import Image

EDGE = 150
_PADDING = 0.25
_BATCH = 8  # bounds the memory, not the work
_SCALE_MIN = 1e-3
_MEAN_PIXEL = np.array([122.782, 117.001, 104.298], np.float32)
# dlib's mean face: the middles of the eyes, the tip of the nose, the corners of the mouth
MEAN_FACE = np.array(
    [(0.2273, 0.2214), (0.7528, 0.2212), (0.4901, 0.5156), (0.2541, 0.7802), (0.7261, 0.7802)], np.float64
)
_WHERE = (MEAN_FACE + _PADDING) / (1 + 2 * _PADDING) * EDGE

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]


def embed(picture: "Image", faces: Sequence[Floats]) -> Floats:
    """One row for each face, given by its five points in the RGB picture."""
    network = networks.session("embedder")
    rows = [np.empty((0, 128), np.float32)]
    for at in range(0, len(faces), _BATCH):
        chips = np.stack([np.asarray(chip(picture, points), np.float32) for points in faces[at : at + _BATCH]])
        normed = ((chips - _MEAN_PIXEL) / 256).transpose(0, 3, 1, 2)
        rows.append(network.run(None, {"chip": np.ascontiguousarray(normed)})[0])
    return np.concatenate(rows)


def chip(picture: "Image", points: Floats) -> "Image":
    """The face, upright, 150 pixels wide."""
    from PIL import Image

    turn, shift = _similarity(points.astype(np.float64), _WHERE)
    scale = float(np.hypot(turn[0, 0], turn[1, 0]))
    left = top = 0
    if not _SCALE_MIN < scale < 1 / _SCALE_MIN:  # points that all but meet or are nowhere: no face
        return Image.new("RGB", (EDGE, EDGE))
    shrink = max(1, int(1 / scale))
    back = np.linalg.inv(turn)
    if shrink > 1:
        # Sampling a large face at 150 pixels would skip most of it: it is made smaller first, which means pixels.
        corners = (np.array([(0, 0), (EDGE, 0), (0, EDGE), (EDGE, EDGE)]) - shift) @ back.T
        left, top = (max(0, int(edge) - shrink) for edge in corners.min(axis=0))
        right, bottom = (int(edge) + shrink for edge in corners.max(axis=0))
        box = (left, top, min(picture.width, max(right, left + 1)), min(picture.height, max(bottom, top + 1)))
        if box[0] < box[2] and box[1] < box[3]:
            picture = picture.reduce(shrink, box)
        else:  # points outside the picture: nothing to see
            left, top, shrink = 0, 0, 1
    # From a place in the chip to a place in the picture, as PIL wants it.
    matrix = back / shrink
    offset = (-(back @ shift) - (left, top)) / shrink
    data = (*matrix[0], offset[0], *matrix[1], offset[1])
    return picture.transform((EDGE, EDGE), Image.Transform.AFFINE, data, Image.Resampling.BILINEAR)


def _similarity(source: Doubles, target: Doubles) -> tuple[Doubles, Doubles]:
    """Turn, scale and shift that bring `source` closest to `target` (Umeyama 1991, without reflection)."""
    source_mean, target_mean = source.mean(axis=0), target.mean(axis=0)
    one, other = source - source_mean, target - target_mean
    left, strength, right = np.linalg.svd(other.T @ one)
    signs = np.array([1.0, np.sign(np.linalg.det(left @ right)) or 1.0])
    scale = (strength * signs).sum() / max((one**2).sum(), 1e-9)
    turn = scale * (left * signs) @ right
    return turn, target_mean - turn @ source_mean
