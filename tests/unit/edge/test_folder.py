"""A folder as a camera."""

import os
from pathlib import Path

import pytest

from darkroom_agent.cameras import open_source
from darkroom_agent.cameras.folder import FolderSource
from darkroom_agent.errors import CameraFailed
from tests.fakes.mjpeg_camera import frame


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for number in range(3):
        put(tmp_path, number)
    return tmp_path


def put(folder: Path, number: int) -> None:
    path = folder / f"{number}.JPG"
    path.write_bytes(frame(number))
    os.utime(path, (1_780_000_000 + number, 1_780_000_000 + number))


def test_newest_first_then_what_was_not_seen_then_from_the_start(folder: Path) -> None:
    camera = FolderSource(folder)
    assert [camera.take() for _ in range(4)] == [frame(2), frame(1), frame(0), frame(2)]


def test_a_new_file_is_the_next_photo(folder: Path) -> None:
    camera = FolderSource(folder)
    assert camera.take() == frame(2)
    put(folder, 7)
    assert camera.take() == frame(7)
    assert camera.take() == frame(1)


def test_a_file_that_changed_is_new(folder: Path) -> None:
    camera = FolderSource(folder)
    assert camera.take() == frame(2)
    (folder / "2.JPG").write_bytes(frame(9))
    assert camera.take() == frame(9)


def test_what_is_no_whole_photo_is_passed_over(folder: Path) -> None:
    (folder / "9.jpg").write_bytes(frame(9)[:-40])
    (folder / "8.png").write_text("not a photo")
    (folder / ".7.jpg").write_bytes(frame(7))
    (folder / "notes.txt").write_text("not a photo")
    (folder / "deep.jpg").mkdir()
    assert FolderSource(folder).take() == frame(2)


def test_an_empty_or_a_lost_folder_says_so(tmp_path: Path) -> None:
    with pytest.raises(CameraFailed, match="no photo"):
        FolderSource(tmp_path).take()
    (tmp_path / "broken.jpg").write_bytes(b"\xff\xd8\xff")
    with pytest.raises(CameraFailed, match="whole photo"):
        FolderSource(tmp_path).take()
    with pytest.raises(CameraFailed, match="cannot be read"):
        FolderSource(tmp_path / "gone").take()
    with pytest.raises(CameraFailed, match="There is no camera"):
        open_source(str(tmp_path / "gone"))
