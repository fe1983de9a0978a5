"""What the cloud has told the agent, by whichever way it came. Everything may come twice."""

import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from darkroom_agent.clock import Clock, from_wire
from darkroom_agent.errors import AgentError
from darkroom_agent.spool import Spool, Wish
from darkroom_agent.timetable import Contact, Timetable

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Asked:
    """A photo that the cloud asks for."""

    capture_id: str
    wish: Wish
    expires: float | None


class Inbox:
    def __init__(
        self,
        spool: Spool,
        timetable: Timetable,
        clock: Clock,
        wake: Callable[[], None] = lambda: None,
        found: Callable[[], None] = lambda: None,
    ) -> None:
        """`wake` is called when there may be something to photograph, `found` when the cloud was found again."""
        self._spool = spool
        self._timetable = timetable
        self._clock = clock
        self._wake = wake
        self._found = found
        self._lock = threading.Lock()
        self._asked: dict[str, Asked] = {}
        self._is_connected = False
        # Ticks; before anything was heard they lie far back.
        self._lost_at = self._confirmed_at = self._heard_at = float("-inf")

    def accept(self, command: Mapping[str, Any]) -> None:
        """Commands of a later Darkroom are passed over, and so are those that make no sense."""
        try:
            self._accept(command)
        except (KeyError, TypeError, ValueError, AgentError) as error:
            log.warning("a command that cannot be understood is passed over: %s %s", type(error).__name__, error)

    def _accept(self, command: Mapping[str, Any]) -> None:
        match command.get("type"):
            case "capture":
                self._accept_capture(command)
            case "schedules":
                schedules = command["schedules"]
                if self._timetable.replace(int(command.get("revision") or 0), schedules):
                    log.info("%d schedules, as of revision %s", len(schedules), command.get("revision"))
                self._wake()
            case "paused":
                self.pause(bool(command["paused"]), int(command.get("revision") or 0))
            case unknown:
                log.debug("command of type %r is not known here", unknown)

    def _accept_capture(self, command: Mapping[str, Any]) -> None:
        capture_id = str(command["capture_id"])
        if self._spool.is_handled(f"capture {capture_id}") or self._spool.is_failing(capture_id):
            return
        schedule_id, due_at, expires_at = (command.get(name) for name in ("schedule_id", "due_at", "expires_at"))
        wish = Wish(capture_id, str(schedule_id) if schedule_id else None, str(due_at) if due_at else None)
        _ = wish.keys  # a time that is none is found out here
        with self._lock:
            self._asked[capture_id] = Asked(capture_id, wish, from_wire(str(expires_at)) if expires_at else None)
        self._wake()

    def pause(self, paused: bool, revision: int) -> None:
        was_paused = self._spool.is_paused()
        if self._timetable.pause(paused, revision) and paused != was_paused:
            log.info("paused by its owner: no photo is taken" if paused else "no longer paused")
            self._wake()

    # --- for the photographer -----------------------------------------------------------------------------------------

    def next_asked(self) -> Asked | None:
        """The oldest; it stays in here until it is `settled`, so that its repeat finds it."""
        with self._lock:
            return next(iter(self._asked.values()), None)

    def settled(self, asked: Asked) -> None:
        with self._lock:
            self._asked.pop(asked.capture_id, None)

    @property
    def is_empty(self) -> bool:
        with self._lock:
            return not self._asked

    def is_asked_for(self, due_key: str) -> bool:
        """Whether the cloud asks for what is due."""
        with self._lock:
            return any(asked.wish.due_key == due_key for asked in self._asked.values())

    # --- how the agent stands with the cloud --------------------------------------------------------------------------

    @property
    def contact(self) -> Contact:
        """In the clock's seconds, whatever the clock has been told since."""
        with self._lock:
            ahead = self._clock.now() - self._clock.ticks()
            return Contact(self._is_connected, self._lost_at + ahead, self._confirmed_at + ahead)

    def heard(self) -> None:
        """The cloud has said something, whatever it was."""
        with self._lock:
            self._heard_at = self._clock.ticks()

    def connected(self) -> None:
        with self._lock:
            self._heard_at = self._clock.ticks()
            is_new, self._is_connected = not self._is_connected, True
        if is_new:
            self._found()
            self._wake()

    def disconnected(self) -> None:
        with self._lock:
            if self._is_connected:
                # A connection that breaks is noticed late: what counts is when it was last alive.
                self._is_connected, self._lost_at = False, self._heard_at
        self._wake()

    def confirmed(self, at_ticks: float) -> None:
        """What is known of schedules was the newest at that time."""
        with self._lock:
            self._confirmed_at = max(self._confirmed_at, at_ticks)
