"""The restorer: what it takes away, what it leaves, and what it does with any size and kind of photo."""

import io
import tracemalloc

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from infra.local.restorer import damage, noise, pictures, scratches, tiles, tones
from infra.local.restorer.pipeline import fitting, restore
from infra.local.restorer.wishes import Wishes
from tests.factories import ageing
from tests.factories.photos import encoded, exif, scene
from tests.factories.scenery import Setting, paint

Picture = NDArray[np.uint8]
WORN = tones.Years(scratches=1.0, noise=1.0)
SCENE = np.asarray(paint(Setting("shore", 7), 1).resize((512, 384)).filter(ImageFilter.GaussianBlur(1)))


def _distance(one: Picture, other: Picture) -> float:
    return float(np.sqrt(((one.astype(float) - other) ** 2).mean()))


def test_a_worn_photo_comes_nearer_to_what_it_was() -> None:
    wear = ageing.Wear(grain=8, fade=0.4, cast=(15, 3, -15), scratches=8, dust=20, quality=85)
    aged = ageing.aged(SCENE, wear, 1)
    restored = restore(aged, Wishes())
    assert restored.shape == aged.shape
    assert _distance(restored, SCENE) < 0.9 * _distance(aged, SCENE)


def test_what_was_kept_well_is_not_harmed() -> None:
    before, after = [], []
    for seed, kind in enumerate(("town", "table", "room", "forest", "stage", "shore")):
        scene_ = np.asarray(paint(Setting(kind, 7), 1).filter(ImageFilter.GaussianBlur(0.7)))
        aged = ageing.aged(scene_, ageing.light(seed), seed)
        before.append(_distance(aged, scene_))
        after.append(_distance(restore(aged, Wishes()), scene_))
    assert np.mean(after) <= np.mean(before)
    assert max(now / was for was, now in zip(before, after, strict=True)) < 1.12  # a decibel


def test_fidelity_is_how_much_is_left_alone() -> None:
    aged = ageing.aged(SCENE, ageing.Wear(grain=8, fade=0.4, scratches=4), 2)
    changes = [_distance(restore(aged, Wishes(fidelity)), aged) for fidelity in (0.3, 0.7, 1)]
    assert changes[0] > 1.02 * changes[1]
    assert changes[1] > 2 * changes[2]


def test_a_photo_without_wear_is_nearly_left_as_it_is() -> None:
    assert _distance(restore(SCENE, Wishes()), SCENE) < 6


def test_the_same_photo_makes_the_same_bytes() -> None:
    aged = ageing.aged(SCENE, ageing.usual(3), 3)
    assert pictures.write(restore(aged, Wishes())) == pictures.write(restore(aged, Wishes()))


def test_a_scratch_goes_and_an_eye_stays() -> None:
    photo = Image.new("RGB", (1000, 700), (196, 160, 140))
    draw = ImageDraw.Draw(photo)
    draw.ellipse((140, 180, 172, 196), fill=(240, 238, 235))
    draw.ellipse((150, 180, 166, 196), fill=(60, 40, 30))
    draw.ellipse((155, 185, 158, 188), fill=(255, 255, 255))
    draw.ellipse((300, 250, 306, 256), fill=(80, 50, 40))  # a mole
    before = np.asarray(photo.filter(ImageFilter.GaussianBlur(0.6)))
    draw.line((20, 90, 990, 130), fill=(252, 252, 248), width=2)
    worn = np.asarray(photo.filter(ImageFilter.GaussianBlur(0.6)))
    found = damage.examined(worn, 1.0)
    restored = damage.repaired(worn, found, (0, 0, 700, 1000), (700, 1000))
    assert found.scratched > 0.001
    assert _distance(restored[80:140], before[80:140]) < 0.2 * _distance(worn[80:140], before[80:140])
    assert (restored[150:] == before[150:]).all()


@pytest.mark.parametrize("deviation", [3.0, 8.0])
def test_noise_is_measured_and_reduced(deviation: float) -> None:
    luck = np.random.default_rng(1)
    noisy = np.clip(SCENE + luck.normal(0, deviation, SCENE.shape[:2])[..., None], 0, 255).astype(np.uint8)
    assert noise.level(noisy) == pytest.approx(deviation, rel=0.35)
    cleaned = noise.reduced(noisy, noise.level(noisy), 1.0, 1.0, 1000)
    assert _distance(cleaned, SCENE) < 0.9 * _distance(noisy, SCENE)


def test_tones_are_touched_where_a_print_is_worn_and_faded() -> None:
    faded = (np.asarray(scene(300, 200)) * 0.6 + 60).astype(np.uint8)
    assert not tones.measured(np.asarray(scene(300, 200)), WORN, 1.0).changes  # it reaches black
    changed = [
        _distance(tones.corrected(faded, tones.measured(faded, years, 1.0)), faded)
        for years in (tones.Years(), tones.Years(scratches=1.0), WORN)
    ]
    assert 0 < changed[0] < changed[1] < changed[2]
    assert tones.corrected(faded, tones.measured(faded, WORN, 1.0)).std() > 1.15 * faded.std()


def test_fading_alone_is_taken_back_a_part_of_the_way_and_more_so_where_white_is_yellow() -> None:
    plain = (SCENE.astype(float) - SCENE.min()) * 255 / np.ptp(SCENE)
    faded = (plain * 0.6 + 60).astype(np.uint8)
    yellowed = np.clip(faded * [1, 1, 0.84], 0, 255).astype(np.uint8)
    moved = [
        float(np.abs(tones.measured(one, tones.Years(), 1.0).tables[60, :2].astype(int) - 60).mean())
        for one in (faded, yellowed)
    ]
    assert 5 < moved[0] < moved[1] < 45
    light = np.clip(plain * 0.7 + 76, 0, 255).astype(np.uint8)  # no black, and white still: mist, or snow
    assert not tones.measured(light, tones.Years(), 1.0).changes


def test_years_take_scratches_and_noise_together() -> None:
    assert tones.years(0.02, 8.0) == WORN
    assert WORN.worn == 1.0
    assert tones.years(0.0, 8.0).worn == tones.years(0.02, 0.5).worn == 0.0
    assert 0 < tones.years(0.003, 3.0).worn < 1


@pytest.mark.parametrize(("size", "fidelity"), [((500, 375), 0.3), ((640, 480), 1.0)])
def test_opaque_lines_go_at_every_fidelity(size: tuple[int, int], fidelity: float) -> None:
    photo = paint(Setting("town", 7), 3).resize(size, Image.Resampling.LANCZOS)
    before, draw = np.asarray(photo), ImageDraw.Draw(photo)
    width, height = size
    for number, (ink, across) in enumerate(((255, 2), (250, 1), (8, 2), (255, 3))):
        y = height * (0.45 + 0.1 * number)
        draw.line((width * 0.1, y, width * 0.9, y + height * (0.16 - 0.07 * number)), (ink, ink, ink), across)
    worn = np.asarray(photo)
    found = damage.examined(worn, Wishes(fidelity).amount)
    is_drawn = (worn != before).any(2)
    assert found.mask[is_drawn].mean() > 0.75 * 255
    repaired = damage.repaired(worn, found, (0, 0, height, width), (height, width))
    assert _distance(repaired, before) < 0.6 * _distance(worn, before)


def test_bars_of_one_value_that_are_wide_coloured_or_edges_are_no_tracks() -> None:
    photo = Image.new("RGB", (500, 375), (120, 130, 110))
    draw = ImageDraw.Draw(photo)
    draw.rectangle((250, 0, 500, 375), (190, 180, 170))
    draw.line((60, 20, 60, 350), (252, 252, 252), 8)  # a bar
    draw.line((120, 20, 120, 350), (255, 240, 90), 2)  # a wire that shines
    draw.line((250, 20, 250, 350), (250, 250, 250), 2)  # where two things meet
    assert scratches.found(np.asarray(photo), 1.0)[1] == 0


@pytest.mark.parametrize("kind", ["room", "town", "forest"])
def test_what_stands_in_a_picture_is_not_taken_for_scratches(kind: str) -> None:
    assert scratches.found(np.asarray(paint(Setting(kind, 11), 2)), 1.3)[1] < 0.001


def test_scratches_are_found_and_lines_of_the_picture_are_not() -> None:
    assert scratches.found(SCENE, 1.0)[1] < 0.0015
    photo = Image.fromarray(SCENE)
    ImageDraw.Draw(photo).line((20, 30, 480, 350), fill=(238, 238, 232), width=1)
    mask, share = scratches.found(np.asarray(photo), 1.0)
    assert share > 0.0008
    y, x = np.nonzero(mask)
    on_line = np.abs((y - 30) - (x - 20) * 320 / 460) < 3
    assert on_line.mean() > 0.6


def test_what_was_found_on_the_copy_is_where_it_was_in_the_photo() -> None:
    large = np.full((1500, 2100, 3), 90, np.uint8)
    large[700:706] = 235
    mask = np.zeros((731, 1024), np.uint8)
    mask[340:346] = 255
    found = damage.Damage(mask, 0.01, 0)
    whole = damage.repaired(large, found, (0, 0, 1500, 2100), (1500, 2100))
    assert np.abs(whole.astype(int) - 90).max() <= 2
    part = damage.repaired(np.ascontiguousarray(large[600:800, 500:900]), found, (600, 500, 800, 900), (1500, 2100))
    assert np.abs(part.astype(int) - 90).max() <= 2


def test_a_black_and_white_photo_stays_one() -> None:
    grey = np.repeat(ageing.aged(SCENE, ageing.Wear(grain=5, fade=0.3), 5).mean(2, keepdims=True), 3, axis=2)
    restored = restore(grey.astype(np.uint8), Wishes()).astype(int)
    assert np.abs(restored - restored.mean(2, keepdims=True)).max() <= 3


def test_a_small_photo_and_one_of_many_tiles() -> None:
    tiny = np.full((1, 1, 3), 90, np.uint8)
    assert restore(tiny, Wishes(upscale=4)).shape == (4, 4, 3)
    wide = np.asarray(scene(2300, 40))
    told: list[tuple[int, int]] = []
    restored = restore(wide, Wishes(upscale=2), lambda done, total: told.append((done, total)))
    assert restored.shape == (80, 4600, 3)
    assert told == [(number, 9) for number in range(1, 10)]


def test_tiles_leave_no_seams() -> None:
    picture = np.asarray(scene(1300, 1100))
    assert (tiles.each(picture, lambda piece, _: piece, lambda: None) == picture).all()


def test_what_is_held_does_not_grow_with_the_picture() -> None:
    """Besides the picture and what it becomes: a tile's worth, measured by numpy's own allocations."""
    picture = np.zeros((3000, 4000, 3), np.uint8)
    tracemalloc.start()
    try:
        restore(picture, Wishes())
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < picture.nbytes + 120_000_000


def test_enlarging_stays_within_the_limit() -> None:
    assert [fitting(5000, 5000, wished) for wished in (1, 2, 4)] == [1, 2, 2]
    assert fitting(8000, 10_000, 4) == 1


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_any_kind_of_photo_comes_upright_in_three_channels(kind: str) -> None:
    lying = pictures.read(encoded(scene(60, 40), kind, exif=exif(orientation=6)))
    assert lying.shape == (60, 40, 3)


@pytest.mark.parametrize("mode", ["L", "1", "P", "CMYK"])
def test_any_mode_of_photo(mode: str) -> None:
    assert pictures.read(encoded(scene(60, 40, mode), "JPEG" if mode == "CMYK" else "PNG")).shape == (40, 60, 3)


def test_deep_and_transparent_photos() -> None:
    deep = Image.fromarray(np.full((30, 40), 0x8000, np.uint16))
    assert pictures.read(encoded(deep, "PNG"))[0, 0].tolist() == [128, 128, 128]
    clear = Image.new("RGBA", (40, 30), (255, 0, 0, 0))
    assert pictures.read(encoded(clear, "PNG"))[0, 0].tolist() == [255, 255, 255]


@pytest.mark.parametrize("content", [b"", b"nothing", encoded(scene())[:5_000]])
def test_what_is_no_photo_is_unreadable(content: bytes) -> None:
    with pytest.raises(pictures.Unreadable):
        pictures.read(content)


def test_wishes_that_cannot_be() -> None:
    for fidelity, upscale in ((-0.1, 1), (1.1, 1), (0.5, 3)):
        with pytest.raises(ValueError, match=r"fidelity|upscale"):
            Wishes(fidelity, upscale)


def test_results_are_jpegs() -> None:
    assert Image.open(io.BytesIO(pictures.write(SCENE))).format == "JPEG"
