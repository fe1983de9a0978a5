"""Photos that belong to no moment by their time: those without one, and those left alone.

A photo without a time goes to the album whose photos it resembles as if it had been taken there. What resembles none
keeps to its own kind: scans with scans, screenshots with screenshots.
"""

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from galleries.curating.clocks import Timeline
from galleries.curating.facts import HOUR, SAME_PICTURE, Facts
from galleries.curating.moments import middle
from galleries.curating.places import kilometres

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_BELONGS = 0.8
"""Kinship with an album's likest photos from which a photo without a time is thought to be of it."""
_OF_A_KIND = 0.5
"""Average kinship of photos without a time that are shown together."""
_OF_A_SCENE = 0.8
"""Average kinship of such photos that are of one scene, and so of one album."""
_WORTH_A_NAME = 3
"""From so many photos on an album stands by itself, however near another is."""
_SHORTLY = 4 * HOUR
_REACH_KM = 2
_SAME_CAMERA = 0.2
"""What it counts that two photos are of one size: they came the same way."""


def settled(
    albums: Sequence["NDArray[np.int64]"], facts: Facts, time: Timeline
) -> tuple[list["NDArray[np.int64]"], "NDArray[np.int64]"]:
    """Albums that are worth the name, and the photos that are left alone.

    One or two photos join what was taken shortly before or after, where it was not elsewhere; a single one that lies
    near nothing is left alone.
    """
    import numpy as np

    kept = [rows for rows in albums if len(rows) >= _WORTH_A_NAME]
    alone: list[int] = []
    for rows in [rows for rows in albums if len(rows) < _WORTH_A_NAME]:
        near = [
            (pause, number)
            for number, other in enumerate(kept)
            if (pause := _pause(time, rows, other)) <= _SHORTLY and _may_be_one_place(facts, rows, other)
        ]
        if near:
            number = min(near)[1]
            kept[number] = np.concatenate([kept[number], rows])
        elif len(rows) > 1:
            kept.append(rows)
        else:
            alone += rows.tolist()
    return kept, np.array(alone, np.int64)


def _pause(time: Timeline, one: "NDArray[np.int64]", other: "NDArray[np.int64]") -> float:
    mine, theirs = time.instants[one], time.instants[other]
    return max(0.0, float(theirs.min() - mine.max()), float(mine.min() - theirs.max()))


def _may_be_one_place(facts: Facts, one: "NDArray[np.int64]", other: "NDArray[np.int64]") -> bool:
    here, there = middle(facts, one), middle(facts, other)
    return here is None or there is None or kilometres(here, there) <= _REACH_KM


def adopted(facts: Facts, undated: "NDArray[np.int64]", albums: Sequence["NDArray[np.int64]"]) -> dict[int, int]:
    """The albums of those photos without a time that look as if they were of one.

    What came the same way is believed together: where most of it is of no album, the few that resemble one do so by
    chance, as an old print of a beach resembles last summer's.
    """
    import numpy as np

    found: dict[int, int] = {}
    for scene in _linked(undated, facts.kinship[np.ix_(undated, undated)], _OF_A_SCENE):
        album = _adopter(facts, scene, albums)
        if album is not None:
            found |= dict.fromkeys(scene.tolist(), album)
    came = Counter(facts.camera[undated].tolist())
    belong = Counter(facts.camera[list(found)].tolist())
    return {row: album for row, album in found.items() if 2 * belong[facts.camera[row]] >= came[facts.camera[row]]}


def _adopter(facts: Facts, rows: "NDArray[np.int64]", albums: Sequence["NDArray[np.int64]"]) -> int | None:
    """The album that these photos of one scene look as if they were of; None when they are of none."""
    import numpy as np

    scores = []
    for album in albums:
        kinship, few = facts.kinship[np.ix_(rows, album)], min(3, len(album))
        likest = np.partition(kinship, len(album) - few, axis=1)[:, -few:]
        is_copy = likest.max(axis=1) >= np.float32(SAME_PICTURE)
        scores.append(float(np.where(is_copy, SAME_PICTURE, likest.mean(axis=1)).mean()))
    best = max(range(len(albums)), key=lambda number: scores[number], default=None)
    return best if best is not None and scores[best] >= _BELONGS else None


def of_a_kind(facts: Facts, rows: "NDArray[np.int64]") -> list["NDArray[np.int64]"]:
    """Groups of photos that one would show together: they resemble each other or came the same way."""
    import numpy as np

    same = facts.camera[rows][:, None] == facts.camera[rows][None, :]
    return _linked(rows, facts.kinship[np.ix_(rows, rows)] + np.where(same, _SAME_CAMERA, -_SAME_CAMERA), _OF_A_KIND)


def _linked(rows: "NDArray[np.int64]", bonds: "NDArray[Any]", least: float) -> list["NDArray[np.int64]"]:
    """Groups of rows by average linkage: the two with the strongest bond are joined until none is strong enough."""
    import numpy as np

    bonds = bonds.astype(np.float64)
    np.fill_diagonal(bonds, -np.inf)
    groups: list[list[int]] = [[number] for number in range(len(rows))]
    partner = bonds.argmax(axis=1) if len(rows) else np.zeros(0, np.int64)
    for _ in range(len(rows) - 1):
        strongest = bonds[np.arange(len(rows)), partner]
        one = int(strongest.argmax())
        other = int(partner[one])
        if strongest[one] < least:
            break
        merged = (len(groups[one]) * bonds[one] + len(groups[other]) * bonds[other]) / len(groups[one] + groups[other])
        merged[[one, other]] = -np.inf
        bonds[one], bonds[:, one] = merged, merged
        bonds[other], bonds[:, other] = -np.inf, -np.inf
        groups[one], groups[other] = groups[one] + groups[other], []
        stale = np.flatnonzero((partner == one) | (partner == other) | (merged > bonds[np.arange(len(rows)), partner]))
        stale = np.union1d(stale, [one, other])
        partner[stale] = bonds[stale].argmax(axis=1)
    return [rows[np.array(sorted(group))] for group in groups if group]
