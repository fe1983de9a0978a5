"""Photos as bytes: what they are, what they say about themselves, and the smaller pictures made of them.

`inspect` trusts nothing that was announced, `derivatives` make the WebP pictures that other people may see. Needs the
imaging layer (Pillow, pi-heif), which is imported when it is first used.
"""

from darkroom.images.derivatives import derivatives, picture, webp
from darkroom.images.fingerprints import distance
from darkroom.images.header import CONTENT_TYPES, NotAPhoto
from darkroom.images.inspection import MAX_BYTES, MAX_PIXELS, Inspection, inspect

__all__ = [
    "CONTENT_TYPES",
    "MAX_BYTES",
    "MAX_PIXELS",
    "Inspection",
    "NotAPhoto",
    "derivatives",
    "distance",
    "inspect",
    "picture",
    "webp",
]
