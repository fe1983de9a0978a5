"""What a file is, told from its bytes."""

import os
from pathlib import Path

import pytest

from darkroom_client.photos import BYTES_MAX, NotAPhoto, look, type_of
from tests.factories import photos


@pytest.mark.parametrize(
    ("content", "content_type"),
    [
        (photos.jpeg(8, 8), "image/jpeg"),
        (photos.encoded(photos.scene(8, 8), "PNG"), "image/png"),
        (photos.encoded(photos.scene(8, 8), "WEBP"), "image/webp"),
        (photos.HEIC.read_bytes(), "image/heic"),
        (b"\0\0\0\x18ftypmif1" + bytes(20), "image/heif"),
    ],
)
def test_photos_are_told_by_their_bytes_whatever_they_are_called(
    content: bytes, content_type: str, tmp_path: Path
) -> None:
    path = tmp_path / "notes.txt"
    path.write_bytes(content)
    photo = look(path)
    assert (photo.content_type, photo.size, photo.path) == (content_type, len(content), path)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "is empty"),
        (b"GIF89a" + bytes(20), "is a GIF; JPEG, PNG, WebP and HEIC photos are taken"),
        (b"II*\0" + bytes(20), "is a TIFF or raw camera file"),
        (b"\0\0\0\x1cftypavif" + bytes(20), "is an AVIF picture"),
        (b"\0\0\0\x1cftypcrx " + bytes(20), "is a raw camera file"),
        (b"\0\0\0\x1cftypisom" + bytes(20), "is a video"),
        (b"RIFF\0\0\0\0AVI LIST", "is a video"),
        (b"RIFF\0\0\0\0WAVEfmt ", "is no photo"),
        (b"holiday notes", "is no photo"),
        (b"\xff", "is no photo"),
    ],
)
def test_what_is_none_says_what_it_is(content: bytes, reason: str, tmp_path: Path) -> None:
    path = tmp_path / "photo.jpg"
    path.write_bytes(content)
    with pytest.raises(NotAPhoto) as caught:
        look(path)
    assert caught.value.reason.startswith(reason)


def test_the_size_is_checked_before_a_byte_is_sent(tmp_path: Path) -> None:
    path = tmp_path / "photo.jpg"
    path.write_bytes(b"\xff\xd8\xff")
    os.truncate(path, BYTES_MAX)
    assert look(path).size == BYTES_MAX
    os.truncate(path, BYTES_MAX + 1)
    with pytest.raises(NotAPhoto, match="50,000,001 bytes"):
        look(path)


def test_what_is_not_even_a_file_is_no_photo(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(NotAPhoto, match="is no file"):
        look(tmp_path / "pipe")
    with pytest.raises(NotAPhoto, match="cannot be read: no such file"):
        look(tmp_path / "nothing")


def test_a_file_that_was_written_to_has_changed(tmp_path: Path) -> None:
    path = tmp_path / "photo.jpg"
    path.write_bytes(photos.jpeg(8, 8))
    photo = look(path)
    assert not photo.has_changed()
    path.write_bytes(photos.jpeg(16, 8))
    assert photo.has_changed()
    path.unlink()
    assert photo.has_changed()


def test_a_name_is_told_as_text_that_the_server_takes(tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode(b"a\xff\nb.jpg")
    path.write_bytes(photos.jpeg(8, 8))
    name = look(path).name
    assert name.encode()
    assert name.isprintable()
    assert name.endswith("b.jpg")


def test_every_beginning_is_a_type_or_a_reason() -> None:
    for first in range(256):
        with pytest.raises(NotAPhoto):
            type_of(bytes([first]) * 3)
