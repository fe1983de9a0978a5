"""How long the agent waits for things, and how it spreads its attempts so that many agents do not come back at once."""

import os
import random
from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds."""

    heartbeat: float = 30.0
    refresh: float = 3600.0
    """How often times a day ahead are asked for again."""
    ping: float = 300.0
    pong: float = 20.0
    long_poll: float = 20.0
    websocket_again: float = 30.0
    """While the long poll works, the WebSocket is tried again after this, and ever more rarely."""
    websocket_rarely: float = 300.0
    backoff_first: float = 0.5
    backoff_most: float = 15.0
    """With a connection that is being tried, below the 30 s within which an agent is back after the API is."""
    photo_backoff_most: float = 120.0
    look: float = 3.0
    """How often threads look up by themselves: a machine that slept, a photo that `snap` left in the spool."""
    camera_again: float = 1.0
    due_again: float = 15.0
    connect_timeout: float = 10.0
    answer_timeout: float = 30.0
    storage_timeout: float = 120.0
    stop: float = 10.0

    @classmethod
    def from_environment(cls, heartbeat: float | None = None) -> Self:
        """DARKROOM_AGENT_HASTE divides what is waited by choice (for tests); timeouts stay."""
        haste = float(os.environ.get("DARKROOM_AGENT_HASTE") or 1)
        paces = ("heartbeat", "ping", "long_poll", "websocket_again", "backoff_first", "backoff_most")
        more = ("photo_backoff_most", "look", "camera_again", "due_again", "websocket_rarely")
        values = {name: getattr(cls(), name) / haste for name in (*paces, *more)}
        if heartbeat is not None:
            values["heartbeat"] = heartbeat
        return cls(**values)


class Backoff:
    """Longer each time, by chance, up to a bound; forgotten when something works."""

    def __init__(self, first: float, most: float) -> None:
        self._first = first
        self._most = most
        self._failures = 0

    def next(self) -> float:
        longest = min(self._most, self._first * 2.0 ** min(self._failures, 30))
        self._failures += 1
        return random.uniform(longest / 2, longest)  # noqa: S311 - chance, not a secret

    def worked(self) -> None:
        self._failures = 0
