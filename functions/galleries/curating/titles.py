"""Titles as a person would write them, from when and where, and a sentence that says no more than is known."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from galleries.curating import places
from galleries.curating.clocks import Timeline
from galleries.curating.facts import Facts
from galleries.curating.photos import TITLE_LENGTH

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

UNDATED = "Photos without a date"
THE_REST = "More photos"
_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_NIGHT_ENDS = 5
"""Until this hour it is still the evening before."""
_MOST = 0.6
"""The share of an album's places from which one name stands for all of them."""
_LONG_DAYS = 60
"""Beyond this many days a title names months."""


@dataclass(frozen=True)
class Group:
    """An album's photos by row, in order, with what its title is made of."""

    rows: "NDArray[np.int64]"
    start: datetime | None
    """As clocks there showed it."""
    end: datetime | None
    place: str | None
    is_the_rest: bool
    undated: bool = False
    """Some of them do not say when they were taken."""


def group(known: Facts, time: Timeline, rows: "NDArray[np.int64]", *, is_the_rest: bool = False) -> Group:
    import numpy as np

    instants = time.instants[rows]
    dated = ~np.isnan(instants)
    place = None if is_the_rest else _place(known, rows)
    months = {month(time, row) for row in rows} if is_the_rest else set()
    if not dated.any() or len(months) > 1:
        return Group(rows, None, None, place, is_the_rest)
    written = known.offset[rows][~np.isnan(known.offset[rows])]
    zone = float(np.median(written if len(written) else time.offsets[rows]))
    start, end = (_clock(float(edge) + zone) for edge in (np.nanmin(instants), np.nanmax(instants)))
    return Group(rows, start, end, place, is_the_rest, undated=not dated.all())


def month(time: Timeline, row: int) -> int:
    """In which month a photo was taken, counted from the beginning of time; -1 where nobody knows."""
    instant = float(time.instants[row])
    if instant != instant:  # noqa: PLR0124 - NaN
        return -1
    day = _day(_clock(instant + float(time.offsets[row])))
    return 12 * day.year + day.month


def of(groups: Sequence[Group]) -> list[str]:
    """A title for each, no two the same: those that would be say more of when, and at last count."""
    ladders = [list(_ladder(group)) for group in groups]
    steps = [0] * len(groups)
    while True:
        titles = [_begun(ladder[step]) for ladder, step in zip(ladders, steps, strict=True)]
        often = Counter(titles)
        climbing = [n for n, title in enumerate(titles) if often[title] > 1 and steps[n] + 1 < len(ladders[n])]
        if not climbing:
            return _numbered(titles)
        for number in climbing:
            steps[number] += 1


def theme(group: Group) -> str:
    """One sentence about an album."""
    photos = "One photo" if len(group.rows) == 1 else f"{len(group.rows):,} photos"
    where = f" in {group.place}" if group.place else ""
    if group.is_the_rest:
        when = f" of {_month(_day(group.start))}" if group.start else ""
        return f"{photos}{when} that belong{'s' if len(group.rows) == 1 else ''} to no other album."
    if group.start is None or group.end is None:
        says = "does not say when it was" if len(group.rows) == 1 else "do not say when they were"
        return f"{photos}{f' from {group.place}' if group.place else ''} that {says} taken."
    first, last = _day(group.start), _day(group.end)
    when = (
        f"on {_WEEKDAYS[first.weekday()]}, {_date(first)}" if first == last else f"from {_date(first)} to {_date(last)}"
    )
    if group.undated:
        return f"{photos}{where}; those with a date were taken {when}."
    return f"{photos} taken{where} {when}."


def _clock(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _place(known: Facts, rows: "NDArray[np.int64]") -> str | None:
    """The town of most photos, the two towns of nearly all, or the country; None when nobody would name one."""
    import numpy as np

    located = known.places[rows]
    located = np.round(located[~np.isnan(located[:, 0])], 2)
    spots, numbers = np.unique(located, axis=0, return_counts=True)
    towns: Counter[places.Place] = Counter()
    for (latitude, longitude), number in zip(spots.tolist(), numbers.tolist(), strict=True):
        place = places.place_at(latitude, longitude)
        if place is not None:
            towns[place] += number
    if not towns or 2 * towns.total() < len(located):
        return None
    (first, most), *others = sorted(towns.items(), key=lambda item: (-item[1], item[0].full_name))
    if most >= _MOST * towns.total():
        return first.full_name
    if most + others[0][1] >= _MOST * towns.total() * 1.4:
        return f"{first.name} and {others[0][0].name}"
    regions = Counter[str]()
    for place, number in towns.items():
        regions[place.region] += number
    region, in_it = min(regions.items(), key=lambda item: (-item[1], item[0]))
    return places.with_article(region) if in_it >= _MOST * towns.total() else None


def _ladder(group: Group) -> Iterator[str]:
    """Titles from the shortest to the most exact."""
    place = group.place[: TITLE_LENGTH - 60] if group.place else None
    if group.is_the_rest:
        yield f"Here and there in {_month(_day(group.start))}" if group.start else THE_REST
    elif group.start is None or group.end is None:
        yield place or UNDATED
    else:
        first, last = _day(group.start), _day(group.end)
        yield from _day_titles(group, first, place) if first == last else _days_titles(first, last, place)


def _day_titles(group: Group, day: date, place: str | None) -> Iterator[str]:
    assert group.start is not None
    assert group.end is not None
    part, in_month = _part_of_day(group.start, group.end), _month(day)
    if place:
        yield f"{_article(part)} {part} in {place}"
        yield f"{_article(part)} {part} in {place}, {in_month}"
        yield f"{place}, {_date(day)}"
        yield f"{place}, {_date(day)}, {part}"
    else:
        yield f"{_article(part)} {part} in {in_month}"
        yield f"A {_WEEKDAYS[day.weekday()]}{'' if part == 'day' else ' ' + part} in {in_month}"
        yield f"{_WEEKDAYS[day.weekday()]}, {_date(day)}{'' if part == 'day' else ', ' + part}"
    yield f"{place + ', ' if place else ''}{_date(day)}, {group.start:%H:%M}"


def _days_titles(first: date, last: date, place: str | None) -> Iterator[str]:
    months = _month(first)
    if first.weekday() >= 4 and last.weekday() == 6 and (last - first).days <= 2:
        yield f"A weekend in {place or months}"
        if place:
            yield f"A weekend in {place}, {months}"
    span = _span(first, last)
    yield f"{place}, {span}" if place else span
    yield f"{place + ', ' if place else ''}{_date(first)} – {_date(last)}"


def _span(first: date, last: date) -> str:
    """3–9 May 2025; 28 May – 3 June 2025; May – August 2025; 30 December 2024 – 2 January 2025."""
    if (last - first).days > _LONG_DAYS:
        year = "" if first.year == last.year else f" {first.year}"
        return f"{_MONTHS[first.month - 1]}{year} – {_MONTHS[last.month - 1]} {last.year}"
    if first.year != last.year:
        return f"{_date(first)} – {_date(last)}"
    if first.month != last.month:
        return f"{first.day} {_MONTHS[first.month - 1]} – {_date(last)}"
    return f"{first.day}–{_date(last)}"


def _day(moment: datetime) -> date:
    """The day as people count it: a party's last hours are of the evening before."""
    return (moment - timedelta(hours=_NIGHT_ENDS)).date()


def _part_of_day(start: datetime, end: datetime) -> str:
    middle = start + (end - start) / 2
    if end - start > timedelta(hours=7) and start.hour >= _NIGHT_ENDS and start.hour < 15:
        return "day"
    hour = middle.hour
    if hour >= 22 or hour < _NIGHT_ENDS:
        return "night"
    return "morning" if hour < 12 else "afternoon" if hour < 17 else "evening"


def _month(day: date) -> str:
    return f"{_MONTHS[day.month - 1]} {day.year}"


def _date(day: date) -> str:
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def _begun(title: str) -> str:
    return f"The {title[4:]}" if title.startswith("the ") else title


def _article(word: str) -> str:
    return "An" if word[0] in "aeiou" else "A"


def _numbered(titles: Sequence[str]) -> list[str]:
    """What is still the same is counted, around titles that are taken."""
    taken, given = set(titles), list[str]()
    seen: set[str] = set()
    for title in titles:
        name, number = title, 1
        while name in seen or (number > 1 and name in taken):
            number += 1
            name = f"{title} ({number})"
        seen.add(name)
        given.append(name)
    return given
