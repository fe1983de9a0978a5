"""Which files are meant by paths."""

import os
from pathlib import Path

import pytest

from darkroom_client.walking import walk


def names(*paths: Path) -> list[str]:
    def none_expected(path: Path, reason: str) -> None:
        raise AssertionError(f"{path} {reason}")

    return [path.name for path in walk(paths, none_expected)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("b/2.jpg", "b/1.jpg", "a/z/3.jpg", "4.jpg", ".hidden.jpg", ".git/5.jpg"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode())
    return tmp_path


def test_folders_are_walked_in_the_order_of_names(folder: Path) -> None:
    assert names(folder) == ["4.jpg", "3.jpg", "1.jpg", "2.jpg"]


def test_hidden_files_count_when_they_are_named(folder: Path) -> None:
    assert names(folder / ".hidden.jpg", folder / "b") == [".hidden.jpg", "1.jpg", "2.jpg"]


def test_each_file_comes_once(folder: Path) -> None:
    os.link(folder / "4.jpg", folder / "same.jpg")
    (folder / "linked.jpg").symlink_to(folder / "b" / "1.jpg")
    assert names(folder / "b", folder, folder / "b" / "2.jpg") == ["1.jpg", "2.jpg", "4.jpg", "3.jpg"]


def test_a_circle_of_links_has_an_end(folder: Path) -> None:
    (folder / "b" / "up").symlink_to(folder)
    assert names(folder) == ["4.jpg", "3.jpg", "1.jpg", "2.jpg"]


def test_what_cannot_be_read_is_told_and_the_rest_goes_on(folder: Path) -> None:
    (folder / "broken.jpg").symlink_to(folder / "nowhere.jpg")
    told: list[tuple[str, str]] = []
    found = [path.name for path in walk([folder], lambda path, reason: told.append((path.name, reason)))]
    assert found == ["4.jpg", "3.jpg", "1.jpg", "2.jpg"]
    assert told == [("broken.jpg", "cannot be read: no such file or directory")]
