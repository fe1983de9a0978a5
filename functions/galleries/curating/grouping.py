"""The curator without a model: groups photos into titled albums by time, place and look, and always answers the same.

1. One line of time for all cameras (`clocks`). 2. Moments without a long pause, at one place (`moments`). 3. What was
taken on one journey is one album (`journeys`). 4. Photos without a time go where they look at home, or among their own
kind; photos left alone join what lies nearest, or the album of the rest (`strays`). 5. Titles (`titles`).
"""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from galleries.curating import clocks, facts, journeys, moments, strays, titles
from galleries.curating.clocks import Timeline
from galleries.curating.facts import Facts
from galleries.curating.photos import Album, Photo
from galleries.curating.titles import Group

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

CURATED_BY = "fallback"
_SOME = 4
"""So many photos, each left alone, are worth an album of their month."""


def group(photos: Sequence[Photo]) -> list[Album]:
    """Albums of all these photos, each photo in exactly one, the newest album first."""
    if not photos:
        return []
    known = facts.gather(photos)
    time = clocks.timeline(known)
    dated = strays.settled([moment.rows for moment in journeys.joined(moments.find(known, time.instants))], known, time)
    groups = list(_groups(known, time, *dated))
    named = zip(groups, titles.of(groups), strict=True)
    return [
        Album(title, titles.theme(group), tuple(known.photos[row].id for row in group.rows), CURATED_BY)
        for group, title in named
    ]


def _groups(
    known: Facts, time: Timeline, albums: Sequence["NDArray[np.int64]"], alone: "NDArray[np.int64]"
) -> Iterator[Group]:
    """The groups in the order in which they are shown: by time, then those without one, then the rest."""
    import numpy as np

    whole = [list(map(int, rows)) for rows in albums]
    undated = np.flatnonzero(np.isnan(time.instants))
    adopted = strays.adopted(known, undated, albums)
    for row, album in adopted.items():
        whole[album].append(row)
    kinds = strays.of_a_kind(known, np.array([row for row in undated if row not in adopted], np.int64))
    alone = np.concatenate([alone, *(kind for kind in kinds if len(kind) == 1)])
    kinds = [kind for kind in kinds if len(kind) > 1]
    if len(alone) < _SOME and not whole and not kinds:  # a few photos are no rest of anything
        for row in alone:
            if np.isnan(time.instants[row]):
                kinds.append(np.array([row], np.int64))
            else:
                whole.append([int(row)])
        alone = alone[:0]
    shown = [_in_order(known, time, np.array(rows, np.int64)) for rows in whole]
    for rows in sorted(shown, key=lambda rows: (-float(np.nanmin(time.instants[rows])), int(rows[0]))):
        yield titles.group(known, time, rows)
    for rows in sorted(kinds, key=lambda rows: (-len(rows), int(rows[0]))):
        yield titles.group(known, time, _in_order(known, time, rows))
    for rows in _months(time, alone):
        yield titles.group(known, time, _in_order(known, time, rows), is_the_rest=True)


def _months(time: Timeline, alone: "NDArray[np.int64]") -> Iterator["NDArray[np.int64]"]:
    """Photos left alone: by months where a month has some, the newest first, and then the rest of them."""
    import numpy as np

    months = np.array([titles.month(time, row) for row in alone], np.int64)
    rest = alone
    for month in sorted(set(months[months >= 0].tolist()), reverse=True):
        rows = alone[months == month]
        if len(rows) >= _SOME:
            yield rows
            rest = np.setdiff1d(rest, rows)
    if len(rest):
        yield rest


def _in_order(known: Facts, time: Timeline, rows: "NDArray[np.int64]") -> "NDArray[np.int64]":
    """By time; a photo without one stands behind the photo that it resembles most."""
    import numpy as np

    instants = time.instants[rows].copy()
    lost = np.isnan(instants)
    if lost.any() and not lost.all():
        likest = known.kinship[np.ix_(rows[lost], rows[~lost])].argmax(axis=1)
        instants[lost] = instants[~lost][likest] + 0.5
    created = np.array([known.photos[row].created_at.timestamp() for row in rows])
    ordered: NDArray[np.int64] = rows[np.lexsort((rows, created, instants))]
    return ordered
