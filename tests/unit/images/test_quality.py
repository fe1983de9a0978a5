"""What is told to be worse than its original, and what is not."""

import io
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from darkroom.images import measures, quality
from darkroom.images.header import NotAPhoto
from tests.factories import ageing
from tests.factories.photos import encoded, exif
from tests.factories.scenery import Setting, paint

Picture = NDArray[np.uint8]
SCENE = np.asarray(paint(Setting("town", 3), 1).resize((768, 576)).filter(ImageFilter.GaussianBlur(1)))
WORN = ageing.Wear(grain=6, fade=0.25, cast=(10, 2, -10), scratches=5, dust=20, quality=85)
AGED = ageing.aged(SCENE, WORN, 4)
GREY = np.repeat(AGED.mean(2, keepdims=True).astype(np.uint8), 3, axis=2)


def _clip(values: NDArray[np.floating]) -> Picture:
    return np.asarray(np.clip(np.rint(values), 0, 255), np.uint8)


def _blurred(picture: Picture, by: float = 3) -> Picture:
    return np.asarray(Image.fromarray(picture).filter(ImageFilter.GaussianBlur(by)))


def _sharpened(picture: Picture) -> Picture:
    return np.asarray(Image.fromarray(picture).filter(ImageFilter.UnsharpMask(4, 400, 0)))


def _compressed(picture: Picture) -> Picture:
    return np.asarray(Image.open(io.BytesIO(encoded(Image.fromarray(picture), "JPEG", quality=6))).convert("RGB"))


def _other_in_one_place(picture: Picture) -> Picture:
    changed = picture.copy()
    changed[200:360, 300:460] = picture[200:360, 300:460][::-1, ::-1]
    return changed


def _lamp(picture: Picture, height: float) -> NDArray[np.float64]:
    """Lighter in the middle: a change that is not of the whole print."""
    y, x = np.mgrid[-1 : 1 : picture.shape[0] * 1j, -1 : 1 : picture.shape[1] * 1j]
    return np.asarray(height * np.exp(-3 * (x**2 + y**2))[..., None])


def _resized(picture: Picture, width: int, height: int) -> Picture:
    return np.asarray(Image.fromarray(picture).resize((width, height), Image.Resampling.LANCZOS))


SPOILED: dict[str, tuple[Callable[[Picture], Picture], set[str]]] = {
    "blurred": (_blurred, {"soft"}),
    "sharpened": (_sharpened, {"hard", "noise"}),
    "noisy": (lambda one: _clip(one + np.random.default_rng(1).normal(0, 25, one.shape)), {"noise"}),
    "compressed": (_compressed, {"blocks", "patchy", "shades", "place", "uneven"}),
    "overdrawn": (
        lambda one: _clip((one.astype(float) - 128) * 4 + 128),
        {"clipped", "contrast", "shades", "place", "unasked", "tones"},
    ),
    "faded": (lambda one: _clip(one * 0.5 + 60), {"faded"}),
    "too light": (lambda one: _clip(one * 0.9 + 70.0), {"moved", "clipped", "unasked"}),
    "too dark": (lambda one: _clip(one * 0.9 - 45.0), {"moved", "clipped", "unasked"}),
    "red for blue": (lambda one: np.ascontiguousarray(one[..., ::-1]), {"tint", "hues"}),
    "tinted": (lambda one: _clip(one + np.array([40.0, 0, -40])), {"tint"}),
    "of few shades": (lambda one: one // 64 * 64 + 32, {"shades", "patchy"}),
    "negative": (lambda one: 255 - one, {"structure"}),
    "another picture": (lambda one: np.ascontiguousarray(one[::-1]), {"structure"}),
    "another in one place": (_other_in_one_place, {"place", "uneven", "structure"}),
    "lit in one place": (lambda one: _clip(one + _lamp(one, 60)), {"uneven"}),
    "coloured in one place": (lambda one: _clip(one + _lamp(one, 60) * np.array([0.6, -0.1, -0.9])), {"patchy"}),
    "cropped": (lambda one: np.ascontiguousarray(one[:, 100:]), {"shape"}),
}


@pytest.mark.parametrize("seed", range(4))
def test_what_it_once_looked_like_is_not_worse(seed: int) -> None:
    kind = ("town", "room", "shore", "table")[seed]
    scene = np.asarray(paint(Setting(kind, 3), 1).filter(ImageFilter.GaussianBlur(0.7)))
    for wear in (ageing.usual(seed), ageing.light(seed)):
        aged = ageing.aged(scene, wear, seed)
        half = _clip((aged.astype(float) + scene) / 2)
        for result in (aged, scene, half, _resized(scene, scene.shape[1] * 2, scene.shape[0] * 2)):
            verdict = quality.compared(aged, result)
            assert verdict.reason is None, verdict


@pytest.mark.parametrize("how", SPOILED)
def test_what_was_spoiled_is_worse_and_for_what_reason(how: str) -> None:
    spoil, reasons = SPOILED[how]
    verdict = quality.compared(AGED, spoil(AGED))
    assert verdict
    assert verdict.reason in reasons, verdict


def test_every_measure_can_refuse_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """With all others where they are when nothing has changed: the name is that of the measure, and of no other."""
    large = _resized(SCENE, 1536, 1152)
    found = quality.compared(large, large).measures
    assert set(found) == set(quality.MOST) | set(quality.LEAST)
    for name in found.keys() - {"shape"}:
        beyond = quality.MOST[name] + 0.01 if name in quality.MOST else quality.LEAST[name] - 0.01
        monkeypatch.setattr(quality, "_measured", lambda *_, name=name, beyond=beyond: found | {name: beyond})
        assert quality.compared(large, large).reason == name


@given(st.floats(0.75, 1.2), st.floats(-12, 12))
@settings(max_examples=12, deadline=None)
def test_tones_may_change_a_little_for_the_whole_print(gain: float, offset: float) -> None:
    """Undoing or doing a little fading alike everywhere never is a matter of place, structure or colour."""
    small = AGED[::2, ::2]
    found = quality.compared(small, _clip((small.astype(float) - 128) * gain + 128 + offset)).measures
    assert found["uneven"] < quality.MOST["uneven"] / 2
    assert found["patchy"] < quality.MOST["patchy"] / 2
    assert found["structure"] > 0.97
    assert 0.9 < found["soft"] < 1.1


@given(st.integers(0, 2**16), st.floats(0, 40))
@settings(max_examples=12, deadline=None)
def test_more_of_what_was_not_asked_for_is_never_measured_as_less(seed: int, height: float) -> None:
    small = AGED[(seed % 7) :: 3, (seed % 5) :: 3]
    less, more = (quality.compared(small, _clip(small + _lamp(small, one))).measures for one in (height, height + 20))
    assert more["uneven"] > less["uneven"]


def test_softness_that_shows_at_full_size_only_is_seen() -> None:
    luck = np.random.default_rng(1)
    canvas = Image.new("RGB", (2048, 1536), (110, 120, 130))
    draw = ImageDraw.Draw(canvas)
    for _ in range(250):
        x, y = float(luck.uniform(0, 2000)), float(luck.uniform(0, 1500))
        draw.rectangle((x, y, x + 60, y + 50), fill=tuple(int(value) for value in luck.integers(0, 255, 3)))
    sharp = np.asarray(canvas)
    verdict = quality.compared(sharp, _blurred(sharp, 1.8))
    assert verdict.reason == "fine soft"
    assert verdict.measures["fine soft"] < quality.LEAST["fine soft"] < verdict.measures["soft"]


def test_colour_that_was_asked_for_is_no_reason() -> None:
    grey = np.asarray(Image.fromarray(SCENE).convert("L").convert("RGB"))
    worn = ageing.aged(grey, ageing.Wear(grain=4, fade=0.15, scratches=3, quality=90), 1)
    worn = np.asarray(Image.fromarray(worn).convert("L").convert("RGB"))
    assert quality.compared(worn, SCENE).reason in quality.OF_COLOUR
    assert quality.compared(worn, SCENE, colorized=True).reason is None
    assert quality.compared(worn, _blurred(SCENE), colorized=True).reason == "soft"
    assert not quality.compared(worn, grey)


def test_size_is_no_reason() -> None:
    large = _resized(SCENE, 1536, 1152)
    assert not quality.compared(AGED, large)
    odd = np.asarray(Image.fromarray(SCENE).resize((1537, 1153)))
    assert not quality.compared(AGED, odd)


def test_pictures_with_nothing_in_them_do_no_harm() -> None:
    flat = np.full((300, 400, 3), 120, np.uint8)
    for picture in (flat, flat[:20], flat[:49, :49], flat[:, :52], GREY):
        assert not quality.compared(picture, picture)
    assert quality.compared(flat, np.full((300, 400, 3), 240, np.uint8))


def test_files_are_compared_upright() -> None:
    lying = Image.fromarray(AGED).transpose(Image.Transpose.ROTATE_90)
    original = encoded(lying, "JPEG", quality=95, exif=exif(orientation=6))
    restored = encoded(Image.fromarray(SCENE), "JPEG", quality=95)
    assert not quality.is_worse(original, io.BytesIO(restored))
    assert not quality.is_worse(original, restored, colorized=True)
    assert quality.is_worse(original, encoded(lying)).reason == "shape"
    with pytest.raises(NotAPhoto):
        quality.is_worse(original, b"nothing")


def test_noise_is_measured() -> None:
    grey = np.full((512, 512), 128, np.float32)
    for deviation in (3.0, 8.0):
        noisy = grey + np.random.default_rng(2).normal(0, deviation, grey.shape).astype(np.float32)
        assert measures.noise_level(noisy) == pytest.approx(deviation, rel=0.2)


def test_a_jpegs_squares_are_measured_on_their_grid() -> None:
    assert measures.blocks(AGED, _compressed(AGED)) > quality.MOST["blocks"]
    assert measures.blocks(_compressed(AGED), _compressed(AGED)) == 1
    assert measures.blocks(AGED, SCENE) < 1.2
