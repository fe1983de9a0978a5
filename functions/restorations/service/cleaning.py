"""A result as it is kept: nothing in it but the picture. What a model wrote beside it, or carried over from what it was
given, is not passed on."""

import io
from typing import BinaryIO, Final

from darkroom.images import exif, opening

_SPEAKS: Final = ("exif", "xmp", "XML:com.adobe.xmp", "photoshop", "comment", "Raw profile type exif")
_QUALITY: Final = 95


def without_metadata(result: BinaryIO) -> bytes:
    """The same bytes where they say nothing; otherwise the picture written anew, upright and in sRGB."""
    header = opening.checked_header(result)
    with opening.open_image(result, header) as image:
        said = [name for name in _SPEAKS if image.info.get(name)]
        texts = getattr(image, "text", None)  # of a PNG; read when it is decoded
        orientation = exif.read_metadata(image).orientation
        if header.format != "heic" and not said and not texts and orientation == 1 and header.format != "png":
            return _all(result)
        longest = max(image.size)
        picture = opening.decode(image, longest, orientation)
    encoded = io.BytesIO()
    if header.format == "png":
        picture.save(encoded, "PNG", optimize=False)
    elif header.format == "webp":
        picture.save(encoded, "WEBP", quality=_QUALITY, method=4)
    else:
        picture.convert("RGB").save(encoded, "JPEG", quality=_QUALITY, subsampling=0)
    return encoded.getvalue()


def _all(file: BinaryIO) -> bytes:
    file.seek(0)
    return file.read()
