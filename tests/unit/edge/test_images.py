"""What a photo's bytes are, without decoding them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from darkroom_agent.images import NotAPhoto, look
from tests.factories import photos


@pytest.mark.parametrize(
    ("content", "content_type"),
    [
        (photos.jpeg(31, 17), "image/jpeg"),
        (photos.jpeg(31, 17, exif=photos.exif()), "image/jpeg"),
        (photos.encoded(photos.scene(31, 17), "JPEG", progressive=True), "image/jpeg"),
        (photos.encoded(photos.scene(31, 17), "PNG"), "image/png"),
        (photos.encoded(photos.scene(31, 17), "WEBP"), "image/webp"),
        (photos.encoded(photos.scene(31, 17), "WEBP", lossless=True), "image/webp"),
        (photos.encoded(photos.scene(31, 17, "RGBA"), "WEBP"), "image/webp"),
    ],
)
def test_type_and_size_are_read_from_the_bytes(content: bytes, content_type: str) -> None:
    assert look(content) == (content_type, 31, 17)
    assert look(content + b"\0" * 100_000 if content_type == "image/jpeg" else content).width == 31


def test_heic() -> None:
    found = look(photos.HEIC.read_bytes())
    assert found.content_type == "image/heic"
    assert min(found.width, found.height) > 0


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_a_photo_that_breaks_off_is_none(kind: str) -> None:
    whole = photos.encoded(photos.scene(64, 48), kind)
    for end in range(1, len(whole) - 12, 7):
        with pytest.raises(NotAPhoto):
            look(whole[:end])


@given(st.binary(max_size=200) | st.binary(max_size=80).map(lambda rest: b"\xff\xd8\xff" + rest))
def test_any_bytes_are_a_photo_or_not(content: bytes) -> None:
    try:
        found = look(content)
    except NotAPhoto:
        return
    assert found.width > 0


def test_a_photo_too_large_says_so() -> None:
    with pytest.raises(NotAPhoto, match="at most 50,000,000"):
        look(b"\xff\xd8\xff" + b"\0" * 50_000_000)
