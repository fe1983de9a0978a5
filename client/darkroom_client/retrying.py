"""When to try again, and how long to wait before: longer each time, by chance (so that many clients do not come back at
the same moment), and never sooner than the server asked for."""

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

PASSING: Final = frozenset({408, 425, 429, 500, 502, 503, 504})
"""Statuses after which the same request may well succeed."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How often something is tried and how long is waited in between."""

    attempts: int = 6
    first_seconds: float = 0.5
    most_seconds: float = 20.0
    asked_seconds: float = 120.0
    """The longest wait that a server may ask for; a longer one is told to the person instead."""

    def waits(self) -> Iterator[float]:
        """Seconds before the second attempt, the third, and so on."""
        longest = self.first_seconds
        for _ in range(self.attempts - 1):
            yield random.uniform(longest / 2, longest)  # noqa: S311 - chance, not a secret
            longest = min(longest * 2, self.most_seconds)


def asked_for(headers: Mapping[str, str]) -> float | None:
    """The seconds that `Retry-After` asks for: a number, or the time until a date."""
    text = headers.get("retry-after", "").strip()
    if not text:
        return None
    if text.isdigit():
        return float(text)
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())
