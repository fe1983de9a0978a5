"""Journeys: moments of several days that are one story, since their owner was away.

Everything away from home that one can have travelled through in one go is one album, however many days it has and
whatever was done in them. Where no photo knows its place, days in a row are taken for a journey, since at home nobody
photographs every day.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from galleries.curating import whereabouts
from galleries.curating.facts import DAY, HOUR
from galleries.curating.moments import Moment, in_order
from galleries.curating.places import kilometres
from galleries.curating.whereabouts import PAUSE, REGION_KM, Whereabouts, is_same_zone

_KM_AN_HOUR = 300
"""How fast one travels, with the way to the airport; what is further off was somebody else."""
_BY_ROAD_KM = 400
"""How far one goes on in a day without a flight."""
_LONGEST = 45 * DAY
"""Beyond this it is no journey but a life."""
_DAYS_IN_A_ROW = 3
"""So many days with photos are no chance."""


@dataclass
class _Journey:
    """A journey while it is followed: which moments it has, and where it is now."""

    numbers: list[int]
    last: Moment
    """The last moment that tells where it was."""
    start: float
    end: float
    cameras: frozenset[int]
    is_over: bool = False

    def go_on(self, number: int, moment: Moment) -> None:
        self.numbers.append(number)
        self.end = max(self.end, moment.end)
        self.cameras |= moment.cameras
        if moment.place is not None:
            self.last = moment

    def is_of(self, moment: Moment) -> bool:
        """Whether one of its cameras took this, soon enough after."""
        return bool(self.cameras & moment.cameras) and moment.start - self.end <= PAUSE

    def has_meanwhile(self, moment: Moment) -> bool:
        """Whether one of its cameras took this on a day of the journey."""
        within = self.start - DAY / 4 <= moment.start and moment.end <= self.end + DAY / 4
        return within and bool(self.cameras & moment.cameras)


def joined(moments: Sequence[Moment]) -> list[Moment]:
    """The moments, with those of a journey made one."""
    where = whereabouts.find(moments)
    journeys = [
        journey
        for journey in _followed(moments, where)
        if journey.end - journey.start <= _LONGEST
        and (where.home is not None or _is_a_stay(moments, journey.numbers, where))
    ]
    gone = {number for journey in journeys for number in journey.numbers}
    for number, moment in enumerate(moments):
        if number not in gone and where.regions[number] is None:
            meanwhile = next((journey for journey in journeys if journey.has_meanwhile(moment)), None)
            if meanwhile:
                meanwhile.numbers.append(number)
                gone.add(number)
    whole = [journey.numbers for journey in journeys]
    vague = [number for number in range(len(moments)) if where.by_zone or where.regions[number] is None]
    for chain in whereabouts.chains(moments, [number for number in vague if number not in gone]):
        if _is_day_by_day(moments, chain):
            whole.append(chain)
            gone.update(chain)
    made = [_one([moments[number] for number in sorted(numbers)]) for numbers in whole]
    return in_order([*made, *(moment for number, moment in enumerate(moments) if number not in gone)])


def _one(moments: Sequence[Moment]) -> Moment:
    whole, *others = moments
    for other in others:
        whole = whole.with_(other)
    return whole


def _followed(moments: Sequence[Moment], where: Whereabouts) -> list[_Journey]:
    """Moments away from home, each with the nearest of those before from which one can have come."""
    ended: list[_Journey] = []
    under_way: list[_Journey] = []
    for number, moment in enumerate(moments):
        region = where.regions[number]
        if region is not None and region == where.home:
            # Who is at home again has ended the journey: the next one is another.
            for journey in under_way:
                journey.is_over = journey.is_over or journey.is_of(moment)
        ended += [journey for journey in under_way if journey.is_over or moment.start - journey.end > PAUSE]
        under_way = [journey for journey in under_way if not journey.is_over and moment.start - journey.end <= PAUSE]
        if region is None:
            of_it = [journey for journey in under_way if journey.is_of(moment) and is_same_zone(journey.last, moment)]
            if of_it:
                of_it[-1].go_on(number, moment)
        elif region != where.home:
            ways = [(_way(journey, moment, where), order) for order, journey in enumerate(under_way)]
            way, order = min(ways, default=(float("inf"), 0))
            if way < float("inf"):
                under_way[order].go_on(number, moment)
            else:
                under_way.append(_Journey([number], moment, moment.start, moment.end, moment.cameras))
    return [*ended, *under_way]


def _way(journey: _Journey, moment: Moment, where: Whereabouts) -> float:
    """How far it is from where a journey is to this moment, in km; endless when it cannot be on the way."""
    last = journey.last
    if last.place is None or moment.place is None:
        return 0.0 if is_same_zone(last, moment) else float("inf")
    away = kilometres(last.place, moment.place)
    reach = max(2 * REGION_KM, _KM_AN_HOUR * (moment.start - last.end) / HOUR)
    if where.home is None:
        reach = min(reach, _BY_ROAD_KM)  # nobody knows which end is home: a flight may well be the way there
    return away if away <= reach else float("inf")


def _days(moments: Sequence[Moment], numbers: Sequence[int]) -> list[int]:
    zone = median([moments[number].zone or 0.0 for number in numbers])
    return sorted({int((moments[number].start + zone) // DAY) for number in numbers})


def _is_a_stay(moments: Sequence[Moment], numbers: Sequence[int], where: Whereabouts) -> bool:
    """Whether it lasts as long as journeys do, where nobody knows what is home."""
    days = _days(moments, numbers)
    without = days[-1] - days[0] + 1 - len(days)
    few = len(days) < (2 if where.are_several else _DAYS_IN_A_ROW) or len(numbers) < _DAYS_IN_A_ROW
    return not few and without <= len(days) // 4


def _is_day_by_day(moments: Sequence[Moment], chain: Sequence[int]) -> bool:
    days = _days(moments, chain)
    lasts = _DAYS_IN_A_ROW <= len(days) <= _LONGEST / DAY
    return lasts and all(other - one <= 1 for one, other in pairwise(days))
