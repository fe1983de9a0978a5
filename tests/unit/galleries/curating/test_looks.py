"""How photos look: the same picture in other clothes is nearer than any other picture."""

import random
from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image, ImageEnhance

from galleries.curating import looks
from tests.factories import scenery

# Two settings of each kind: the second one of a kind is the hardest stranger.
SETTINGS = [
    scenery.Setting(kind, seed)
    for kind in (*scenery.OUTDOOR, *scenery.INDOOR)
    for seed in (1, 2)
]  # fmt: skip
PICTURES = [scenery.paint(setting, 1) for setting in SETTINGS]

VARIANTS: dict[str, Callable[[Image.Image], Image.Image]] = {
    "crop": lambda picture: scenery.crop(picture, random.Random(4), 0.8),
    "mirrored": lambda picture: picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT),
    "encoded again": lambda picture: scenery.reencoded(picture, 30),
    "smaller": lambda picture: picture.resize((picture.width // 2, picture.height // 2)),
    "darker": lambda picture: ImageEnhance.Brightness(picture).enhance(0.8),
}


@pytest.mark.parametrize("name", VARIANTS)
def test_a_picture_is_nearest_to_itself_in_other_clothes(name: str) -> None:
    made = [looks.look(picture) for picture in PICTURES]
    changed = [looks.look(VARIANTS[name](picture)) for picture in PICTURES]
    likeness = looks.likeness(made + changed)[len(made) :, : len(made)]
    assert likeness.argmax(axis=1).tolist() == list(range(len(made)))


def test_pictures_of_one_setting_are_more_alike_than_of_others() -> None:
    views = [looks.look(scenery.paint(setting, view)) for setting in SETTINGS for view in range(4)]
    likeness = looks.likeness(views)
    of = np.repeat(np.arange(len(SETTINGS)), 4)
    same = (of[:, None] == of[None, :]) & ~np.eye(len(of), dtype=bool)
    other_kinds = (of[:, None] // 2) != (of[None, :] // 2)
    assert np.percentile(likeness[same], 25) > np.percentile(likeness[other_kinds], 90)


def test_a_look_is_compact_and_always_the_same() -> None:
    look = looks.look(PICTURES[0])
    assert len(look) == looks.LENGTH < 1_500
    assert look == looks.look(PICTURES[0].copy())
    assert looks.is_look(look)


@pytest.mark.parametrize("mode", ["L", "RGBA", "P", "CMYK"])
def test_any_picture_has_a_look(mode: str) -> None:
    assert looks.is_look(looks.look(PICTURES[0].convert(mode)))


@pytest.mark.parametrize("size", [(1, 1), (3_000, 2), (2, 3_000)])
def test_any_size_has_a_look(size: tuple[int, int]) -> None:
    assert looks.is_look(looks.look(Image.new("RGB", size, (200, 10, 10))))


@pytest.mark.parametrize("value", [None, b"", bytes(looks.LENGTH), b"\x01" + bytes(looks.LENGTH)])
def test_what_another_version_made_is_no_look(value: bytes | None) -> None:
    assert not looks.is_look(value)


def test_the_look_of_nothing_is_like_nothing() -> None:
    likeness = looks.likeness([looks.blank(), looks.look(PICTURES[0])])
    assert likeness[0].tolist() == [0.0, 0.0]
    assert likeness[1, 1] == pytest.approx(1.0, abs=1e-3)
