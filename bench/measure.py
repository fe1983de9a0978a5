"""How things are measured here: alternating runs, medians, and the ratio pair by pair.

Machines are shared and drift. So the thing and its peer take turns (A B A B ...), the first pair is thrown away,
and the figure to quote is the median of the ratios of neighbours.
"""

import resource
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Sample:
    """What one side of a comparison took, run by run."""

    seconds: tuple[float, ...]

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)

    @property
    def spread(self) -> str:
        return f"{min(self.seconds) * 1000:.0f}..{max(self.seconds) * 1000:.0f} ms"


@dataclass(frozen=True)
class Pairing:
    """A thing and its peer, measured in turn."""

    thing: Sample
    peer: Sample

    @property
    def ratio(self) -> float:
        """How many times as long as the peer, by the median of neighbouring pairs."""
        pairs = zip(self.thing.seconds, self.peer.seconds, strict=True)
        return statistics.median(thing / peer for thing, peer in pairs)


def in_turn(thing: Callable[[], object], peer: Callable[[], object], runs: int) -> Pairing:
    """Time both, alternating, after one uncounted pair."""
    times: tuple[list[float], list[float]] = ([], [])
    for run in range(runs + 1):
        for side, work in enumerate((thing, peer)):
            started = time.perf_counter()
            work()
            if run:
                times[side].append(time.perf_counter() - started)
    return Pairing(Sample(tuple(times[0])), Sample(tuple(times[1])))


def peak_megabytes() -> float:
    """The most memory that this process has had. (getrusage would count that of its parent, from before the exec.)"""
    status = Path("/proc/self/status")
    if status.exists():
        words = status.read_text().split()
        return int(words[words.index("VmHWM:") + 1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which `share` of the values lie (nearest rank)."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def table(rows: Sequence[Sequence[str]]) -> str:
    """Rows under their headings, columns aligned: the first to the left, figures to the right."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]

    def line(row: Sequence[str]) -> str:
        cells = [
            cell.ljust(width) if column == 0 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        return "  ".join(cells).rstrip()

    return "\n".join([line(rows[0]), "  ".join("-" * width for width in widths), *map(line, rows[1:])])
