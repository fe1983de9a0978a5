"""The arithmetic around the networks: what a detector's numbers mean, how a face is turned, who pairs with whom."""

from typing import Any

import numpy as np
import pytest
from PIL import Image

from darkroom import faces as port
from infra.sagemaker.faces import detector, embedder, looking, networks
from infra.tools import dlib_network


class Output:
    def __init__(self, name: str) -> None:
        self.name = name


class OneFace:
    """A detector that sees a face of 40 by 48 pixels around the middle of one place of stride 16, and its neighbour."""

    def __init__(self) -> None:
        self.shapes: list[tuple[int, ...]] = []

    def get_outputs(self) -> list[Output]:
        return [Output(f"{part}_{stride}") for stride in (8, 16, 32) for part in ("cls", "obj", "bbox", "kps")]

    def run(self, names: list[str], given: dict[str, Any]) -> list[Any]:
        _, _, height, width = given["input"].shape
        self.shapes.append((height, width))
        answers = []
        for name in names:
            part, stride = name.split("_")
            places = (height // int(stride)) * (width // int(stride))
            answer = np.zeros((1, places, {"bbox": 4, "kps": 10}.get(part, 1)), np.float32)
            if stride == "16":
                place = 3 * (width // 16) + 5
                for at, certainty in ((place, 0.9), (place + 1, 0.8)):
                    if part in ("cls", "obj"):
                        answer[0, at] = certainty
                    elif part == "bbox":
                        answer[0, at] = [0, 0, np.log(40 / 16), np.log(48 / 16)]
            answers.append(answer)
        return answers


def test_a_detectors_numbers_become_a_face_in_the_pictures_pixels(monkeypatch: pytest.MonkeyPatch) -> None:
    network = OneFace()
    monkeypatch.setattr(networks, "session", lambda _name: network)
    [found] = detector.find(Image.new("RGB", (200, 100)))
    assert found.box == pytest.approx((5 * 16 - 20, 3 * 16 - 24, 40, 48), abs=1e-3)
    assert found.points.tolist() == [[80.0, 48.0]] * 5
    assert found.confidence == pytest.approx(0.9)
    assert network.shapes == [(128, 224)]  # whole strides; a small picture is looked at once


def test_a_large_picture_is_looked_at_twice_and_faces_are_where_they_are_in_it(monkeypatch: pytest.MonkeyPatch) -> None:
    network = OneFace()
    monkeypatch.setattr(networks, "session", lambda _name: network)
    found = detector.find(Image.new("RGB", (2560, 1280)))
    assert network.shapes == [(256, 480), (640, 1280)]
    assert [each.box[2] for each in found] == pytest.approx([40 * 2560 / 480, 40 * 2])


def test_numbers_that_are_none_are_no_face() -> None:
    rows = np.full((2, 15), np.nan, np.float32)
    assert detector._distinct(rows) == []


@pytest.mark.parametrize(("turn", "scale"), [(0.0, 1.0), (0.6, 0.3), (-1.2, 4.0), (3.0, 1.0)])
def test_a_turned_face_is_turned_back(turn: float, scale: float) -> None:
    rotation = scale * np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    points = embedder.MEAN_FACE @ rotation.T + (30, -7)
    back, shift = embedder._similarity(points, embedder.MEAN_FACE)
    assert points @ back.T + shift == pytest.approx(embedder.MEAN_FACE, abs=1e-9)


def test_a_chip_shows_the_face_where_the_network_expects_it_at_any_size() -> None:
    for size in (100, 300, 1_500):
        picture = Image.new("RGB", (size * 2, size * 2), (0, 0, 255))
        points = (embedder.MEAN_FACE * size + size / 2).astype(np.float32)
        for x, y in points:
            picture.paste((255, 0, 0), (int(x - size / 20), int(y - size / 20), int(x + size / 20), int(y + size / 20)))
        chip = embedder.chip(picture, points)
        assert chip.size == (150, 150)
        for x, y in embedder._WHERE:
            red, _, blue = chip.getpixel((int(x), int(y)))  # type: ignore[misc]
            assert red > 200
            assert blue < 55


@pytest.mark.parametrize("points", [np.zeros((5, 2)), np.full((5, 2), -5_000.0), embedder.MEAN_FACE * 1e5 + 1e6])
def test_points_that_make_no_face_make_no_failure(points: Any) -> None:
    assert embedder.chip(Image.new("RGB", (50, 50)), points.astype(np.float32)).size == (150, 150)


def looked(*values: float, width: int = 32) -> Any:
    found = [detector.Found((0, 0, width, width), np.zeros((5, 2), np.float32), 0.9) for _ in values]
    return looking._Looked((10, 10), found, np.array([[value] for value in values], np.float32).reshape(-1, 1))


@pytest.mark.parametrize(
    ("one", "other", "likeness", "same"),
    [
        ((0.0,), (0.1,), 0.9, True),
        ((0.0,), (0.55,), 0.45, None),
        ((0.0,), (0.9,), 0.1, False),
        ((0.0,), (7.0,), 0.0, False),
        ((0.0, 5.0), (5.1, 0.3), 0.7, True),
        ((0.0, 5.0), (5.1, 0.55), 0.45, None),
        ((0.0, 5.0), (5.1,), 0.0, False),  # one was lost
        ((0.0, 0.1), (0.0,), 0.0, False),  # two cannot be the same one
        ((0.0,), (), 0.0, False),
        ((0.0,), (3.0, 0.1, 9.0), 0.9, True),  # strangers in the other photo are nobody's business
        ((), (0.0,), None, None),
        ((), (), None, None),
    ],
)
def test_every_face_is_looked_for(
    monkeypatch: pytest.MonkeyPatch,
    one: tuple[float, ...],
    other: tuple[float, ...],
    likeness: float | None,
    same: bool | None,
) -> None:
    monkeypatch.setattr(looking, "_look", lambda photo: looked(*(one if photo == b"one" else other)))
    answer = looking.compare(b"one", b"other")
    assert answer["likeness"] == (None if likeness is None else pytest.approx(likeness, abs=1e-5))
    assert answer["same"] is same
    assert answer["faces"] == [len(one), len(other)]
    assert len({pair["other"] for pair in answer["pairs"]}) == len(answer["pairs"])


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [((0.0,), (0.1,), True), ((0.0,), (0.9,), None), ((0.0,), (), None), ((0.0, 5.0), (0.1,), None)],
)
def test_a_face_too_small_to_be_told_apart_is_nobody_elses(
    monkeypatch: pytest.MonkeyPatch, one: tuple[float, ...], other: tuple[float, ...], same: bool | None
) -> None:
    monkeypatch.setattr(looking, "_look", lambda photo: looked(*(one if photo == b"one" else other), width=31))
    assert looking.compare(b"one", b"other")["same"] is same


def test_the_port_and_the_container_mean_the_same() -> None:
    assert networks.MODEL == port.MODEL
    assert (looking.SAME_FROM, looking.DIFFERENT_BELOW) == (port.SAME_FROM, port.DIFFERENT_BELOW)
    assert looking.PHOTO_BYTES_MAX == port.PHOTO_BYTES_MAX
    assert dlib_network.LENGTH == port.EMBEDDING_LENGTH
    assert dlib_network.EDGE == embedder.EDGE


def dlib_file() -> bytes:
    """The layout of dlib's file with numbers that count."""
    parts = [b"\x01\x02loss_metric_2"]
    for size, width in dlib_network._sizes():
        header = b"".join(dlib_network._number(value) for value in (2, size // width, width, 1, 1))
        parts += [b"con_4\x01", header, np.full(size, len(parts), "<f4").tobytes()]
    return b"".join(parts)


def test_each_tensor_of_dlibs_file_is_found_in_its_place() -> None:
    found = list(dlib_network.tensors(dlib_file()))
    assert len(found) == 59
    assert [int(values[0]) for values in found] == [1 + 3 * number for number in range(59)]
    assert sum(values.size for values in found) == 5_614_592


def test_another_network_is_refused() -> None:
    with pytest.raises(dlib_network.NotTheNetwork):
        list(dlib_network.tensors(dlib_file()[:-1]))
    with pytest.raises(dlib_network.NotTheNetwork):
        next(dlib_network.tensors(b"con_4"))
