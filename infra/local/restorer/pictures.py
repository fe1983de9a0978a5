"""Photos from bytes and to bytes: upright, in sRGB, eight bits, three channels."""

import io
import warnings

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms, ImageOps

Picture = NDArray[np.uint8]

MAX_PIXELS = 100_000_000
_KINDS = ("JPEG", "PNG", "WEBP")
_QUALITY = 95
_BANDS = 512


class Unreadable(ValueError):
    """These bytes are no photo that can be restored; the message is for the one who sent them."""


def read(content: bytes) -> Picture:
    try:
        with warnings.catch_warnings(action="ignore"), Image.open(io.BytesIO(content), formats=_KINDS) as image:
            _check_size(image)
            image.load()
            profile = image.info.get("icc_profile")
            upright = ImageOps.exif_transpose(image)
            return np.asarray(_in_srgb(_flattened(upright), profile))
    except Unreadable:
        raise
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise Unreadable("the image cannot be read") from error


def write(picture: Picture) -> bytes:
    out = io.BytesIO()
    Image.fromarray(picture).save(out, "JPEG", quality=_QUALITY, subsampling=0)
    return out.getvalue()


def _check_size(image: Image.Image) -> None:
    if image.width * image.height > MAX_PIXELS:
        raise Unreadable(f"the image has more than {MAX_PIXELS // 1_000_000} megapixels")


def _flattened(image: Image.Image) -> Image.Image:
    """What can be seen through is seen on white, as on paper; 16 bits become 8."""
    if image.mode.startswith("I"):
        values = np.asarray(image).astype(np.int64)
        return Image.fromarray((values >> 8).clip(0, 255).astype(np.uint8))
    if image.has_transparency_data:
        seen = image.convert("RGBA")
        paper = Image.new("RGB", image.size, (255, 255, 255))
        for top in range(0, image.height, _BANDS):
            box = (0, top, image.width, min(image.height, top + _BANDS))
            band = seen.crop(box)
            paper.paste(band, box[:2], band)
        return paper
    return image if image.mode in {"RGB", "L", "CMYK"} else image.convert("RGB")


def _in_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    if profile:
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            target = ImageCms.createProfile("sRGB")
            converted = ImageCms.profileToProfile(image, source, target, outputMode="RGB")
        except (ImageCms.PyCMSError, OSError, ValueError):
            converted = None  # a profile that makes no sense is as good as none
        if converted is not None:
            return converted
    return image.convert("RGB")
