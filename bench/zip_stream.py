"""ZIPs: 500 photos of 5 MB by the archive worker, MB a second and peak memory, beside a ZIP library alone.

First the writing alone, in turn with zipstream-ng, both over the same photos in memory and into nothing: what it costs
to make an archive's bytes. Then the worker as Lambda calls it, in a process of its own, with a real Postgres that it
tells of each part: its photos are made of one picture in memory and its parts are counted and dropped, once with 50
photos and once with all, so that it can be seen whether memory grows. Last the worker with the emulator's S3, over HTTP
on this machine, with fewer photos: the emulator is what is slow there, and holds all that it is given in memory.

    make bench ARGS=zip_stream
"""

import json
import os
import subprocess
import sys
import zlib
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench import measure
from bench.platform import Platform
from darkroom.archive import Layout, Stored

PHOTOS = int(os.environ.get("PHOTOS", "500"))
FEWER = 50
SIZE = 5_000_000
RUNS = 5
ROOT = Path(__file__).parent.parent
_PIECE = 1 << 20
_GROWTH_MB = 16  # two parts
_WHEN = datetime(2026, 11, 21, tzinfo=UTC)


def run(platform: Platform) -> bool:
    """Measure all three; whether writing is no slower than the library's and memory is flat."""
    pair = measure.in_turn(_ours, _library, RUNS)
    few, all_of_them = (_worker(platform, count, "nothing") for count in (FEWER, PHOTOS))
    emulated = _worker(platform, FEWER, "emulator")
    library = _peer()
    total = PHOTOS * SIZE / 1e6
    rows = [
        ["ZIPs of 5 MB photos", "photos", "MB/s", "peak memory"],
        ["writing alone", f"{PHOTOS}", f"{total / pair.thing.median:,.0f}", ""],
        ["zipstream-ng alone", f"{PHOTOS}", f"{total / pair.peer.median:,.0f}", f"{library:,.0f} MB"],
        *(
            [
                f"the worker, into {where}",
                f"{found['photos']}",
                f"{found['mb_a_second']:,.0f}",
                f"{found['peak_mb']:,.0f} MB",
            ]
            for where, found in (("nothing", few), ("nothing", all_of_them), ("the emulator's S3", emulated))
        ),
    ]
    print(measure.table(rows))
    growth = all_of_them["peak_mb"] - few["peak_mb"]
    print(
        f"\nwriting takes {pair.ratio:.2f} times as long as the library; "
        f"memory grew by {growth:.1f} MB from {FEWER} photos on"
    )
    print(f"archive of {all_of_them['archive_bytes']:,} bytes in {all_of_them['parts']} parts, foretold to the byte")
    return pair.ratio <= 1 and growth < _GROWTH_MB


_PHOTO = os.urandom(SIZE)
_PIECES = [_PHOTO[start : start + _PIECE] for start in range(0, SIZE, _PIECE)]


def pieces(start: int = 0, stop: int = SIZE) -> Iterator[bytes]:
    """A photo as storage gives it, or a stretch of it."""
    if (start, stop) == (0, SIZE):
        yield from _PIECES
    else:
        yield from (_PHOTO[at : min(at + _PIECE, stop)] for at in range(start, stop, _PIECE))


def crc_of_a_photo() -> int:
    return zlib.crc32(_PHOTO)


def _ours() -> None:
    crc32 = crc_of_a_photo()
    layout = Layout([Stored(f"IMG_{n:03}_restored.jpg", _WHEN, SIZE, crc32) for n in range(PHOTOS)])
    written = _count(layout.pieces(lambda _, start, stop: pieces(start, stop)))
    assert written == layout.size_bytes


def _library() -> None:
    from zipstream import ZipStream  # type: ignore[import-untyped]

    archive = ZipStream(compress_type=0)
    for number in range(PHOTOS):
        archive.add(pieces(), f"IMG_{number:03}_restored.jpg", size=SIZE)
    _count(archive)


def _count(written: Iterable[bytes]) -> int:
    return sum(map(len, written))


def _peer() -> float:
    """The library's peak memory, in a process of its own."""
    script = "from bench import measure, zip_stream; zip_stream._library(); print(measure.peak_megabytes())"
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, stdout=subprocess.PIPE, check=True)
    return float(done.stdout)


def _worker(platform: Platform, count: int, where: str) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "bench.zip_worker", str(count), where],
        env={**os.environ, **platform.environment},
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        check=True,
    )
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found
