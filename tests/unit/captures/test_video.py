"""Films are opened again and looked at: how many frames, which shape, in which order, and what players insist on."""

import random
from pathlib import Path

import pytest
from PIL import Image

from captures import video
from tests.factories import films


def made(folder: Path, *pictures: Image.Image, fps: int = 12) -> films.Shown:
    path = folder / "film.mp4"
    with video.Film(path, fps) as film:
        for picture in pictures:
            film.add(picture)
    assert film.frames == len(pictures)
    assert film.seconds == pytest.approx(len(pictures) / fps)
    return films.shown(path.read_bytes())


def test_every_picture_is_a_frame_in_its_order(tmp_path: Path) -> None:
    names = random.Random(7).choices(list(films.COLOURS), k=40)
    shown = made(tmp_path, *[films.plain(name) for name in names], fps=10)
    assert shown.colours == names
    assert (shown.size, shown.fps, shown.seconds) == ((320, 240), 10, 4)
    assert (shown.codec, shown.pixels) == ("h264", "yuv420p")


@pytest.mark.parametrize("fps", [1, 60])
def test_one_picture_is_a_film(tmp_path: Path, fps: int) -> None:
    shown = made(tmp_path, films.plain("green"), fps=fps)
    assert shown.colours == ["green"]
    assert shown.seconds == pytest.approx(1 / fps)


def test_the_index_comes_first(tmp_path: Path) -> None:
    made(tmp_path, *[films.plain("blue")] * 5)
    content = (tmp_path / "film.mp4").read_bytes()
    assert 0 < content.index(b"moov") < content.index(b"mdat")


def test_colours_are_what_they_were(tmp_path: Path) -> None:
    (frame,) = made(tmp_path, films.plain("red", (1280, 720))).frames
    seen = frame.getpixel((640, 360))
    assert isinstance(seen, tuple)
    assert all(abs(one - other) <= 6 for one, other in zip(seen, films.COLOURS["red"], strict=True))


def test_other_shapes_are_shown_whole_with_black_beside_them(tmp_path: Path) -> None:
    tall, wide = films.plain("red", (240, 320)), films.plain("green", (640, 120))
    shown = made(tmp_path, films.plain("blue"), tall, wide, films.plain("white", (640, 480)))
    assert shown.size == (320, 240)
    assert shown.colours == ["blue", "red", "green", "white"]
    _, beside, above, filled = shown.frames
    assert films.colour_at(beside, 20, 120) == films.colour_at(beside, 300, 120) == "black"
    assert films.colour_at(above, 160, 20) == films.colour_at(above, 160, 220) == "black"
    assert films.colour_at(filled, 5, 5) == "white"


@pytest.mark.parametrize(
    ("first", "wanted"),
    [
        ((1600, 1200), (1440, 1080)),
        ((1600, 900), (1600, 900)),
        ((1200, 1600), (810, 1080)),
        ((3840, 2160), (1920, 1080)),
        ((321, 241), (320, 240)),
        ((1600, 1), (1600, 16)),
        ((1, 1), (16, 16)),
    ],
)
def test_a_film_has_its_first_pictures_shape_within_full_hd(first: tuple[int, int], wanted: tuple[int, int]) -> None:
    assert video.shape_of(first) == wanted


def test_the_strangest_shapes_make_a_film(tmp_path: Path) -> None:
    shapes = [(1, 1600), (1600, 1), (1, 1), (33, 77)]
    assert len(made(tmp_path, *[films.plain("white", shape) for shape in shapes]).frames) == len(shapes)


def test_without_pictures_there_is_no_file(tmp_path: Path) -> None:
    with video.Film(tmp_path / "film.mp4", 12) as film:
        pass
    assert film.frames == 0
    assert list(tmp_path.iterdir()) == []


def test_what_is_no_picture_says_so() -> None:
    whole = films.webp("red")
    assert video.decoded(whole).size == (320, 240)
    for broken in (b"", b"nonsense", whole[: len(whole) // 2]):
        with pytest.raises(video.NoPicture):
            video.decoded(broken)


def test_a_film_that_is_given_up_raises_what_ended_it(tmp_path: Path) -> None:
    with pytest.raises(KeyError), video.Film(tmp_path / "film.mp4", 12) as film:
        for _ in range(60):
            film.add(films.plain("red"))
        raise KeyError
