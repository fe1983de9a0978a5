"""What is told to be worse than its original, and what is not."""

import io
from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from darkroom.images import measures, quality
from darkroom.images.header import NotAPhoto
from tests.factories import ageing
from tests.factories.photos import encoded, exif
from tests.factories.scenery import Setting, paint

Picture = NDArray[np.uint8]
SCENE = np.asarray(paint(Setting("town", 3), 1).resize((768, 576)).filter(ImageFilter.GaussianBlur(1)))
WORN = ageing.Wear(grain=6, fade=0.25, cast=(10, 2, -10), scratches=5, dust=20, quality=85)
AGED = ageing.aged(SCENE, WORN, 4)


def _clip(values: NDArray[np.floating]) -> Picture:
    return np.asarray(np.clip(np.rint(values), 0, 255), np.uint8)


def _blurred(picture: Picture) -> Picture:
    return np.asarray(Image.fromarray(picture).filter(ImageFilter.GaussianBlur(3)))


def _other_in_one_place(picture: Picture) -> Picture:
    changed = picture.copy()
    changed[200:360, 300:460] = picture[200:360, 300:460][::-1, ::-1]
    return changed


SPOILED: dict[str, tuple[Callable[[Picture], Picture], set[str]]] = {
    "blurred": (_blurred, {"soft"}),
    "noisy": (lambda one: _clip(one + np.random.default_rng(1).normal(0, 25, one.shape)), {"noise"}),
    "overdrawn": (lambda one: _clip((one.astype(float) - 128) * 4 + 128), {"clipped", "contrast", "shades", "place"}),
    "faded": (lambda one: _clip(one * 0.5 + 60), {"faded"}),
    "too light": (lambda one: _clip(one * 0.9 + 70.0), {"moved", "clipped"}),
    "red for blue": (lambda one: np.ascontiguousarray(one[..., ::-1]), {"tint", "hues"}),
    "tinted": (lambda one: _clip(one + np.array([40.0, 0, -40])), {"tint"}),
    "of few shades": (lambda one: one // 64 * 64 + 32, {"shades"}),
    "negative": (lambda one: 255 - one, {"structure"}),
    "another picture": (lambda one: np.ascontiguousarray(one[::-1]), {"structure"}),
    "another in one place": (_other_in_one_place, {"place"}),
    "cropped": (lambda one: np.ascontiguousarray(one[:, 100:]), {"shape"}),
}


def test_what_it_once_looked_like_is_not_worse() -> None:
    assert quality.compared(AGED, SCENE).reason is None
    assert quality.compared(AGED, AGED).reason is None


@pytest.mark.parametrize("how", SPOILED)
def test_what_was_spoiled_is_worse_and_for_what_reason(how: str) -> None:
    spoil, reasons = SPOILED[how]
    verdict = quality.compared(AGED, spoil(AGED))
    assert verdict
    assert verdict.reason in reasons, verdict


def test_size_is_no_reason() -> None:
    large = np.asarray(Image.fromarray(SCENE).resize((1536, 1152), Image.Resampling.LANCZOS))
    assert not quality.compared(AGED, large)
    odd = np.asarray(Image.fromarray(SCENE).resize((1537, 1153)))
    assert not quality.compared(AGED, odd)


def test_pictures_with_nothing_in_them_do_no_harm() -> None:
    flat = np.full((300, 400, 3), 120, np.uint8)
    assert not quality.compared(flat, flat)
    assert not quality.compared(flat[:20], flat[:20])
    grey = np.repeat(AGED.mean(2, keepdims=True).astype(np.uint8), 3, axis=2)
    assert not quality.compared(grey, grey)


def test_files_are_compared_upright() -> None:
    lying = Image.fromarray(AGED).transpose(Image.Transpose.ROTATE_90)
    original = encoded(lying, "JPEG", quality=95, exif=exif(orientation=6))
    restored = encoded(Image.fromarray(SCENE), "JPEG", quality=95)
    assert not quality.is_worse(original, io.BytesIO(restored))
    assert quality.is_worse(original, encoded(lying)).reason == "shape"
    with pytest.raises(NotAPhoto):
        quality.is_worse(original, b"nothing")


def test_noise_is_measured() -> None:
    grey = np.full((512, 512), 128, np.float32)
    for deviation in (3.0, 8.0):
        noisy = grey + np.random.default_rng(2).normal(0, deviation, grey.shape).astype(np.float32)
        assert measures.noise_level(noisy) == pytest.approx(deviation, rel=0.2)
