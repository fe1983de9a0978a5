"""One line of time for photos of several cameras: zones that were not written are inferred, wrong clocks are mended.

A telephone writes its offset from UTC, so that its time is exact. A camera writes what its clock shows: that is taken
as the time of day where telephones were then. And a camera whose clock was never set shows another hour or another
year; it is found out when its photos look like those of other cameras that lie the same span of time away, again and
again.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from galleries.curating.facts import HOUR, Facts

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_LOOKS_THE_SAME = 0.75
"""Kinship from which two photos may be of one scene, seen by two cameras."""
_WITNESSES = 3
"""So many photos must say the same of a clock, and of so many others."""
_BIN = HOUR / 2


@dataclass(frozen=True)
class Timeline:
    instants: "NDArray[np.float64]"
    """When each photo was taken, in seconds of UTC as far as it can be told; NaN where no time is known."""
    offsets: "NDArray[np.float64]"
    """How far clocks there were ahead of UTC, in seconds, as far as it can be told."""


def timeline(facts: Facts) -> Timeline:
    import numpy as np

    offsets = _offsets(facts)
    instants = facts.wall - offsets
    located = ~np.isnan(facts.places[:, 0])
    for camera in range(int(facts.camera.max(initial=-1)) + 1):
        own = (facts.camera == camera) & ~np.isnan(instants)
        # Whoever knows the zone or the place has its time from a network or a satellite.
        if own.sum() < _WITNESSES or (own & (located | ~np.isnan(facts.offset))).any():
            continue
        others = ~own & ~np.isnan(instants)
        if others.sum() >= own.sum():
            instants[own] += _error(facts, instants, own, others)
    return Timeline(instants, offsets)


def _offsets(facts: Facts) -> "NDArray[np.float64]":
    """Each photo's offset from UTC, or that of the photo nearest in time that knows one."""
    import numpy as np

    known = np.flatnonzero(~np.isnan(facts.offset) & ~np.isnan(facts.wall))
    if not len(known):
        return np.zeros(len(facts))
    known = known[np.argsort(facts.wall[known], kind="stable")]
    after = np.clip(np.searchsorted(facts.wall[known], facts.wall), 1, len(known) - 1) if len(known) > 1 else 0
    before = np.maximum(np.asarray(after) - 1, 0)
    closer = np.abs(facts.wall[known[before]] - facts.wall) <= np.abs(facts.wall[known[after]] - facts.wall)
    nearest = np.where(closer, known[before], known[after])
    return np.where(np.isnan(facts.offset), facts.offset[nearest], facts.offset)


def _error(
    facts: Facts, instants: "NDArray[np.float64]", own: "NDArray[np.bool_]", others: "NDArray[np.bool_]"
) -> float:
    """By how much this camera's clock is behind, as its photos' likest ones of other cameras bear witness."""
    import numpy as np

    mine, theirs = np.flatnonzero(own), np.flatnonzero(others)
    kinship = facts.kinship[np.ix_(mine, theirs)]
    likest = np.argsort(-kinship, axis=1, kind="stable")[:, :5]
    alike = np.take_along_axis(kinship, likest, axis=1) >= _LOOKS_THE_SAME
    matches = theirs[likest][alike]
    spans = (instants[theirs[likest]] - instants[mine][:, None])[alike]
    witnesses = np.broadcast_to(np.arange(len(mine))[:, None], alike.shape)[alike]
    if not len(spans):
        return 0.0
    bins = np.floor(spans / _BIN).astype(np.int64)

    def heard(middle: int) -> int:
        near = np.abs(bins - middle) <= 2
        return min(len(set(witnesses[near].tolist())), len(set(matches[near].tolist())))

    best = max(sorted(set(bins.tolist()), key=abs), key=heard)
    as_it_is = heard(0)
    if heard(best) < max(_WITNESSES, 2 * as_it_is, 0.3 * len(mine)):
        return 0.0
    return float(np.median(spans[np.abs(bins - best) <= 2]))
