"""Takes what is asked for and what is due: one camera, one photo at a time."""

import contextlib
import logging
import threading
from collections.abc import Callable
from typing import Protocol

from darkroom_agent.clock import Clock, to_wire
from darkroom_agent.errors import CameraFailed, Paused, SpoolFull
from darkroom_agent.images import NotAPhoto
from darkroom_agent.inbox import Asked, Inbox
from darkroom_agent.pace import Pace
from darkroom_agent.spool import Photo, Spool, Wish
from darkroom_agent.timetable import Due, Timetable, Verdict, judge

log = logging.getLogger(__name__)

_ATTEMPTS: int = 2


class Takes(Protocol):
    def take(self) -> bytes:
        """A photo of this moment, as the camera gave it; CameraFailed says why there is none."""
        ...


class Photographer:
    def __init__(
        self,
        *,
        camera: Takes,
        spool: Spool,
        timetable: Timetable,
        inbox: Inbox,
        clock: Clock,
        pace: Pace,
        taken: Callable[[], None] = lambda: None,
        wait: Callable[[float], object] | None = None,
    ) -> None:
        """`taken` is called when there is something to send; `wait` waits between attempts."""
        self._camera = camera
        self._spool = spool
        self._timetable = timetable
        self._inbox = inbox
        self._clock = clock
        self._pace = pace
        self._taken = taken
        self._wait = wait or threading.Event().wait
        self._again: dict[str, float] = {}
        """When a due photo that the camera or the spool did not give is tried again."""
        self.trouble = ""
        """Why the last photo was not taken, for a person."""

    def work(self) -> None:
        """Everything that is to be taken now."""
        while (asked := self._inbox.next_asked()) is not None:
            self._answer(asked)
            self._inbox.settled(asked)
        for due in self._timetable.passed():
            # On a full disk not even that can be written down: it is considered again, as long as it may be.
            with contextlib.suppress(SpoolFull):
                self._consider(due)

    def _answer(self, asked: Asked) -> None:
        if self._spool.is_handled(f"capture {asked.capture_id}"):
            return
        # Only when the time is Darkroom's own: a camera whose clock is ahead would never take anything.
        if asked.expires is not None and self._clock.is_right and asked.expires < self._clock.now():
            log.info("capture %s had expired before it could be taken", asked.capture_id)
            return
        try:
            photo = self.take(asked.wish)
        except (CameraFailed, Paused, SpoolFull) as error:
            log.warning("capture %s failed: %s", asked.capture_id, error)
            self._spool.fail(asked.capture_id, str(error), asked.wish.due_key)
        else:
            if photo is None:  # the agent took it by itself when it was due, and has reported it or will
                with contextlib.suppress(SpoolFull):
                    self._spool.pass_over(f"capture {asked.capture_id}")
        self._taken()

    def _consider(self, due: Due) -> None:
        if self._spool.is_handled(due.key):
            self._timetable.done(due)
            return
        now = self._clock.now()
        verdict = judge(due.due, now, self._inbox.contact)
        if verdict is Verdict.SKIP:
            log.warning(
                "not taken: the photo of %r that was due at %s", self._timetable.name(due.schedule_id), due.due_at
            )
            self._timetable.done(due)
        elif self._spool.is_paused():
            self._spool.pass_over(due.key)
            self._timetable.done(due)
        elif verdict is Verdict.TAKE and now >= self._again.get(due.key, now) and not self._inbox.is_asked_for(due.key):
            self._take_due(due)

    def _take_due(self, due: Due) -> None:
        try:
            self.take(Wish(None, due.schedule_id, due.due_at))
        except Paused:
            return  # considered again, and passed over
        except (CameraFailed, SpoolFull) as error:
            log.warning("the photo that was due at %s is not taken yet: %s", due.due_at, error)
            self._again[due.key] = self._clock.now() + self._pace.due_again
            return
        self._again.pop(due.key, None)
        self._timetable.done(due)
        self._taken()

    def take(self, wish: Wish) -> Photo | None:
        """One photo, on the disk; None when there is one already of what was wished for."""
        if self._spool.has_photo(wish.keys):
            return None
        try:
            self._spool.check_allowed()
            self._spool.check_room()
            photo = self._take(wish)
        except (CameraFailed, Paused, SpoolFull) as error:
            self.trouble = f"{to_wire(self._clock.now())} {error}"
            raise
        self.trouble = ""
        return photo

    def _take(self, wish: Wish) -> Photo | None:
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                content = self._camera.take()
                photo = self._spool.add(content, self._clock.now(), wish)
            except NotAPhoto as error:
                failure = CameraFailed(f"The camera gave {error}.")
            except CameraFailed as error:
                failure = error
            else:
                if photo is not None:
                    log.info("taken: photo of %s, %s bytes", photo.taken_at, f"{photo.size:,}")
                return photo
            if attempt < _ATTEMPTS:
                log.warning("%s Trying once more.", failure)
                self._wait(self._pace.camera_again)
        raise failure

    def next_in(self) -> float | None:
        """Seconds until the next due time; None when none is known."""
        coming = self._timetable.coming()
        return max(0.0, coming[0].due - self._clock.now()) if coming else None
