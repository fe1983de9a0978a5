"""One restoration in a process of its own, which says how far it is, and ends with whoever started it.

    python -m infra.local.predictions.work FROM TO --fidelity 0.7 --upscale 1 [--spoil worse]

Progress comes as lines that the SDK reads (`Prediction.progress`); why it failed is the last line of stderr.
"""

import argparse
import os
import signal
import sys
from pathlib import Path

from infra.local import tether
from infra.local.predictions import spoiling
from infra.local.predictions.store import SPOILED
from infra.local.restorer.pictures import Unreadable, read, write
from infra.local.restorer.pipeline import restore
from infra.local.restorer.wishes import Wishes

_STEPS = 20
_NICE = 5  # the platform and its person go first


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("source", type=Path)
    parser.add_argument("target", type=Path)
    parser.add_argument("--fidelity", type=float, default=Wishes.fidelity)
    parser.add_argument("--upscale", type=int, default=Wishes.upscale)
    parser.add_argument("--spoil", choices=SPOILED)
    given = parser.parse_args()
    tether.hold(signal.SIGKILL)
    os.nice(_NICE)
    try:
        picture = read(given.source.read_bytes())
    except Unreadable as failure:
        print(failure, file=sys.stderr)
        return 1
    _tell(0, 1)
    restored = restore(picture, Wishes(given.fidelity, given.upscale), _tell)
    if given.spoil:
        restored = spoiling.spoiled(restored, given.spoil)
    partial = given.target.with_suffix(".new")
    partial.write_bytes(write(restored))
    partial.replace(given.target)
    return 0


_told = -1


def _tell(done: int, total: int) -> None:
    """At most one line for each twentieth."""
    global _told  # noqa: PLW0603 - a process tells of one restoration
    if done * _STEPS // total == _told:
        return
    _told = done * _STEPS // total
    print(f"{done * 100 // total:3d}%|{'#' * _told:<{_STEPS}}| {done}/{total}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
