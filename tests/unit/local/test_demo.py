"""The demo's photos: what is told of them stands in them, and they come out the same every time."""

import io
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from darkroom.images.exif import read_metadata
from infra.local.demo import photos, stories
from infra.local.demo.painting import evening, terrain
from infra.local.demo.painting.canvas import develop, tile
from infra.local.demo.painting.light import SUNSET, View
from infra.local.demo.stories.shot import Shot

SHOTS = stories.shots()


def small(random: np.random.Generator) -> Image.Image:
    return develop(evening.room(random, 60, 40, lights=3), random)


def test_there_are_enough_and_none_is_called_like_another() -> None:
    assert len(SHOTS) > 100
    assert len({shot.name for shot in SHOTS}) == len(SHOTS)
    assert stories.shots() == SHOTS


def test_a_shot_says_when_and_where_it_was_taken() -> None:
    for shot in SHOTS:
        found = read_metadata(Image.open(io.BytesIO(photos.encoded(replace(shot, paint=small)))))
        if shot.taken is None:
            assert (found.taken_at, found.gps) == (None, None)
            continue
        assert shot.offset is not None
        assert found.taken_at is not None
        assert found.taken_at_offset == shot.offset
        hours = int(shot.offset[:3])
        assert found.taken_at.replace(tzinfo=None) + timedelta(hours=hours) == shot.taken
        assert found.gps == pytest.approx(shot.place, abs=1e-6)


def test_the_same_shot_is_the_same_bytes() -> None:
    shot = Shot("a.jpg", small)
    assert photos.encoded(shot) == photos.encoded(shot)
    assert photos.encoded(shot) != photos.encoded(replace(shot, name="b.jpg"))


def test_what_is_painted_already_is_not_painted_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stories, "shots", lambda: [Shot("a.jpg", small), Shot("b.jpg", small)])
    told: list[tuple[int, int]] = []
    files = photos.write(tmp_path, lambda done, of: told.append((done, of)))
    assert [path.name for path in files] == ["a.jpg", "b.jpg"]
    assert told == [(1, 2), (2, 2)]
    files[0].write_bytes(b"kept")
    files[1].unlink()
    photos.write(tmp_path, lambda done, of: told.append((done, of)))
    assert told[2:] == [(1, 1)]
    assert files[0].read_bytes() == b"kept"
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_a_tile_fits_onto_itself() -> None:
    square = tile(np.random.default_rng(1), 64, 4)
    across = np.abs(square[:, 0] - square[:, -1]).mean()
    assert across < 2 * np.abs(np.diff(square, axis=1)).mean()


def test_a_landscape_has_sky_above_and_water_that_mirrors_it() -> None:
    land = terrain.coast(5)
    view = View(terrain.shore(land, 1_500, 0.4) - 18, 1_500, 5, 272, width=120, height=80)
    painted = terrain.paint(land, view, SUNSET.at(272), np.random.default_rng(1))
    assert painted.shape == (80, 120, 3)
    assert np.isfinite(painted).all()
    beside, under_sun = painted[38:44, 5:20].mean(), painted[38:44, 55:65].mean()
    assert under_sun > beside * 1.2
