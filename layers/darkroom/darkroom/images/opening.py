"""From bytes to a picture in memory, safely: limits first, then the one decoder that the bytes call for.

JPEGs are decoded at a fraction of their size when no more is needed (the decoder's own draft mode), which saves most
of the time and memory. The picture comes back upright, in 8 bits, in sRGB, and without any metadata.

Memory at the limit of 100 megapixels: a JPEG takes 120 MB, a progressive one 380, a PNG 550, a WebP 1,550 (its library
keeps two canvases). A function that opens photos is given 2 GB.

HEIC is decoded by pi-heif (see docs/adr/0060): libheif and libde265, no encoder, LGPL, linked dynamically.
"""

import io
import warnings
from math import ceil
from typing import TYPE_CHECKING, BinaryIO

from darkroom.images.header import Header, NotAPhoto, read_header

if TYPE_CHECKING:
    from PIL.Image import Image

MAX_BYTES = 50_000_000
MAX_PIXELS = 100_000_000

_DAMAGED = "The photo is cut off or damaged. Please send it again, or another copy of it."
_DECODERS = {"jpeg": "JPEG", "png": "PNG", "webp": "WEBP", "heic": "HEIF"}
# EXIF's orientations as what turns the picture upright, by the names of Image.Transpose
_UPRIGHT = {
    2: "FLIP_LEFT_RIGHT",
    3: "ROTATE_180",
    4: "FLIP_TOP_BOTTOM",
    5: "TRANSPOSE",
    6: "ROTATE_270",
    7: "TRANSVERSE",
    8: "ROTATE_90",
}


def checked_header(file: BinaryIO) -> Header:
    """The header of a photo that may be decoded: no bomb, no animation."""
    header = read_header(file)
    pixels = header.width * header.height
    if pixels > MAX_PIXELS:
        raise NotAPhoto(
            f"The photo has {ceil(pixels / 1_000_000)} megapixels, and {MAX_PIXELS // 1_000_000} are the most that we "
            "take. Please send a smaller copy."
        )
    if header.animated:
        raise NotAPhoto("This is an animation. Please send a still photo.")
    return header


def open_image(file: BinaryIO, header: Header) -> "Image":
    """The photo, not decoded yet. Raises NotAPhoto when the decoder does not agree with the header."""
    from PIL import Image, JpegImagePlugin, PngImagePlugin, WebPImagePlugin  # noqa: F401 - plugins register themselves

    Image.MAX_IMAGE_PIXELS = MAX_PIXELS  # Pillow's own net, below ours
    file.seek(0)
    try:
        if header.format == "heic":
            import pi_heif  # type: ignore[import-untyped]

            pi_heif.register_heif_opener(thumbnails=False, depth_images=False, aux_images=False)
        with warnings.catch_warnings(action="ignore"):  # what Pillow finds odd is settled here, not in the log
            image = Image.open(file, formats=[_DECODERS[header.format]])
    except MemoryError:
        raise
    except Exception as error:
        raise NotAPhoto(_DAMAGED) from error
    if image.width * image.height > MAX_PIXELS:
        raise NotAPhoto(_DAMAGED)
    return image


def decode(image: "Image", longest: int, orientation: int) -> "Image":
    """The picture in RGB or RGBA, its longest edge at most `longest`, never enlarged."""
    from PIL import Image

    try:
        with warnings.catch_warnings(action="ignore"):
            image.draft(None, (longest, longest))
            image.load()
        profile = image.info.get("icc_profile")
        picture = _eight_bit(image)
        picture.thumbnail((longest, longest), Image.Resampling.LANCZOS, reducing_gap=3.0)
        picture = _in_srgb(picture, profile)
    except MemoryError:
        raise
    except Exception as error:  # a malformed file raises whatever its bytes lead to
        raise NotAPhoto(_DAMAGED) from error
    if orientation in _UPRIGHT:
        picture = picture.transpose(Image.Transpose[_UPRIGHT[orientation]])
    picture.info = {}
    return picture


def as_file(source: bytes | BinaryIO) -> BinaryIO:
    return io.BytesIO(source) if isinstance(source, bytes) else source


def _eight_bit(image: "Image") -> "Image":
    """Palettes, single bits and 16-bit samples become what can be scaled and coloured."""
    if image.mode in ("L", "RGB", "RGBA", "CMYK"):
        return image
    if image.mode.startswith("I"):
        return image.convert("I").point(lambda value: value / 256).convert("L")
    if image.has_transparency_data:
        return image.convert("RGBA")
    return image.convert("L" if image.mode == "1" else "RGB")


def _in_srgb(picture: "Image", profile: bytes | None) -> "Image":
    """Colours as the photo's own profile means them; a profile that makes no sense is as good as none."""
    wanted = "RGBA" if picture.mode == "RGBA" else "RGB"
    if profile:
        from PIL import ImageCms

        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            converted = ImageCms.profileToProfile(picture, source, ImageCms.createProfile("sRGB"), outputMode=wanted)
        except (ImageCms.PyCMSError, OSError, ValueError):
            converted = None
        if converted is not None:
            return converted
    return picture.convert(wanted)
