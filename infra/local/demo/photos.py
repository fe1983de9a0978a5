"""The photos as files: painted once, by two processes, and kept for the next time."""

import hashlib
import io
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image

from infra.local.demo import stories
from infra.local.demo.stories import Shot

_EXIF, _GPS = 0x8769, 0x8825
_TAKEN, _OFFSET, _MAKE, _MODEL, _REFERENCES = 0x9003, 0x9011, 0x010F, 0x0110, (("N", "S"), ("E", "W"))
_PROCESSES: Final = 2


def write(folder: Path, tell: Callable[[int, int], None]) -> list[Path]:
    """The files of every shot; those that are there already stay. `tell` hears how many are done, and of how many."""
    folder.mkdir(parents=True, exist_ok=True)
    names = [shot.name for shot in stories.shots()]
    missing = [number for number, name in enumerate(names) if not (folder / name).exists()]
    if missing:
        with ProcessPoolExecutor(_PROCESSES) as pool:
            for done, _ in enumerate(pool.map(_write, missing, [folder] * len(missing)), 1):
                tell(done, len(missing))
    return [folder / name for name in names]


def _write(number: int, folder: Path) -> None:
    shot = stories.shots()[number]
    partial = folder / f".{shot.name}"
    partial.write_bytes(encoded(shot))
    partial.rename(folder / shot.name)


def encoded(shot: Shot) -> bytes:
    """The shot as a camera would have written it. The same shot is the same bytes."""
    seed = int.from_bytes(hashlib.sha256(shot.name.encode()).digest()[:8])
    image = shot.paint(np.random.default_rng(seed))
    content = io.BytesIO()
    image.save(content, "JPEG", quality=88, exif=_exif(shot))
    return content.getvalue()


def _exif(shot: Shot) -> Image.Exif:
    exif = Image.Exif()
    if shot.taken is None:
        return exif
    exif[_MAKE], exif[_MODEL] = "Darkroom", "Demo camera"
    part = exif.get_ifd(_EXIF)
    part[_TAKEN] = f"{shot.taken:%Y:%m:%d %H:%M:%S}"
    part[_OFFSET] = shot.offset
    if shot.place is not None:
        place = exif.get_ifd(_GPS)
        for position, (degrees, (positive, negative)) in enumerate(zip(shot.place, _REFERENCES, strict=True)):
            place[2 * position + 1] = positive if degrees >= 0 else negative
            place[2 * position + 2] = _sexagesimal(abs(degrees))
    return exif


def _sexagesimal(degrees: float) -> tuple[float, float, float]:
    whole = int(degrees)
    minutes = (degrees - whole) * 60
    return float(whole), float(int(minutes)), round((minutes - int(minutes)) * 60, 3)
