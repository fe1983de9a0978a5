"""Derivatives are what other people see: the right way up, in the right colours, and silent about the owner."""

import io

import pytest
from PIL import Image, ImageCms

from darkroom import images
from tests.factories import photos


def opened(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content))


def test_the_longest_edge_is_bounded_and_nothing_is_enlarged() -> None:
    made = images.derivatives(photos.jpeg(2000, 1000))
    assert {edge: opened(content).size for edge, content in made.items()} == {400: (400, 200), 1600: (1600, 800)}
    small = images.derivatives(photos.jpeg(300, 200))
    assert {edge: opened(content).size for edge, content in small.items()} == {400: (300, 200), 1600: (300, 200)}
    assert opened(made[400]).format == "WEBP"


def test_a_line_of_a_picture_stays_a_picture() -> None:
    assert opened(images.derivatives(photos.encoded(photos.scene(5000, 1), "PNG"))[400]).size == (400, 1)


@pytest.mark.parametrize(
    ("orientation", "corner"),
    [(1, "lt"), (2, "rt"), (3, "rb"), (4, "lb"), (5, "lt"), (6, "rt"), (7, "rb"), (8, "lb")],
)
def test_orientation_is_applied(orientation: int, corner: str) -> None:
    shown = opened(images.derivatives(photos.jpeg(exif=photos.exif(orientation=orientation)))[400]).convert("L")
    assert (shown.width > shown.height) == (orientation <= 4)
    inset = 20
    places = {
        "lt": (inset, inset),
        "rt": (shown.width - inset, inset),
        "lb": (inset, shown.height - inset),
        "rb": (shown.width - inset, shown.height - inset),
    }
    light = {name: shown.getpixel(place) for name, place in places.items()}
    assert max(light, key=lambda name: light[name]) == corner  # type: ignore[arg-type, return-value]


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "HEIC"])
def test_no_place_no_serial_number_and_no_comment_is_left(kind: str) -> None:
    if kind == "HEIC":
        original = photos.HEIC.read_bytes()
    else:
        block = photos.exif(orientation=6)
        options = {"xmp": b"<x:xmpmeta>" + photos.SERIAL.encode() + b"</x:xmpmeta>"} if kind != "PNG" else {}
        original = photos.encoded(photos.scene(), kind, exif=block, **options)
    assert photos.SERIAL.encode() in original
    for content in images.derivatives(original).values():
        shown = opened(content)
        assert not shown.getexif()
        assert not {"exif", "xmp", "icc_profile", "comment"} & set(shown.info)
        for word in (photos.SERIAL.encode(), b"EXIF", b"XMP", b"ICCP"):
            assert word not in content


def test_colours_are_shown_as_the_photos_own_profile_means_them() -> None:
    """A camera with red and blue the other way round is simulated by a profile that says just that."""
    red = Image.new("RGB", (100, 100), (230, 20, 20))
    swapped = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    tags = swapped[128:]
    at_red, at_blue = 128 + tags.index(b"rXYZ"), 128 + tags.index(b"bXYZ")
    swapped[at_red : at_red + 4], swapped[at_blue : at_blue + 4] = b"bXYZ", b"rXYZ"
    shown = opened(images.derivatives(photos.encoded(red, "PNG", icc_profile=bytes(swapped)))[400])
    pixel = shown.convert("RGB").getpixel((50, 50))
    assert isinstance(pixel, tuple)
    assert photos.distance_between(tuple(map(int, pixel)), (20, 20, 230)) < 20


def test_a_profile_that_makes_no_sense_is_as_good_as_none() -> None:
    for profile in (b"nonsense", bytes(200)):
        assert images.derivatives(photos.encoded(photos.scene(), "PNG", icc_profile=profile))[400]


def test_transparency_is_kept() -> None:
    clear = photos.scene(mode="RGBA")
    clear.putalpha(0)
    assert opened(images.derivatives(photos.encoded(clear, "PNG"))[400]).mode == "RGBA"
