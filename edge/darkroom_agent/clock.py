"""What time it is. A camera's clock may be wrong, and may be set while the agent runs; Darkroom's is right.

After each heartbeat the agent counts on from the server's time with a clock that nobody can set and that goes on while
the machine sleeps. Before the first contact the machine's own time counts.
"""

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

from darkroom_agent.errors import AgentError

_LONGEST_ANSWER: Final = 20.0


def ticks() -> float:
    """Seconds of a clock that only goes forward, sleep included."""
    # On a Mac CLOCK_MONOTONIC counts sleep; on Linux only CLOCK_BOOTTIME does.
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


class Clock:
    """Unix seconds, as right as they are known. Threads may share it."""

    def __init__(self, ticks: Callable[[], float] = ticks, wall: Callable[[], float] = time.time) -> None:
        self._ticks = ticks
        self._lock = threading.Lock()
        # The wall clock is read once: it may jump as soon as the machine finds a time server.
        self._ahead = wall() - ticks()
        self._is_right = False

    @property
    def is_right(self) -> bool:
        """Whether the server has told the time."""
        return self._is_right

    def now(self) -> float:
        with self._lock:
            return self._ticks() + self._ahead

    def ticks(self) -> float:
        """For measuring how long something takes."""
        return self._ticks()

    def anchor(self, server_seconds: float, asked_at_ticks: float) -> None:
        """The server said this between `asked_at_ticks` and now; its answer took about half of that."""
        with self._lock:
            heard = self._ticks()
            if heard - asked_at_ticks > _LONGEST_ANSWER:
                return  # the machine slept meanwhile: nobody knows before or after which part of it
            self._ahead = server_seconds + max(0.0, heard - asked_at_ticks) / 2 - heard
            self._is_right = True


def to_wire(seconds: float) -> str:
    """RFC 3339 in UTC."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def from_wire(text: str) -> float:
    """Unix seconds."""
    try:
        moment = datetime.fromisoformat(text)
    except (ValueError, TypeError):
        raise AgentError(f"Not a time: {text!r}") from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def for_people(seconds: float) -> str:
    """In this machine's time zone."""
    return datetime.fromtimestamp(seconds).astimezone().strftime("%a %d %b %H:%M:%S")
