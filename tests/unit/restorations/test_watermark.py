"""Pictures to choose by: recognisable, and of no use without the words across them."""

import io

import pytest
from PIL import Image, ImageChops, ImageStat

from darkroom import images
from restorations import watermark
from tests.factories import photos

_WINDOW = 256


def marks(size: tuple[int, int], colour: str = "grey") -> Image.Image:
    """Where a plain picture is changed by its words."""
    plain = Image.new("RGB", size, colour)
    return ImageChops.difference(watermark.marked(plain), plain).convert("L")


@pytest.mark.parametrize("size", [(1024, 1024), (1024, 600), (600, 1024), (1024, 300)])
def test_no_part_worth_keeping_is_free_of_words(size: tuple[int, int]) -> None:
    found = marks(size)
    for left in range(0, size[0] - _WINDOW + 1, 64):
        for top in range(0, size[1] - _WINDOW + 1, 64):
            part = found.crop((left, top, left + _WINDOW, top + _WINDOW))
            changed = sum(part.point(lambda value: value > 20, "1").convert("L").histogram()[1:])
            assert changed / _WINDOW**2 > 0.02, (left, top)


@pytest.mark.parametrize("colour", ["black", "white", "grey", "orange"])
def test_the_words_show_on_anything(colour: str) -> None:
    assert ImageStat.Stat(marks((800, 600), colour)).mean[0] > 1


def test_the_photo_is_known_again() -> None:
    scene = photos.scene(1024, 768)
    shown = Image.open(io.BytesIO(watermark.preview(io.BytesIO(photos.encoded(scene, "PNG"))))).convert("RGB")
    assert max(ImageStat.Stat(ImageChops.difference(shown, scene)).mean) < 16


def test_it_is_small_upright_and_says_nothing_else() -> None:
    photo = photos.jpeg(3000, 2000, exif=photos.exif(orientation=6))
    preview = watermark.preview(io.BytesIO(photo))
    shown = Image.open(io.BytesIO(preview))
    assert (shown.format, shown.size) == ("WEBP", (683, 1024))
    assert not {"exif", "icc_profile", "xmp"} & set(shown.info)
    assert photos.SERIAL.encode() not in preview


@pytest.mark.parametrize("size", [(1, 1), (3, 900), (900, 3), (40, 40)])
def test_the_smallest_photos_have_one_too(size: tuple[int, int]) -> None:
    assert (
        Image.open(io.BytesIO(watermark.preview(io.BytesIO(photos.encoded(photos.scene(*size), "PNG"))))).size == size
    )


@pytest.mark.parametrize("mode", ["L", "1", "P", "RGBA", "CMYK", "LA"])
def test_whatever_its_colours_are(mode: str) -> None:
    kind = "TIFF" if mode == "CMYK" else "PNG"
    content = photos.encoded(photos.scene(64, 48, mode if mode != "LA" else "L").convert(mode), kind)
    if mode == "CMYK":
        content = photos.encoded(photos.scene(64, 48, "CMYK"), "JPEG")
    assert watermark.preview(io.BytesIO(content))


def test_what_is_transparent_is_paper() -> None:
    clear = Image.new("RGBA", (200, 200), (255, 0, 0, 0))
    assert watermark.marked(clear).getpixel((199, 0))[1] > 100  # type: ignore[index]


def test_what_is_no_photo_is_told() -> None:
    with pytest.raises(images.NotAPhoto):
        watermark.preview(io.BytesIO(b"<!DOCTYPE html>"))
