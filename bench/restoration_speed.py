"""How fast photos are restored and what memory it takes, beside denoising alone, which is most of it in any pipeline.

Each photo is restored by the process that the stand-in starts (infra/local/predictions/work.py), from file to file; its
memory is the peak of that process. The peer denoises the same pixels with fastNlMeansDenoisingColored at OpenCV's
defaults, in one piece.

    make bench ARGS=restoration_speed
"""

import contextlib
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from bench import measure
from bench.platform import Platform
from bench.restoration_quality import Picture, truths
from tests.factories import ageing

ROOT = Path(__file__).resolve().parents[1]
SIZES = ((1200, 800, 3), (3000, 2000, 1), (6000, 4000, 1))  # 100 megapixels, which are taken, would take minutes
NOT_DENOISED_BY_THE_PEER = 10_000_000  # it would take minutes
SLOWER_MOST = 1.5  # times the peer, per megapixel, at the first size
MEMORY_MOST_MB = 900
_AGED_WHOLE = 4_000
_LOOK_SECONDS = 0.02


def run(platform: Platform) -> bool:  # noqa: ARG001 - needs no database
    """No slower than denoising at the defaults by half, and bounded memory at the largest size."""
    rows = [["photo", "megapixels", "seconds", "a megapixel", "denoising alone", "ratio", "peak memory"]]
    ratios, peak = [], 0.0
    with tempfile.TemporaryDirectory() as folder:
        for width, height, times in SIZES:
            picture = _aged(width, height)
            source = Path(folder) / "aged.jpg"
            Image.fromarray(picture).save(source, quality=90)
            taken, alone, memory = [], [], 0.0
            for _ in range(times):
                seconds, memory = restored(source, Path(folder) / "restored.jpg")
                taken.append(seconds)
                if width * height <= NOT_DENOISED_BY_THE_PEER:
                    started = time.perf_counter()
                    cv2.fastNlMeansDenoisingColored(picture, None, 3, 3, 7, 21)
                    alone.append(time.perf_counter() - started)
            million, peak = width * height / 1e6, max(peak, memory)
            seconds = statistics.median(taken)
            ratio = seconds / statistics.median(alone) if alone else 0.0
            ratios.append(ratio)
            rows.append([
                f"{width} x {height}", f"{million:.1f}", f"{seconds:.1f} s", f"{seconds / million:.2f} s",
                f"{statistics.median(alone) / million:.2f} s" if alone else "-", f"{ratio:.2f}" if alone else "-",
                f"{memory:,.0f} MB",
            ])  # fmt: skip
    print(measure.table(rows))
    return ratios[0] <= SLOWER_MOST and peak <= MEMORY_MOST_MB


def _aged(width: int, height: int) -> Picture:
    """A photo enlarged, and aged at that size; the largest is one laid side by side, because ageing takes memory."""
    times = 1 if width <= _AGED_WHOLE else 2
    size = (width // times, height // times)
    part = np.asarray(Image.fromarray(truths()[0]).resize(size, Image.Resampling.BICUBIC))
    return np.tile(ageing.aged(part, ageing.usual(1), 1), (times, times, 1))


def restored(source: Path, target: Path) -> tuple[float, float]:
    """Seconds, and the process's peak in MB: its own, since what wait4 tells begins with that of who started it."""
    started, peak = time.perf_counter(), 0.0
    process = subprocess.Popen(
        [sys.executable, "-m", "infra.local.predictions.work", str(source), str(target)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.DEVNULL,
    )
    while process.poll() is None:
        with contextlib.suppress(OSError):
            found = re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{process.pid}/status").read_text())
            peak = int(found[1]) / 1000 if found else peak
        time.sleep(_LOOK_SECONDS)
    if process.returncode:
        raise RuntimeError("the restorer failed")
    return time.perf_counter() - started, peak
