"""The two pictures of /restore: a painted scene, aged as tests age photos, and what the local restorer makes of it.

    .venv/bin/python web/scripts/before_after.py

Nothing is retouched: the second picture is the restorer's own answer to the first one.
"""

import hashlib
from pathlib import Path

import numpy as np
from PIL import Image

from infra.local.demo import stories
from infra.local.restorer.pipeline import restore
from infra.local.restorer.wishes import Wishes
from tests.factories.ageing import Wear, aged

FOLDER = Path(__file__).parents[1] / "static" / "restore"
SCENE = "IMG_20260718_092800.jpg"
SIZE = (1200, 800)
WEAR = Wear(blur=0.3, grain=7, fade=0.42, cast=(22, 6, -26), scratches=9, dust=3, quality=90)
SEED = 8
_QUALITY = 74


def painted() -> np.ndarray:
    shot = next(shot for shot in stories.shots() if shot.name == SCENE)
    seed = int.from_bytes(hashlib.sha256(shot.name.encode()).digest()[:8])
    picture = shot.paint(np.random.default_rng(seed)).convert("RGB").resize(SIZE, Image.Resampling.LANCZOS)
    return np.asarray(picture)


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    before = aged(painted(), WEAR, SEED)
    path = FOLDER / "before.webp"
    Image.fromarray(before).save(path, quality=_QUALITY, method=6)
    shown = np.asarray(Image.open(path).convert("RGB"))  # what a visitor could send
    Image.fromarray(restore(shown, Wishes())).save(FOLDER / "after.webp", quality=_QUALITY, method=6)


if __name__ == "__main__":
    main()
