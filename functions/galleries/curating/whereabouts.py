"""Where moments are: regions, and which of them is home.

Home is the region to which photos come back. Where no photo knows its place, another time zone is another region.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from galleries.curating.facts import HOUR
from galleries.curating.moments import Moment
from galleries.curating.places import kilometres_to

if TYPE_CHECKING:
    from numpy.typing import NDArray

REGION_KM = 40
"""How far one goes for a day's outing and is still at home."""
PAUSE = 60 * HOUR
"""Two nights and the lazy day between them. Who has no photo for longer is thought to have come home."""


@dataclass(frozen=True)
class Whereabouts:
    """Which region each moment is in; None where nothing tells."""

    regions: list[int | None]
    home: int | None
    by_zone: bool
    """Regions are time zones: nothing is known of places."""

    @property
    def are_several(self) -> bool:
        return len({region for region in self.regions if region is not None}) > 1


def find(moments: Sequence[Moment]) -> Whereabouts:
    by_zone = all(moment.place is None for moment in moments)
    regions = _zones(moments) if by_zone else _regions(moments)
    return Whereabouts(regions, _home(moments, regions), by_zone)


def chains(moments: Sequence[Moment], numbers: Sequence[int]) -> Iterator[list[int]]:
    """Of these moments, in time order, those that follow one another without a long pause."""
    chain: list[int] = []
    end = 0.0
    for number in numbers:
        if chain and moments[number].start - end > PAUSE:
            yield chain
            chain = []
        end = max(end, moments[number].end) if chain else moments[number].end
        chain.append(number)
    if chain:
        yield chain


def is_same_zone(one: Moment, other: Moment) -> bool:
    """Whether clocks may have shown the same; an hour more or less is the summer's."""
    return one.zone is None or other.zone is None or abs(one.zone - other.zone) <= HOUR


def _zones(moments: Sequence[Moment]) -> list[int | None]:
    founders: list[Moment] = []
    regions: list[int | None] = []
    for moment in moments:
        if moment.zone is None:
            regions.append(None)
            continue
        alike = (number for number, founder in enumerate(founders) if is_same_zone(founder, moment))
        region = next(alike, len(founders))
        if region == len(founders):
            founders.append(moment)
        regions.append(region)
    return regions


def _regions(moments: Sequence[Moment]) -> list[int | None]:
    """What a chain of short ways connects is one region."""
    import numpy as np

    places: NDArray[np.float64] = np.array([moment.place or (np.nan, np.nan) for moment in moments], np.float64)
    regions: list[int | None] = [None] * len(moments)
    left = ~np.isnan(places[:, 0])
    while left.any():
        founder = int(left.argmax())
        left[founder] = False
        reached = [founder]
        while reached:
            at = reached.pop()
            regions[at] = founder
            near = np.flatnonzero(left)
            near = near[kilometres_to(places[at], places[near]) <= REGION_KM]
            left[near] = False
            reached += near.tolist()
    return regions


def _home(moments: Sequence[Moment], regions: Sequence[int | None]) -> int | None:
    """The region to which its owner comes back most often; None when they came back to none."""
    of: dict[int, list[int]] = {}
    for number, region in enumerate(regions):
        if region is not None:
            of.setdefault(region, []).append(number)

    def visits(region: int) -> tuple[int, int]:
        return sum(1 for _ in chains(moments, of[region])), sum(len(moments[number].rows) for number in of[region])

    home = max(of, key=visits, default=None)
    return home if home is not None and visits(home)[0] > 1 else None
