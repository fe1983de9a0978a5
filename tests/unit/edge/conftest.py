"""An agent's memory in a folder of its own, by a clock that moves only when told."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from darkroom_agent.clock import Clock
from darkroom_agent.database import Database
from darkroom_agent.spool import Bounds, Spool
from darkroom_agent.timetable import Timetable

START = 1_780_000_000.0


class Hands:
    """What a clock is made of: ticks that only go forward, and a wall clock that anybody may set."""

    def __init__(self) -> None:
        self.ticked = 5_000.0
        self.wall_ahead = START - 5_000.0

    def ticks(self) -> float:
        return self.ticked

    def wall(self) -> float:
        return self.ticked + self.wall_ahead

    def advance(self, seconds: float) -> None:
        self.ticked += seconds


@pytest.fixture
def hands() -> Hands:
    return Hands()


@pytest.fixture
def clock(hands: Hands) -> Clock:
    return Clock(hands.ticks, hands.wall)


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    opened = Database(tmp_path / "spool.sqlite")
    yield opened
    opened.close()


@pytest.fixture
def spool(db: Database, clock: Clock, tmp_path: Path) -> Spool:
    return Spool(db, "device", clock, tmp_path, Bounds(10_000_000, 0))


@pytest.fixture
def timetable(db: Database, clock: Clock) -> Timetable:
    return Timetable(db, clock)
