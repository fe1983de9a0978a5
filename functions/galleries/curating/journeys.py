"""Journeys: moments of several days that are one story, since their owner was away.

Home is the region to which photos come back. Everything elsewhere that one can have travelled through in one go is one
album, however many days it has and whatever was done in them. Where no photo knows its place, another time zone is
elsewhere; and days in a row are taken for a journey, since at home nobody photographs every day.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from galleries.curating.facts import DAY, HOUR
from galleries.curating.moments import Moment, in_order
from galleries.curating.places import kilometres

_REGION_KM = 40
"""How far one goes for a day's outing and is still at home."""
_PAUSE = 60 * HOUR
"""Two nights and the lazy day between them. Who has no photo for longer is thought to have come home."""
_KM_AN_HOUR = 300
"""How fast one travels, with the way to the airport; what is further off was somebody else."""
_BY_ROAD_KM = 400
"""How far one goes on in a day without a flight."""
_DAYS_IN_A_ROW = 3


@dataclass(frozen=True)
class _Whereabouts:
    """Which region each moment is in; None where nothing tells."""

    regions: list[int | None]
    home: int | None
    by_zone: bool
    """Regions are time zones: nothing is known of places."""

    @property
    def are_several(self) -> bool:
        return len({region for region in self.regions if region is not None}) > 1


def joined(moments: Sequence[Moment]) -> list[Moment]:
    """The moments, with those of a journey made one."""
    where = _whereabouts(moments)
    left = list(range(len(moments)))
    made: list[Moment] = []

    def make(numbers: Sequence[int]) -> None:
        made.append(_one(moments, numbers))
        left[:] = [number for number in left if number not in numbers]

    for journey in _journeys(moments, where):
        if where.home is not None or _is_a_stay(moments, journey, where):
            make(_with_the_unlocated(moments, journey, [number for number in left if where.regions[number] is None]))
    for chain in _chains(moments, [number for number in left if where.by_zone or where.regions[number] is None]):
        if _is_day_by_day(moments, chain):
            make(chain)
    return in_order([*made, *(moments[number] for number in left)])


def _one(moments: Sequence[Moment], numbers: Sequence[int]) -> Moment:
    whole = moments[numbers[0]]
    for number in numbers[1:]:
        whole = whole.with_(moments[number])
    return whole


def _whereabouts(moments: Sequence[Moment]) -> _Whereabouts:
    by_zone = all(moment.place is None for moment in moments)
    regions = _zones(moments) if by_zone else _regions(moments)
    return _Whereabouts(regions, _home(moments, regions), by_zone)


def _zones(moments: Sequence[Moment]) -> list[int | None]:
    """Time zones as regions; an hour more or less is the summer's."""
    founders: list[float] = []
    regions: list[int | None] = []
    for moment in moments:
        if moment.zone is None:
            regions.append(None)
            continue
        near = next((number for number, zone in enumerate(founders) if abs(zone - moment.zone) <= HOUR), len(founders))
        if near == len(founders):
            founders.append(moment.zone)
        regions.append(near)
    return regions


def _regions(moments: Sequence[Moment]) -> list[int | None]:
    """For each moment the number of its region: what a chain of short ways connects is one."""
    regions: list[int | None] = [None] * len(moments)
    located = {number: moment.place for number, moment in enumerate(moments) if moment.place is not None}
    for region, founder in enumerate(list(located)):
        reached = [founder] if founder in located else []
        while reached:
            at = reached.pop()
            place = located.pop(at, None)
            if place is None:
                continue
            regions[at] = region
            reached += [number for number, other in located.items() if kilometres(place, other) <= _REGION_KM]
    return regions


def _home(moments: Sequence[Moment], regions: Sequence[int | None]) -> int | None:
    """The region to which its owner comes back most often; None when they came back to none."""
    visits: dict[int, tuple[int, int]] = {}
    for region in sorted({region for region in regions if region is not None}):
        stays = list(_chains(moments, [number for number, of in enumerate(regions) if of == region]))
        visits[region] = len(stays), sum(len(moments[number].rows) for stay in stays for number in stay)
    best = max(visits, key=lambda region: visits[region], default=None)
    return best if best is not None and visits[best][0] > 1 else None


def _chains(moments: Sequence[Moment], numbers: Sequence[int]) -> Iterator[list[int]]:
    """Moments one after another without a long pause."""
    chain: list[int] = []
    for number in numbers:
        if chain and moments[number].start - max(moments[earlier].end for earlier in chain) > _PAUSE:
            yield chain
            chain = []
        chain.append(number)
    if chain:
        yield chain


@dataclass
class _Journey:
    """A journey while it is followed: which moments it has, and where it is now."""

    moments: Sequence[Moment]
    numbers: list[int]
    is_over: bool = False

    @property
    def end(self) -> float:
        return max(self.moments[number].end for number in self.numbers)

    @property
    def whereabouts(self) -> Moment:
        """The last moment that tells where it was."""
        return next(
            (self.moments[number] for number in reversed(self.numbers) if self.moments[number].place is not None),
            self.moments[self.numbers[-1]],
        )

    def is_of(self, moment: Moment) -> bool:
        """Whether one of its cameras took this, soon enough after."""
        cameras = frozenset[int]().union(*(self.moments[number].cameras for number in self.numbers))
        return not self.is_over and bool(cameras & moment.cameras) and moment.start - self.end <= _PAUSE


def _journeys(moments: Sequence[Moment], where: _Whereabouts) -> list[list[int]]:
    """Moments away from home, each with the nearest of those before from which one can have come."""
    journeys: list[_Journey] = []
    for number, moment in enumerate(moments):
        region = where.regions[number]
        if region is None:
            of_it = [
                journey for journey in journeys if journey.is_of(moment) and _is_same_zone(journey.whereabouts, moment)
            ]
            if of_it:
                of_it[-1].numbers.append(number)
        elif region == where.home:
            # Who is at home again has ended the journey: the next one is another.
            for journey in journeys:
                journey.is_over = journey.is_over or journey.is_of(moment)
        else:
            ways = [
                (way, order)
                for order, journey in enumerate(journeys)
                if (way := _way(journey, moment, where)) is not None
            ]
            if ways:
                journeys[min(ways)[1]].numbers.append(number)
            else:
                journeys.append(_Journey(moments, [number]))
    return [journey.numbers for journey in journeys]


def _way(journey: _Journey, moment: Moment, where: _Whereabouts) -> float | None:
    """How far it is from where a journey is to this moment, in km; None when it cannot be on the way."""
    pause = moment.start - journey.end
    if journey.is_over or pause > _PAUSE:
        return None
    last = journey.whereabouts
    if last.place is None or moment.place is None:
        return 0.0 if _is_same_zone(last, moment) else None
    away = kilometres(last.place, moment.place)
    reach = max(2 * _REGION_KM, _KM_AN_HOUR * (moment.start - last.end) / HOUR)
    if where.home is None:
        reach = min(reach, _BY_ROAD_KM)  # nobody knows which end is home: a flight may well be the way there
    return away if away <= reach else None


def _is_same_zone(one: Moment, other: Moment) -> bool:
    return one.zone is None or other.zone is None or abs(one.zone - other.zone) <= HOUR


def _days(moments: Sequence[Moment], numbers: Sequence[int]) -> list[int]:
    zone = median([moments[number].zone or 0.0 for number in numbers])
    return sorted({int((moments[number].start + zone) // DAY) for number in numbers})


def _is_a_stay(moments: Sequence[Moment], journey: Sequence[int], where: _Whereabouts) -> bool:
    """Whether it lasts as long as journeys do, where nobody knows what is home."""
    days = _days(moments, journey)
    without = days[-1] - days[0] + 1 - len(days)
    few = len(days) < (2 if where.are_several else _DAYS_IN_A_ROW) or len(journey) < _DAYS_IN_A_ROW
    return not few and without <= len(days) // 4


def _is_day_by_day(moments: Sequence[Moment], chain: Sequence[int]) -> bool:
    days = _days(moments, chain)
    return len(days) >= _DAYS_IN_A_ROW and all(other - one <= 1 for one, other in pairwise(days))


def _with_the_unlocated(moments: Sequence[Moment], journey: Sequence[int], unlocated: Sequence[int]) -> list[int]:
    """A journey with what one of its cameras took just before and meanwhile, and does not know where."""
    start, end = moments[journey[0]].start, max(moments[number].end for number in journey)
    cameras = frozenset[int]().union(*(moments[number].cameras for number in journey))
    meanwhile = [
        number
        for number in unlocated
        if start - DAY / 4 <= moments[number].start
        and moments[number].end <= end + DAY / 4
        and moments[number].cameras & cameras
    ]
    return sorted([*journey, *meanwhile])
