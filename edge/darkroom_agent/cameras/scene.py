"""The test camera: each photo shows another place, painted on the spot, with the time on it.

Darkroom does not pay for photos that look like earlier ones, so each is painted until it looks like none of the last.
"""

import random
import time
from collections import deque
from collections.abc import Callable
from typing import Any, Final

from darkroom_agent.cameras.source import Source
from darkroom_agent.cameras.video import jpeg, opencv

SIZE: Final = (1280, 720)
_DIFFERENT: Final = 16
"""Bits of 64 in which the looks of two photos differ; Darkroom takes 12 or fewer for the same."""
_REMEMBERED: Final = 200
_TRIES: Final = 12


class TestSource(Source):
    __test__ = False  # pytest: the name is the camera's
    identity = "test"
    name = "Test picture"

    def __init__(self, now: Callable[[], float] = time.time, chance: random.Random | None = None) -> None:
        self._now = now
        self._chance = chance or random.Random()  # noqa: S311 - a landscape, not a secret
        self._looks: deque[int] = deque(maxlen=_REMEMBERED)

    def take(self) -> bytes:
        opencv()
        from darkroom_agent.cameras.painting import painted

        best: tuple[int, Any, int] | None = None
        for _ in range(_TRIES):
            picture = painted(self._chance, SIZE, time.localtime(self._now()))
            look = looks(picture)
            distance = min(((look ^ other).bit_count() for other in self._looks), default=64)
            if best is None or distance > best[0]:
                best = (distance, picture, look)
            if distance >= _DIFFERENT:
                break
        assert best is not None
        self._looks.append(best[2])
        return jpeg(best[1])


def looks(picture: Any) -> int:
    """How a picture looks from afar, in 64 bits: which of its coarse waves are stronger than most."""
    cv2 = opencv()
    grey = cv2.resize(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), (32, 32), interpolation=cv2.INTER_AREA)
    waves = cv2.dct(grey.astype("float32"))[:8, :8].flatten()
    middle = sorted(waves)[32]
    return sum(1 << bit for bit, wave in enumerate(waves) if wave > middle)
