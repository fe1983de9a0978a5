"""UUIDv7 ids: made here, ordered by time, so that lists page by id and indexes grow at one end."""

import re
import secrets
import threading
import time
from datetime import UTC, datetime
from uuid import UUID

_RANDOM_BITS = 74
_CANONICAL = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)

_lock = threading.Lock()
_last: tuple[int, int] = (0, 0)


def new_id() -> UUID:
    """A new UUIDv7, greater than every id this process made before (also when the clock steps back)."""
    global _last  # noqa: PLW0603 - the last id is what makes the next one greater
    with _lock:
        milliseconds, tail = time.time_ns() // 1_000_000, secrets.randbits(_RANDOM_BITS)
        if milliseconds <= _last[0]:
            milliseconds, tail = _last[0], _last[1] + 1 + secrets.randbits(32)
            if tail >> _RANDOM_BITS:
                milliseconds, tail = milliseconds + 1, secrets.randbits(_RANDOM_BITS)
        _last = (milliseconds, tail)
    high, low = tail >> 62, tail & ((1 << 62) - 1)
    return UUID(int=(milliseconds & ((1 << 48) - 1)) << 80 | 0x7 << 76 | high << 64 | 0b10 << 62 | low)


def made_at(made: UUID) -> datetime:
    """When an id of ours was made."""
    return datetime.fromtimestamp((made.int >> 80) / 1000, UTC)


def parse_id(text: str) -> UUID:
    """The id that `text` spells in the canonical form; ValueError where it spells none, also where UUID() is kinder
    (braces, `urn:uuid:`, no dashes)."""
    if not _CANONICAL.fullmatch(text):
        raise ValueError("This is not an id.")
    return UUID(text)
