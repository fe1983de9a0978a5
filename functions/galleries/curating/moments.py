"""Moments: photos of one occasion at one place, without a long pause.

Each camera's photos are parted by pauses first, since one camera is at one place at a time. Then the moments of several
cameras that overlap are joined, unless they are at different places or look as if they were.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations, pairwise
from typing import TYPE_CHECKING

from galleries.curating.facts import HOUR, Facts
from galleries.curating.places import kilometres

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_PAUSE = 2 * HOUR
"""How long nobody takes a photo within one occasion, when nothing else is known."""
_NIGHT_PAUSE = 7 * HOUR
"""Beyond this the day has changed, whatever else there is."""
_NEAR_KM = 1.0
"""Within this one is still at the same place, with a garden, a castle or a beach around it."""
_NEIGHBOURS = 6
"""Photos on each side of a pause that are asked where they are and how they look."""


@dataclass(frozen=True)
class Moment:
    """Some photos, by their rows in time order."""

    facts: Facts
    instants: "NDArray[np.float64]"
    rows: "NDArray[np.int64]"

    @cached_property
    def start(self) -> float:
        return float(self.instants[self.rows].min())

    @cached_property
    def end(self) -> float:
        return float(self.instants[self.rows].max())

    @cached_property
    def place(self) -> tuple[float, float] | None:
        return middle(self.facts, self.rows)

    @cached_property
    def zone(self) -> float | None:
        """How far most of these clocks are ahead of UTC, in seconds; None when none says."""
        import numpy as np

        known = self.facts.offset[self.rows]
        known = known[~np.isnan(known)]
        return float(np.median(known)) if len(known) else None

    @cached_property
    def cameras(self) -> frozenset[int]:
        return frozenset(self.facts.camera[self.rows].tolist())

    def with_(self, other: "Moment") -> "Moment":
        import numpy as np

        rows = np.concatenate([self.rows, other.rows])
        return Moment(self.facts, self.instants, rows[np.lexsort((rows, self.instants[rows]))])


def find(facts: Facts, instants: "NDArray[np.float64]") -> list[Moment]:
    """Every photo with a time in one moment, in the order in which the moments began."""
    import numpy as np

    found: list[Moment] = []
    dated = ~np.isnan(instants)
    for camera in range(int(facts.camera.max(initial=-1)) + 1):
        rows = np.flatnonzero(dated & (facts.camera == camera))
        found += _parted(facts, instants, rows[np.lexsort((rows, instants[rows]))])
    return in_order(_joined(found))


def in_order(moments: Iterable[Moment]) -> list[Moment]:
    return sorted(moments, key=lambda moment: (moment.start, int(moment.rows[0])))


def middle(facts: Facts, rows: "NDArray[np.int64]") -> tuple[float, float] | None:
    """Where most of these photos are; None when no one knows."""
    import numpy as np

    places = facts.places[rows]
    places = places[~np.isnan(places[:, 0])]
    if not len(places):
        return None
    return float(np.median(places[:, 0])), float(np.median(places[:, 1]))


def _parted(facts: Facts, instants: "NDArray[np.float64]", rows: "NDArray[np.int64]") -> list[Moment]:
    """One camera's photos in time order, parted at the pauses that are too long for what lies on both sides."""
    import numpy as np

    cuts = [0]
    for at, (one, other) in enumerate(pairwise(rows), start=1):
        pause = float(instants[other] - instants[one])
        if pause > _PAUSE / 4 and pause > _patience(
            facts, rows[max(cuts[-1], at - _NEIGHBOURS) : at], rows[at : at + _NEIGHBOURS]
        ):
            cuts.append(at)
    return [Moment(facts, instants, part) for part in np.split(rows, cuts[1:]) if len(part)]


def _patience(facts: Facts, before: "NDArray[np.int64]", after: "NDArray[np.int64]") -> float:
    """How long a pause between these may be: longer at the same place and in the same scene, shorter elsewhere."""
    import numpy as np

    patience = _PAUSE
    here, there = middle(facts, before), middle(facts, after[:3])
    if here is not None and there is not None:
        away = kilometres(here, there)
        patience *= 2.0 if away < _NEAR_KM else max(0.25, 1.25 - away / (4 * _NEAR_KM))
    alike = float(facts.kinship[np.ix_(before, after)].max())
    patience *= float(np.clip(0.4 + alike, 0.6, 1.6))
    return min(patience, _NIGHT_PAUSE)


def _joined(found: Sequence[Moment]) -> list[Moment]:
    """Join what belongs together, the surest pair first, until no pair does."""
    moments: dict[int, Moment] = dict(enumerate(in_order(found)))
    pairs = {
        (number, other): bond
        for (number, moment), (other, another) in combinations(moments.items(), 2)
        if (bond := _bond(moment, another)) > 0
    }
    while pairs:
        one, other = max(sorted(pairs), key=lambda pair: pairs[pair])
        moments[one] = moments[one].with_(moments.pop(other))
        pairs = {pair: bond for pair, bond in pairs.items() if not {one, other} & set(pair)}
        for third, moment in moments.items():
            if third != one and (bond := _bond(moments[one], moment)) > 0:
                pairs[min(one, third), max(one, third)] = bond
    return list(moments.values())


def _bond(one: Moment, other: Moment) -> float:
    """How surely two cameras' moments are one; above 0 they are joined."""
    pause = max(0.0, other.start - one.end, one.start - other.end)
    # One camera's moments were parted by a pause; another's photos may have filled it.
    if pause > _PAUSE or (pause > 0 and one.cameras & other.cameras):
        return 0.0
    alike = resemblance(one.facts, one.rows, other.rows)
    bond = 0.5 - pause / _PAUSE + (alike - 0.5)
    if one.place is not None and other.place is not None:
        bond += 1 - kilometres(one.place, other.place) / _NEAR_KM
    return bond


def resemblance(facts: Facts, one: "NDArray[np.int64]", other: "NDArray[np.int64]") -> float:
    """How alike two groups of photos look: what the photos of the smaller one find in the other."""
    import numpy as np

    kinship = facts.kinship[np.ix_(one, other)]
    if len(one) > len(other):
        kinship = kinship.T
    best = min(3, kinship.shape[1])
    return float(np.partition(kinship, kinship.shape[1] - best, axis=1)[:, -best:].mean())
