"""How a photo looks, in 1,345 bytes, and how alike photos look.

A look is what a small network (EfficientNet-lite0, trained on ImageNet) says of the whole picture just before it would
name it, and a coarse histogram of colours. Crops, mirrored copies, other exposures and encodings of a picture are close
to it; what the same place or occasion has in common is a little further; anything else is far. onnxruntime and numpy
are imported when they are first needed: they cost a cold start, and most of this product needs neither.
"""

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL.Image import Image

_VERSION = 1
"""The first byte: looks of another network would be compared in vain."""
_EDGE = 224
_FEATURES = 1_280
_LEVELS = 4
_COLOURS = _LEVELS**3
LENGTH = 1 + _FEATURES + _COLOURS
_COLOUR_SHARE = 0.15
"""How much colours count beside the network, which sees colours too."""


def look(picture: "Image") -> bytes:
    """How an upright picture looks."""
    from PIL import Image

    # The whole picture, squeezed: what stands at its edges counts too.
    small = picture.convert("RGB").resize((_EDGE, _EDGE), Image.Resampling.BICUBIC, reducing_gap=3.0)
    return bytes([_VERSION]) + _quantised(_features(small)) + _quantised(_colours(small))


def likeness(looks: Sequence[bytes]) -> "NDArray[np.float32]":
    """How alike each two of these photos look, all at once: 1 for the same, and far less for strangers."""
    import numpy as np

    rows = np.frombuffer(b"".join(looks), np.uint8).reshape(len(looks), LENGTH)
    features, colours = (
        _directions(part.astype(np.float32)) for part in (rows[:, 1 : 1 + _FEATURES], rows[:, 1 + _FEATURES :])
    )
    return ((1 - _COLOUR_SHARE) * features @ features.T + _COLOUR_SHARE * colours @ colours.T).astype(np.float32)


def is_look(value: bytes | None) -> bool:
    """Whether this was made by `look` as it is today."""
    return value is not None and len(value) == LENGTH and value[0] == _VERSION


def blank() -> bytes:
    """The look of nothing, which is like nothing."""
    return bytes([_VERSION]) + bytes(LENGTH - 1)


def _directions(rows: "NDArray[np.float32]") -> "NDArray[np.float32]":
    import numpy as np

    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    directions: NDArray[np.float32] = (rows / np.maximum(lengths, 1e-6)).astype(np.float32)
    return directions


def _quantised(values: "NDArray[np.float32]") -> bytes:
    """A byte each. The square root first: a few features shout, and the many that whisper tell scenes apart."""
    import numpy as np

    roots = np.sqrt(np.maximum(values, 0))
    return np.rint(roots * (255 / max(float(roots.max()), 1e-6))).astype(np.uint8).tobytes()


def _features(small: "Image") -> "NDArray[np.float32]":
    import numpy as np

    pixels = np.asarray(small, np.float32).transpose(2, 0, 1)[None]
    (features,) = _session().run(["features"], {"picture": (pixels - 127) / 128})  # as the network was trained
    row: NDArray[np.float32] = features[0]
    return row


def _colours(small: "Image") -> "NDArray[np.float32]":
    """How much of the picture has each of 64 colours."""
    import numpy as np

    levels = np.asarray(small, np.int64) * _LEVELS // 256
    numbers = (levels[..., 0] * _LEVELS + levels[..., 1]) * _LEVELS + levels[..., 2]
    return np.bincount(numbers.ravel(), minlength=_COLOURS).astype(np.float32)


@cache
def _session() -> Any:
    """The network, loaded once for the life of the process. One thread: a function has one processor or two."""
    from importlib.resources import files

    import curating_data
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    model = (files(curating_data) / "looks.onnx").read_bytes()
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
