"""Says every half minute that the agent lives, and learns the time and whether anything has changed."""

import logging
from collections.abc import Callable, Mapping, Sequence

from darkroom_agent.api import Api
from darkroom_agent.clock import Clock
from darkroom_agent.errors import Refused, Revoked, SpoolFull, Unreachable
from darkroom_agent.inbox import Inbox
from darkroom_agent.listener import Poller
from darkroom_agent.pace import Pace
from darkroom_agent.spool import Spool, free_bytes
from darkroom_agent.timetable import Timetable

log = logging.getLogger(__name__)


class Heart:
    def __init__(
        self,
        *,
        api: Api,
        cameras: Sequence[Mapping[str, str]],
        spool: Spool,
        timetable: Timetable,
        inbox: Inbox,
        poller: Poller,
        clock: Clock,
        pace: Pace,
        failed: Callable[[], None] = lambda: None,
    ) -> None:
        """`failed` is called when a beat did not get through."""
        self._api = api
        self._cameras = cameras
        self._spool = spool
        self._timetable = timetable
        self._inbox = inbox
        self._poller = poller
        self._clock = clock
        self._pace = pace
        self._failed = failed
        self._refresh_at = clock.ticks() + pace.refresh
        self.reached_at = 0.0
        """When the API last answered."""

    def beat(self) -> None:
        try:
            self._beat()
        except Revoked:
            raise
        except (Unreachable, Refused, SpoolFull) as error:
            log.warning("no heartbeat: %s", error)
            self._failed()

    def _beat(self) -> None:
        queued = self._spool.counts().waiting
        asked_at = self._clock.ticks()
        beat = self._api.heartbeat(self._cameras, free_bytes(self._spool.folder), queued)
        self._clock.anchor(beat.server_seconds, asked_at)
        self.reached_at = self._clock.now()
        self._inbox.heard()
        self._inbox.pause(beat.paused, beat.revision)
        known = self._timetable.revision
        if beat.revision == known and known:
            self._inbox.confirmed(asked_at)
        if beat.revision < known:
            self._timetable.doubt()  # it was put back: what it says now counts
        is_due = self._clock.ticks() >= self._refresh_at
        if beat.revision != known or is_due or (beat.waiting > 0 and self._inbox.is_empty):
            self._poller.poll(everything=is_due)
            if is_due:
                self._refresh_at = self._clock.ticks() + self._pace.refresh
