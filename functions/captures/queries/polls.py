"""What a long poll looks at."""

from datetime import datetime
from typing import Final, LiteralString, NamedTuple
from uuid import UUID

from darkroom.db import Tx
from darkroom.settings import settings

_TOLD_AGAIN_HOURS: Final = 6


class State(NamedTuple):
    """A device as a poll sees it. `is_due`: by what it was told last, it is to be told of its schedules and pause."""

    revision: int
    paused: bool
    paired_at: datetime | None
    is_due: bool
    is_asked: bool


# One device by its key, and whether anything waits for it by one step into a partial index: this runs twice a second
# for each waiting poll. Who is silent was told something in vain if that was before the silence could be known; who
# sends no heartbeats at all is told once.
_STATE: Final[LiteralString] = """
    SELECT d.revision, d.paused_at IS NOT NULL AS paused, d.paired_at,
           d.told_at IS NULL OR d.told_revision <> d.revision
           OR d.told_at < now() - make_interval(hours => %(again)s)
           OR (d.last_seen_at <= now() - make_interval(secs => %(offline)s)
               AND d.told_at < d.last_seen_at + make_interval(secs => %(offline)s)) AS is_due,
           d.paused_at IS NULL AND EXISTS (
               SELECT FROM captures AS c
                WHERE c.device_id = d.id AND c.status IN ('requested', 'dispatched') AND c.expires_at > now())
           AS is_asked
      FROM devices AS d
      JOIN users AS u ON u.id = d.user_id AND u.suspended_at IS NULL
     WHERE d.id = %(id)s AND d.deleted_at IS NULL"""


def look(tx: Tx, device_id: UUID) -> State | None:
    return tx.one(_STATE, _of(device_id), into=State)


def hold(tx: Tx, device_id: UUID) -> State | None:
    """As `look`, and until the commit nobody pauses the device or changes its schedules."""
    return tx.one(_STATE + " FOR NO KEY UPDATE OF d", _of(device_id), into=State)


def begin(tx: Tx, device_id: UUID) -> None:
    """A poll that waits has begun."""
    tx.execute("UPDATE devices SET polled_at = now() WHERE id = %(id)s AND deleted_at IS NULL", {"id": device_id})


def polling(tx: Tx, seconds: int, at_most: int) -> int:
    """How many devices wait, or waited just now. Counting ends where more make no difference."""
    counted: int = tx.value(
        """SELECT count(*) FROM (
               SELECT FROM devices
                WHERE deleted_at IS NULL AND polled_at > now() - make_interval(secs => %(seconds)s)
                LIMIT %(most)s) AS those""",
        {"seconds": seconds, "most": at_most},
    )
    return counted


def told(tx: Tx, device_id: UUID, revision: int) -> None:
    """A poll that did not say what it knows was told of this revision."""
    tx.execute(
        "UPDATE devices SET told_revision = %(revision)s, told_at = now() WHERE id = %(id)s",
        {"id": device_id, "revision": revision},
    )


def _of(device_id: UUID) -> dict[str, object]:
    return {"id": device_id, "offline": settings().device_offline_seconds, "again": _TOLD_AGAIN_HOURS}
