"""Pictures to choose by and not to keep: small, with words across every part of them.

The words lie slanted in rows so close that no part worth keeping is free of them. They are light with a dark rim, so
that they show on any photo, and let enough of it through that a person knows it again.
"""

from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from darkroom import images

if TYPE_CHECKING:
    from PIL.Image import Image

EDGE: Final = 1024
CONTENT_TYPE: Final = "image/webp"

_WORDS: Final = "Darkroom preview"
_SLANT: Final = 30  # degrees
_ROWS: Final = 7  # along the shorter edge
_SMALLEST: Final = 8  # points: below, letters are none
_LETTERS: Final = (255, 255, 255, 105)
_RIM: Final = (0, 0, 0, 90)


def preview(photo: BinaryIO) -> bytes:
    """The watermarked WebP of a photo, upright and without its metadata. Raises NotAPhoto as `darkroom.images` does."""
    return images.webp(marked(images.picture(photo, EDGE)))


def marked(picture: "Image") -> "Image":
    from PIL import Image

    shown = picture.convert("RGBA")
    paper = Image.new("RGBA", shown.size, "white")  # what is transparent looks like paper
    paper.alpha_composite(shown)
    paper.alpha_composite(_words_over(shown.size))
    return paper.convert("RGB")


@lru_cache(maxsize=2)
def _words_over(size: tuple[int, int]) -> "Image":
    """A transparent sheet of this size, full of words. Photos of one person mostly come in one size or two."""
    from PIL import Image, ImageDraw, ImageFont

    row = max(min(size) // _ROWS, 3 * _SMALLEST)
    font: Any = ImageFont.load_default(max(row // 3, _SMALLEST))
    across = sum(size)  # a square that covers the sheet however it is turned
    turned = Image.new("RGBA", (across, across))
    draw = ImageDraw.Draw(turned)
    step = int(font.getlength(_WORDS) * 1.25)
    for left, top in _places(across, row, step):
        draw.text((left, top), _WORDS, font=font, fill=_LETTERS, stroke_width=max(1, row // 40), stroke_fill=_RIM)
    turned = turned.rotate(_SLANT, Image.Resampling.BICUBIC)
    left, top = (across - size[0]) // 2, (across - size[1]) // 2
    return turned.crop((left, top, left + size[0], top + size[1]))


def _places(across: int, row: int, step: int) -> Iterator[tuple[int, int]]:
    """Every second row begins half a step earlier, so that no gap runs through."""
    for number, top in enumerate(range(0, across, row)):
        for left in range(-step // 2 * (number % 2), across, step):
            yield left, top
