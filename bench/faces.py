"""Finding faces and telling them apart, beside dlib's own pipeline in a process of its own, on photos of real faces.

The photos are few (infra/tools/face_photos.py: two people in seven photos), so the shares of mistakes say only that
nothing is broken; how the thresholds were found is in docs/adr/0101-faces.md. Times are of whole photos, file to
numbers, both sides with all processors that they use by themselves.

    make bench ARGS=faces
"""

import json
import math
import statistics
import subprocess
import sys
import tempfile
import time
from itertools import combinations, product
from pathlib import Path
from typing import Any

from bench import measure
from bench.platform import Platform
from infra.sagemaker.faces import looking
from infra.tools import bootstrap, face_photos
from tests.factories import faces as real

RUNS = 7
SLOWER_AT_MOST = 0.8  # of dlib's time, for a photo of one face
SAME = (*real.OBAMA, *real.AT_THE_EDGE)  # without the second file of one picture, which would flatter


class Peer:
    """dlib, asked by lines."""

    def __init__(self) -> None:
        alone = ["run", "--quiet", "--isolated", "--frozen", "--only-group", "face-peer", "--python", sys.executable]
        script = str(Path(__file__).parent / "peers" / "dlib_faces.py")
        self._process = subprocess.Popen(
            [str(bootstrap.find_uv()), *alone, "python", script],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=bootstrap.ROOT,
        )

    def look(self, photo: Path) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(photo, file=self._process.stdin, flush=True)
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        return answer

    def stop(self) -> None:
        self._process.communicate()


def run(platform: Platform) -> bool:  # noqa: ARG001 - needs no database
    """Faster than dlib on one face, and nobody of the small set mistaken."""
    face_photos.fetch()
    looking.warm()
    peer = Peer()
    try:
        with tempfile.TemporaryDirectory() as folder:
            kept = _times(peer, Path(folder))
        return _mistakes(peer) and kept
    finally:
        peer.stop()


def _times(peer: Peer, folder: Path) -> bool:
    many = folder / "many.jpg"
    many.write_bytes(real.encoded(real.crowd((real.BIDEN, *real.OBAMA), 6, 4, 200)))
    small = folder / "small.jpg"
    small.write_bytes(real.encoded(real.crowd((real.BIDEN, *real.OBAMA), 6, 4, 80)))
    photos = {
        "one face, 1 MP": face_photos.FOLDER / "obama.jpg",
        "one face, 3.3 MP": face_photos.FOLDER / "obama3.jpg",
        "24 faces, 2.2 MP": many,
        "24 small ones, 0.3 MP": small,
    }
    rows = [["photo", "ours", "spread", "dlib", "spread", "ratio", "found", "by dlib"]]
    ratios = []
    for name, file in photos.items():
        photo = file.read_bytes()
        pairing = measure.in_turn(lambda photo=photo: looking.find(photo), lambda file=file: peer.look(file), RUNS)  # type: ignore[misc]
        ratios.append(pairing.ratio)
        rows.append([
            name, f"{pairing.thing.median * 1000:.0f} ms", pairing.thing.spread,
            f"{pairing.peer.median * 1000:.0f} ms", pairing.peer.spread, f"{pairing.ratio:.2f}",
            str(len(looking.find(photo)["faces"])), str(len(peer.look(file)["faces"])),
        ])  # fmt: skip
    print(measure.table(rows))
    started = time.perf_counter()
    both = [(face_photos.FOLDER / name).read_bytes() for name in ("obama.jpg", "obama2.jpg")]
    for _ in range(RUNS):
        looking.compare(both[0], both[1])
    print(f"\n  comparing two photos of 1 MP: {(time.perf_counter() - started) / RUNS * 1000:.0f} ms")
    print(f"  memory of this process at most: {measure.peak_megabytes():.0f} MB")
    return ratios[0] <= SLOWER_AT_MOST


def _mistakes(peer: Peer) -> bool:
    ours = {name: looking.find(real.photo(name))["faces"][0]["embedding"] for name in (*SAME, real.BIDEN)}
    theirs = {name: peer.look(face_photos.FOLDER / name)["faces"][0] for name in ours}
    rows = [["", "ours", "dlib"]]
    same = list(combinations(SAME, 2))
    different = list(product(SAME, [real.BIDEN]))
    kept = True
    far, near = 1 - looking.DIFFERENT_BELOW, 1 - looking.SAME_FROM
    for text, pairs, count in (
        (f"{len(same)} pairs of one person: median distance", same, None),
        (f"  taken for two (over {far:.1f})", same, lambda distance: distance > far),
        (f"  unsure ({near:.1f} to {far:.1f})", same, lambda distance: near < distance <= far),
        (f"{len(different)} pairs of two people: median distance", different, None),
        (f"  taken for one (up to {near:.1f})", different, lambda distance: distance <= near),
        (f"  unsure ({near:.1f} to {far:.1f})", different, lambda distance: near < distance <= far),
    ):
        sides = [[math.dist(numbers[one], numbers[other]) for one, other in pairs] for numbers in (ours, theirs)]
        if count is None:
            rows.append([text, *(f"{statistics.median(side):.2f}" for side in sides)])
        else:
            counts = [sum(map(count, side)) for side in sides]
            rows.append([text, *map(str, counts)])
            kept = kept and counts[0] == 0
    print("\n" + measure.table(rows))
    apart = max(math.dist(ours[name], theirs[name]) for name in ours)
    print(f"\n  the same face by both: at most {apart:.2f} apart (they cut it out by other points)")
    return kept
