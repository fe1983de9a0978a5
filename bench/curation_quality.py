"""How well the fallback groups photos, beside splitting them by day, on lives whose occasions are known.

Pictures are painted and seen by the real network (tests/factories/lives.py): several occasions in a day, nights over
midnight, journeys, two people at two places at once, cameras without place or with a wrong clock, scans, screenshots
and what messengers have stripped. F1 is over pairs: of all pairs of photos, which are of one occasion. Splitting by day
takes each photo's own date, and the day of the upload where it has none.

    make bench ARGS=curation_quality
"""

import statistics
import time
from collections import Counter
from collections.abc import Hashable, Sequence
from datetime import date, timedelta

from bench import measure
from bench.platform import Platform
from galleries.curating.grouping import group
from galleries.curating.photos import Photo
from tests.factories import lives

# How many photos, and how many lives of that size: a small one says little.
SIZES = ((20, 40), (200, 8), (2_000, 1))
BETTER_BY = 1.2


def run(platform: Platform) -> bool:  # noqa: ARG001 - needs no database
    """On the average over each size we must be better by a fifth."""
    rows = [["photos", "lives", "F1", "worst", "by day", "ratio", "albums", "occasions", "grouping", "a look"]]
    kept = True
    for size, number in SIZES:
        ours, by_day, albums, occasions, seconds, looking = [], [], 0, 0, [], []
        for seed in range(number):
            shots = lives.live(size, seed)
            started = time.perf_counter()
            photos = [lives.seen(shot) for shot in shots]
            looking.append((time.perf_counter() - started) / size)
            started = time.perf_counter()
            found = group(photos)
            seconds.append(time.perf_counter() - started)
            album_of = {photo: number for number, album in enumerate(found) for photo in album.photo_ids}
            truth = [shot.occasion for shot in shots]
            ours.append(f1(truth, [album_of[shot.id] for shot in shots]))
            by_day.append(f1(truth, [_day(photo) for photo in photos]))
            albums, occasions = albums + len(found), occasions + len(set(truth))
        ratio = statistics.mean(ours) / statistics.mean(by_day)
        kept = kept and ratio >= BETTER_BY
        rows.append([
            f"{size:,}", str(number), f"{statistics.mean(ours):.3f}", f"{min(ours):.3f}",
            f"{statistics.mean(by_day):.3f}", f"{ratio:.2f}", str(albums), str(occasions),
            f"{max(seconds):.2f} s", f"{statistics.mean(looking) * 1000:.0f} ms",
        ])  # fmt: skip
    print(measure.table(rows))
    print("\n  a look: painting the picture, its perceptual hash and the network; one thread")
    return kept


def f1(truth: Sequence[Hashable], found: Sequence[Hashable]) -> float:
    """Of pairs of photos: how many of those put together belong together, and how many that belong were put."""
    both = _pairs(list(zip(truth, found, strict=True)))
    return 2 * both / (_pairs(truth) + _pairs(found) or 1)


def _pairs(labels: Sequence[Hashable]) -> int:
    return sum(number * (number - 1) // 2 for number in Counter(labels).values())


def _day(photo: Photo) -> date:
    if photo.taken_at is None:
        return photo.created_at.date()
    offset = photo.taken_at_offset
    if offset is None:
        return photo.taken_at.date()
    ahead = timedelta(hours=int(offset[1:3]), minutes=int(offset[4:]))
    return (photo.taken_at + (-ahead if offset.startswith("-") else ahead)).date()
