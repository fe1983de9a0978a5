"""Curating: photos a second and peak memory of the worker, on photos of 10 MB, beside Pillow making the pictures alone.

The worker is a process of its own that is called as Lambda calls it, message by message, with a real Postgres. Storage
is left out on both sides: every photo is one picture held in memory, made another file by a number behind its last
byte, and what is stored is counted and dropped. The peer does the least that has to be done: it opens each photo and
writes the two WebP pictures. What the worker adds is both digests, the inspection, the look, and every row.

    make bench ARGS=curation                 # 60 photos
    PHOTOS=500 make bench ARGS=curation      # the largest job there is
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from bench import measure
from bench.platform import Platform
from tests.factories.photos import exif, scene

PHOTOS = int(os.environ.get("PHOTOS", "60"))
SIZE = (6_000, 4_000)
ROOT = Path(__file__).parent.parent
FUNCTION_SECONDS, FUNCTION_MB = 300, 3_008  # infra/products/galleries.yaml


def run(platform: Platform) -> bool:
    """Measure both; whether a batch stays far within its function's time and memory."""
    with tempfile.TemporaryDirectory() as folder:
        photo = Path(folder) / "photo.jpg"
        _make(photo)
        worker = _child(platform, "bench.curation_worker", photo)
        peer = _child(platform, "bench.peers.pictures", photo)
    share = (worker["photos"] / worker["prepare_seconds"]) / (peer["photos"] / peer["seconds"])
    rows = [
        ["curating", "photos", "photos/s", "peak memory", "slowest message", "grouping and albums"],
        [
            f"the worker, {worker['photo_bytes'] / 1e6:.1f} MB each",
            f"{worker['photos']}",
            f"{worker['photos'] / worker['prepare_seconds']:.2f}",
            f"{worker['peak_mb']:,.0f} MB of {FUNCTION_MB:,}",
            f"{worker['slowest_seconds']:.1f} s of {FUNCTION_SECONDS}",
            f"{worker['making_seconds']:.1f} s",
        ],
        [
            "Pillow alone",
            f"{peer['photos']}",
            f"{peer['photos'] / peer['seconds']:.2f}",
            f"{peer['peak_mb']:,.0f} MB",
            "",
            "",
        ],
    ]
    print(measure.table(rows))
    print(f"\nthe worker's share of the peer's rate: {share:.2f}; albums {worker['albums']}, job {worker['status']}")
    return bool(
        worker["status"] == "completed"
        and worker["slowest_seconds"] < FUNCTION_SECONDS / 2
        and worker["peak_mb"] < FUNCTION_MB / 2
    )


def _make(path: Path) -> None:
    """A photo of 24 megapixels with the grain of a real one, of about 10 MB."""
    from PIL import Image, ImageChops

    grain = Image.effect_noise(SIZE, 18).convert("RGB")
    ImageChops.overlay(scene(*SIZE), grain).save(path, "JPEG", quality=93, exif=exif())


def _child(platform: Platform, module: str, photo: Path) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", module, str(photo), str(PHOTOS)],
        env={**os.environ, **platform.environment},
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        check=True,
    )
    document: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return document
