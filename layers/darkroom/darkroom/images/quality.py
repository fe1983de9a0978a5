"""Whether a restored photo is worse than its original, told without knowing how the photo once looked.

Both are looked at in one size. What restoring is for is expected: other tones, less noise, scratches gone. What is not
is measured by name: shapes and structure that are others than before, edges that became soft or hard, noise or the
squares of a JPEG that came, tones that ran into black or white, tones and colours that changed in one place otherwise
than in another, or more than fading can have taken. A result that does not show that it keeps the original is refused.

The limits are those that bench/restoration_quality.py calibrates on photos that were aged artificially. Whose face it
is, is asked elsewhere (darkroom.faces). The measures themselves are in darkroom.images.measures; why they are these, in
docs/adr/0102-the-verdict-on-a-restored-photo.md.

Needs Pillow and numpy.
"""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, BinaryIO

from darkroom.images import measures
from darkroom.images.exif import read_metadata
from darkroom.images.opening import as_file, checked_header, decode, open_image

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

LOOKED_AT = 512  # pixels along the longer edge: a scratch is a line then, and thinner than what is compared
OPENED = 2560  # the same for edges and noise, which are lost when a picture is made small
_SHORTEST = 48  # in pixels: in less than that there is nothing to be compared

# Limits; a reason for each.
MOST = {
    "shape": 0.02,  # difference of the ratios of the sides
    "noise": 1.2,  # times that of the original, where contrast has not grown
    "fine noise": 1.5,  # the same at full size
    "hard": 2.0,  # times as steep as the original's edges
    "blocks": 1.6,  # steps on the grid of a JPEG, times those of the original
    "clipped": 0.03,  # of the pixels: became black or white, and were neither dark nor light for this picture
    "moved": 45.0,  # change of the mean lightness
    "unasked": 1.6,  # change of lightness, times what the original lacks of black and white
    "contrast": 2.2,  # times the original's
    "uneven": 9.0,  # lightness that no change of tones and colours explains
    "tint": 42.0,  # how far the mean colour moved
    "colourful": 2.6,  # times the original's variation of colour
    "patchy": 8.0,  # colour that no change of tones and colours explains
}
LEAST = {
    "soft": 0.72,  # times as steep as the original's edges
    "fine soft": 0.65,  # the same at full size, on the crests of edges
    "structure": 0.80,  # correlation with the original, block by block
    "place": 0.25,  # the same where it is least
    "tones": 0.90,  # correlation of light and dark over the picture
    "shades": 0.60,  # times the original's entropy
    "faded": 0.85,  # times the original's contrast
    "hues": 0.55,  # correlation of colour over the picture
}
OF_COLOUR = frozenset({"tint", "hues", "colourful", "patchy"})


@dataclass(frozen=True)
class Verdict:
    """Whether it is worse, the name of the first measure that says so, and all of them."""

    reason: str | None = None
    measures: dict[str, float] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return self.reason is not None


def is_worse(original: bytes | BinaryIO, restored: bytes | BinaryIO, *, colorized: bool = False) -> Verdict:
    """A verdict that is true when the restored photo must not be sent. Raises NotAPhoto for what is none.

    `colorized` says that colour was asked for: then what became of colours is not looked at.
    """
    return compared(_opened(original), _opened(restored), colorized=colorized)


def compared(original: "NDArray[np.uint8]", restored: "NDArray[np.uint8]", *, colorized: bool = False) -> Verdict:
    """The same for pixels in RGB."""
    height, width = original.shape[:2]
    ratio = (restored.shape[1] / restored.shape[0]) / (width / height)
    found = {"shape": abs(ratio - 1)}
    if found["shape"] > MOST["shape"] + 1 / min(height, width, *restored.shape[:2]):
        return Verdict("shape", found)
    if min(height, width) < _SHORTEST:
        return Verdict(None, found)
    found |= _measured(original, restored)
    for name, value in found.items():
        if name == "shape" or (colorized and name in OF_COLOUR):
            continue
        if value > MOST.get(name, value) or value < LEAST.get(name, value):
            return Verdict(name, found)
    return Verdict(None, found)


def _measured(original: "NDArray[np.uint8]", restored: "NDArray[np.uint8]") -> dict[str, float]:
    height, width = original.shape[:2]
    share = min(1.0, LOOKED_AT / max(height, width))
    size = (max(1, round(width * share)), max(1, round(height * share)))
    before, after = measures.Look(measures.sized(original, *size)), measures.Look(measures.sized(restored, *size))
    found = measures.of_light(before, after) | measures.of_colour(before, after)
    # Squares are seen on their own grid only, which is that of the result as it came.
    found["blocks"] = measures.blocks(original, restored)
    if share < 1:
        found |= measures.of_detail(original, measures.sized(restored, width, height))
    return found


def _opened(source: bytes | BinaryIO) -> "NDArray[np.uint8]":
    """Upright and in sRGB, no larger than what is compared."""
    import numpy as np

    file = as_file(source)
    header = checked_header(file)
    with open_image(file, header) as image:
        orientation = read_metadata(image).orientation
        return np.asarray(decode(image, OPENED, orientation).convert("RGB"))
