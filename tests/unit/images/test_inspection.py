"""A photo is what its bytes say; what is refused is refused with words that help, and costs no memory."""

import base64
import hashlib
import io
import resource
import struct
import zlib
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from darkroom import images
from darkroom.images import NotAPhoto, heif
from darkroom.images.fingerprints import thumbhash
from tests.factories import photos


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (photos.jpeg(), "jpeg"),
        (photos.encoded(photos.scene(), "PNG"), "png"),
        (photos.encoded(photos.scene(), "WEBP"), "webp"),
        (photos.encoded(photos.scene(), "WEBP", lossless=True), "webp"),
        (photos.encoded(photos.scene(mode="RGBA"), "WEBP", exif=photos.exif()), "webp"),
    ],
)
def test_the_real_format_size_and_digests_are_read_from_the_bytes(content: bytes, kind: str) -> None:
    found = images.inspect(content)
    assert (found.format, found.content_type) == (kind, f"image/{kind}")
    assert (found.width, found.height, found.size_bytes) == (640, 480, len(content))
    assert found.sha256 == hashlib.sha256(content).digest()
    assert found.crc32 == zlib.crc32(content)


def test_a_file_is_read_like_bytes() -> None:
    assert images.inspect(io.BytesIO(photos.jpeg())) == images.inspect(photos.jpeg())


def test_heic_is_decoded_upright_with_its_metadata() -> None:
    found = images.inspect(photos.HEIC.read_bytes())
    assert (found.format, found.content_type) == ("heic", "image/heic")
    assert (found.width, found.height) == (64, 96)  # it was written lying on its side
    assert found.metadata.orientation == 1  # the decoder has turned it already
    assert found.metadata.taken_at == datetime(2024, 7, 1, 10, 30, tzinfo=UTC)


def test_a_picture_of_two_pictures_as_phones_write_it_is_a_jpeg() -> None:
    content = photos.encoded(photos.scene(), "MPO", save_all=True, append_images=[photos.scene(320, 240)])
    assert images.inspect(content).format == "jpeg"
    assert images.derivatives(content)[400]


@pytest.mark.parametrize("orientation", [5, 6, 7, 8])
def test_width_and_height_are_those_of_the_upright_picture(orientation: int) -> None:
    found = images.inspect(photos.jpeg(exif=photos.exif(orientation=orientation)))
    assert (found.width, found.height) == (480, 640)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (photos.jpeg()[:2000], "cut off"),
        (photos.jpeg()[:12], "cut off"),
        (photos.encoded(photos.scene(), "PNG")[:300], "cut off"),
        (photos.encoded(photos.scene(), "WEBP")[:300], "cut off"),
        (photos.HEIC.read_bytes()[:700], "cut off"),
        (photos.encoded(photos.scene(), "GIF"), "a GIF"),
        (photos.encoded(photos.scene(), "BMP"), "a BMP"),
        (photos.encoded(photos.scene(), "TIFF"), "a TIFF"),
        (photos.encoded(photos.scene(), "AVIF"), "an AVIF"),
        (b"%PDF-1.7\n...", "a PDF"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "an SVG"),
        (b"\0\0\0\x18ftypisom\0\0\0\0", "a video"),
        (b"hello, I am holiday.jpg", "not a photo"),
        (b"\xff\xd8\xff" + bytes(100), "cut off"),
    ],
)
def test_what_is_no_whole_photo_is_refused_with_words_that_help(content: bytes, words: str) -> None:
    with pytest.raises(NotAPhoto, match=words) as refused:
        images.inspect(content)
    assert "lease send" in refused.value.reason


@pytest.mark.parametrize("kind", ["WEBP", "PNG"])
def test_an_animation_is_refused_as_one(kind: str) -> None:
    content = photos.encoded(
        photos.scene(), kind, save_all=True, append_images=[photos.scene().rotate(90)], duration=100
    )
    with pytest.raises(NotAPhoto, match="animation"):
        images.inspect(content)


def test_a_file_past_50_megabytes_is_refused_while_it_is_read() -> None:
    with pytest.raises(NotAPhoto, match="50 MB"):
        images.inspect(photos.jpeg(64, 64) + bytes(images.MAX_BYTES))


@pytest.mark.parametrize(
    "bomb", [photos.png_bomb, photos.jpeg_bomb, photos.webp_bomb, photos.heic_bomb], ids=lambda bomb: str(bomb.__name__)
)
def test_a_decompression_bomb_is_refused_and_memory_stays_flat(bomb: Callable[[], bytes]) -> None:
    images.inspect(photos.HEIC.read_bytes())  # the decoders are loaded before the measurement
    content = bomb()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for work in (images.inspect, images.derivatives):
        with pytest.raises(NotAPhoto, match="megapixels"):
            work(content)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 10_000  # kB


def test_100_megapixels_are_taken_and_one_row_more_is_not() -> None:
    assert images.MAX_PIXELS == 100_000_000
    with pytest.raises(NotAPhoto, match="has 101 megapixels, and 100 are the most"):
        images.inspect(photos.png_bomb(10_000, 10_001))
    with pytest.raises(NotAPhoto, match="damaged"):  # it passed the limit, and then there are no pixels
        images.inspect(photos.png_bomb(10_000, 10_000)[:60])


def test_a_heic_bomb_that_hides_in_the_decoder_configuration_is_seen() -> None:
    width, height = 30_000, 20_000
    bits = (
        "0000" + "000" + "1" + "0" * 96 + _exponential(0) + _exponential(1) + _exponential(width) + _exponential(height)
    )
    unit = b"\x42\x01" + int(bits.ljust(-(-len(bits) // 8) * 8, "0"), 2).to_bytes(-(-len(bits) // 8))
    unit = unit[:2] + unit[2:].replace(b"\0\0\0", b"\0\0\3\0")
    configuration = bytes(22) + b"\1" + struct.pack(">BHH", 0xA1, 1, len(unit)) + unit
    assert list(heif._sequence_sizes(configuration)) == [(width, height)]


def _exponential(value: int) -> str:
    spelled = f"{value + 1:b}"
    return "0" * (len(spelled) - 1) + spelled


def test_the_decoder_configuration_of_a_real_photo_is_understood() -> None:
    content = photos.HEIC.read_bytes()
    at = content.index(b"hvcC")
    (length,) = struct.unpack(">I", content[at - 4 : at])
    ((width, height),) = heif._sequence_sizes(content[at + 4 : at - 4 + length])
    assert (width, height) >= photos.heic_size()


@pytest.mark.parametrize(
    "picture",
    [
        photos.scene(mode="L"),
        photos.scene(mode="1"),
        photos.scene(mode="P"),
        photos.scene(mode="RGBA"),
        photos.scene(mode="LA"),
        photos.scene(mode="L").convert("I").point(lambda value: value * 257).convert("I;16"),
    ],
    ids=lambda picture: str(picture.mode),
)
def test_every_kind_of_pixel_is_shown_alike(picture: Image.Image) -> None:
    content = photos.encoded(picture, "PNG")
    shown = Image.open(io.BytesIO(images.derivatives(content)[400])).convert("L")
    bright, dark = shown.getpixel((30, 30)), shown.getpixel((150, 150))
    assert isinstance(bright, (int, float))
    assert isinstance(dark, (int, float))
    assert bright > 225
    assert dark < 200
    assert images.inspect(content).width == 640


def test_a_print_shops_cmyk_photo_is_shown_in_its_colours() -> None:
    red = Image.new("CMYK", (100, 100), (0, 255, 255, 0))
    shown = Image.open(io.BytesIO(images.derivatives(photos.encoded(red, "JPEG"))[400])).convert("RGB")
    assert photos.distance_between(_pixel(shown), (254, 0, 0)) < 12


def _pixel(picture: Image.Image) -> tuple[int, ...]:
    pixel = picture.getpixel((5, 5))
    assert isinstance(pixel, tuple)
    return tuple(int(channel) for channel in pixel)


class TestMetadata:
    def test_a_time_with_its_offset_is_exact(self) -> None:
        found = images.inspect(photos.jpeg(exif=photos.exif(offset="+02:00"))).metadata
        assert (found.taken_at, found.taken_at_offset) == (datetime(2024, 7, 1, 10, 30, tzinfo=UTC), "+02:00")

    def test_a_time_without_an_offset_is_the_wall_time(self) -> None:
        found = images.inspect(photos.jpeg(exif=photos.exif())).metadata
        assert (found.taken_at, found.taken_at_offset) == (datetime(2024, 7, 1, 12, 30, tzinfo=UTC), None)

    def test_without_exif_there_is_no_time_and_no_place(self) -> None:
        found = images.inspect(photos.jpeg()).metadata
        assert (found.taken_at, found.taken_at_offset, found.gps, found.orientation) == (None, None, None, 1)

    @pytest.mark.parametrize(
        "taken", ["0000:00:00 00:00:00", "    :  :     :  :  ", "yesterday", "2024:13:40 25:61:61", ""]
    )
    def test_a_time_that_is_none_is_not_written_down(self, taken: str) -> None:
        assert images.inspect(photos.jpeg(exif=photos.exif(taken=taken))).metadata.taken_at is None

    @pytest.mark.parametrize("offset", ["+99:00", "02:00", "Z", "+02:75", "   :  "])
    def test_an_offset_that_is_none_leaves_the_wall_time(self, offset: str) -> None:
        found = images.inspect(photos.jpeg(exif=photos.exif(offset=offset))).metadata
        assert (found.taken_at, found.taken_at_offset) == (datetime(2024, 7, 1, 12, 30, tzinfo=UTC), None)

    def test_the_first_minute_of_all_times_and_the_last_do_no_harm(self) -> None:
        for taken, offset in (("0001:01:01 00:00:00", "+02:00"), ("9999:12:31 23:59:59", "-02:00")):
            assert images.inspect(photos.jpeg(exif=photos.exif(taken=taken, offset=offset))).metadata.taken_at is None

    def test_the_place_is_read_for_the_owner(self) -> None:
        assert images.inspect(photos.jpeg(exif=photos.exif())).metadata.gps == (48.1416667, 11.5666667)
        south_west = photos.exif(gps=(("S", (33.0, 51.0, 0.0)), ("W", (70.0, 30.0, 0.0))))
        assert images.inspect(photos.jpeg(exif=south_west)).metadata.gps == (-33.85, -70.5)

    @pytest.mark.parametrize(
        "gps",
        [
            (("N", (91.0, 0.0, 0.0)), ("E", (11.0, 0.0, 0.0))),
            (("N", (0.0, 0.0, 0.0)), ("E", (0.0, 0.0, 0.0))),
            (("X", (1.0, 0.0, 0.0)), ("E", (11.0, 0.0, 0.0))),
            (("N", (1.0, 0.0)), ("E", (11.0, 0.0, 0.0))),
        ],
    )
    def test_a_place_that_is_none_is_not_written_down(self, gps: tuple[object, ...]) -> None:
        assert images.inspect(photos.jpeg(exif=photos.exif(gps=gps))).metadata.gps is None

    @pytest.mark.parametrize("orientation", [0, 9, 65535])
    def test_an_orientation_that_is_none_means_upright(self, orientation: int) -> None:
        assert images.inspect(photos.jpeg(exif=photos.exif(orientation=orientation))).metadata.orientation == 1

    @settings(max_examples=60, deadline=None)
    @given(st.binary(min_size=0, max_size=200))
    def test_whatever_the_exif_block_holds_the_photo_is_taken(self, block: bytes) -> None:
        assert images.inspect(photos.jpeg(64, 64, exif=b"Exif\0\0II*\0\x08\0\0\0" + block)).width == 64


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_damage_ends_in_an_inspection_or_in_a_reason_never_in_another_error(data: st.DataObject) -> None:
    content = bytearray(data.draw(st.sampled_from(_WHOLE)))
    for _ in range(data.draw(st.integers(1, 6))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(content)))
    for damaged in (bytes(content), bytes(content[:cut])):
        assert _outcome(damaged)


def _outcome(content: bytes) -> str:
    try:
        return images.inspect(content).format
    except NotAPhoto as refused:
        return refused.reason


_WHOLE = [
    photos.jpeg(64, 64, exif=photos.exif()),
    photos.encoded(photos.scene(64, 64), "PNG"),
    photos.encoded(photos.scene(64, 64), "WEBP", exif=photos.exif()),
    photos.HEIC.read_bytes(),
]


def test_the_perceptual_hash_sees_the_same_picture_through_scaling_and_compression() -> None:
    original = images.inspect(photos.jpeg())
    smaller = images.inspect(photos.encoded(photos.scene(300, 225), "WEBP", quality=60))
    turned = images.inspect(photos.encoded(photos.scene().transpose(Image.Transpose.FLIP_TOP_BOTTOM), "PNG"))
    assert images.distance(original.phash, smaller.phash) <= 6
    assert images.distance(original.phash, turned.phash) > 16
    assert -(2**63) <= original.phash < 2**63


def test_the_placeholder_is_some_twenty_bytes_of_the_right_shape_and_colour() -> None:
    blue = images.inspect(photos.encoded(Image.new("RGB", (300, 100), (0, 0, 255)), "PNG")).thumbhash
    assert 5 <= len(blue) <= 30
    header = int.from_bytes(blue[:3], "little")
    assert header & 63 == 21  # a third of full light
    assert header >> 6 & 63 == 0  # all blue, no yellow
    assert blue[4] >> 7 == 1  # a landscape
    assert base64.b64encode(images.inspect(photos.jpeg()).thumbhash).isascii()


def test_the_heic_library_brings_no_encoder() -> None:
    """The GPL encoder of the sister package must not come in by an update (docs/adr/0060)."""
    import pi_heif  # type: ignore[import-untyped]

    built = pi_heif.libheif_info()
    assert "x265" not in str(built).lower()
    assert (built["HEIF"], list(built["decoders"])) == ("", ["libde265"])


def test_the_placeholder_is_the_reference_implementations() -> None:
    """Made by `thumbhash` 0.1.1 of npm from the same pixels."""
    pixels = bytes((x * 37 + y * 91 + c * 53 + x * y * 7) % 256 for y in range(8) for x in range(12) for c in range(3))
    assert thumbhash(Image.frombytes("RGB", (12, 8), pixels)).hex() == "e0f701158449a1387805a18066354868566600036a"
