"""Which scheduled photos the agent takes by itself. While it can be reached the cloud asks for them; else it keeps to
the times that it was told a day ahead."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final, NamedTuple

from darkroom_agent.clock import Clock, from_wire
from darkroom_agent.database import Database
from darkroom_agent.errors import SpoolFull
from darkroom_agent.spool import due_key

DROPPED_WITHIN: Final = 60.0
"""A connection that is lost so soon after the due time may have taken the cloud's command with it."""
CLOUD_HAS: Final = 90.0
"""So long the cloud has to ask for a photo that is due, before the agent takes it in spite of being connected."""
TOO_LATE: Final = 300.0
"""A machine that slept does not photograph what it missed."""


class Due(NamedTuple):
    schedule_id: str
    due: float
    due_at: str

    @property
    def key(self) -> str:
        return due_key(self.schedule_id, self.due)


class Verdict(Enum):
    WAIT = "wait"
    TAKE = "take"
    SKIP = "skip"


@dataclass(frozen=True, slots=True)
class Contact:
    """How the agent stands with the cloud, in the clock's seconds."""

    is_connected: bool
    lost_at: float = 0.0
    """When it was last connected, while it is not."""
    confirmed_at: float = 0.0
    """When the cloud last said that the schedules known here are the current ones."""


def judge(due: float, now: float, contact: Contact) -> Verdict:
    """What becomes of a due time that has no photo yet."""
    age = now - due
    if age < 0:
        return Verdict.WAIT
    if age > TOO_LATE:
        return Verdict.SKIP
    if not contact.is_connected and contact.lost_at <= due + DROPPED_WITHIN:
        return Verdict.TAKE
    if age >= CLOUD_HAS and contact.confirmed_at > due:
        return Verdict.TAKE
    return Verdict.WAIT


class Timetable:
    """Schedules and the pause switch, as the cloud last told them."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    @property
    def revision(self) -> int:
        """The state that is known in both parts; 0 before anything is."""
        return min(int(self._db.fact("schedules_revision", "0")), int(self._db.fact("paused_revision", "0")))

    def replace(self, revision: int, schedules: Sequence[Mapping[str, Any]]) -> bool:
        """The times of all schedules, a day ahead; whether they are news."""
        known = int(self._db.fact("schedules_revision", "0"))
        if revision < known:
            return False
        now = self._clock.now()
        with self._db.transaction():
            # Times that have just passed may still await their photo. Under another revision they may never have been
            # due, and what was due while connected the cloud has seen to.
            self._db.write("DELETE FROM times WHERE due > ?", now if revision == known else 0.0)
            self._db.write("DELETE FROM schedules")
            for schedule in schedules:
                schedule_id = str(schedule["id"])
                self._db.write("INSERT INTO schedules VALUES (?, ?)", schedule_id, str(schedule.get("name") or ""))
                for text in schedule.get("next") or ():
                    self._db.write(
                        "INSERT INTO times VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
                        schedule_id,
                        from_wire(str(text)),
                        str(text),
                    )
            self._db.write("DELETE FROM times WHERE schedule_id NOT IN (SELECT id FROM schedules)")
            self._db.keep(schedules_revision=str(revision))
        return revision > known

    def pause(self, paused: bool, revision: int) -> bool:
        """The privacy switch; False when a newer state is known already."""
        if revision < int(self._db.fact("paused_revision", "0")):
            return False
        facts = {"paused": "1" if paused else "0", "paused_revision": str(revision)}
        try:
            with self._db.transaction():
                self._db.keep(**facts)
        except SpoolFull:
            # The switch holds on a full disk too; each heartbeat tries to write it down.
            self._db.remember(**facts)
        return True

    def doubt(self) -> None:
        """What is known is no longer taken for the newest: whatever comes next replaces it."""
        self._db.keep(schedules_revision="0", paused_revision="0")

    def forget(self) -> None:
        """Another device: nothing that was known counts."""
        with self._db.transaction():
            self._db.write("DELETE FROM times")
            self._db.write("DELETE FROM schedules")
            self._db.write("DELETE FROM failures")
            self._db.keep(schedules_revision="0", paused_revision="0", paused="0")

    def passed(self) -> list[Due]:
        """Times that have come and of which nothing has become yet, oldest first."""
        return self._times("WHERE due <= ? ORDER BY due", self._clock.now())

    def coming(self, most: int = 1) -> list[Due]:
        return self._times("WHERE due > ? ORDER BY due LIMIT ?", self._clock.now(), most)

    def done(self, due: Due) -> None:
        """Something has become of it."""
        self._db.write("DELETE FROM times WHERE schedule_id = ? AND due = ?", due.schedule_id, due.due)

    def name(self, schedule_id: str) -> str:
        row = self._db.one("SELECT name FROM schedules WHERE id = ?", schedule_id)
        return str(row[0]) if row else ""

    def _times(self, where: str, *values: Any) -> list[Due]:
        return [Due(*row) for row in self._db.all(f"SELECT schedule_id, due, due_at FROM times {where}", *values)]  # noqa: S608
