"""The test camera's pictures look like no other, to the eye and to a hash of looks that is not the agent's own."""

import io
import random

import numpy as np
from PIL import Image

from darkroom_agent.cameras.scene import SIZE, TestSource


def phash(content: bytes) -> int:
    """The 64-bit DCT hash as it is usually told: 32 × 32 greys, the 8 × 8 lowest waves, against their median."""
    grey = Image.open(io.BytesIO(content)).convert("L").resize((32, 32), Image.Resampling.LANCZOS)
    cosines = np.cos(np.pi * np.outer(np.arange(8), 2 * np.arange(32) + 1) / 64)
    waves = (cosines @ np.asarray(grey, float) @ cosines.T).flatten()
    return sum(1 << bit for bit, wave in enumerate(waves) if wave > np.median(waves))


def test_photos_a_moment_apart_are_not_near_duplicates() -> None:
    camera = TestSource(now=lambda: 1_780_000_000.0, chance=random.Random(11))
    taken = [camera.take() for _ in range(8)]
    assert {Image.open(io.BytesIO(content)).size for content in taken} == {SIZE}
    assert max(map(len, taken)) < 400_000
    hashes = [phash(content) for content in taken]
    distances = [(one ^ other).bit_count() for at, one in enumerate(hashes) for other in hashes[:at]]
    assert min(distances) > 12


def test_the_clock_on_it_goes() -> None:
    now = [1_780_000_000.0]
    taken = []
    for _ in range(2):
        taken.append(TestSource(now=lambda: now[0], chance=random.Random(3)).take())
        now[0] += 1
    assert taken[0] != taken[1]
