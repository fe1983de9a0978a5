"""The running agent: a thread for each of its jobs, and one that waits for the end."""

import logging
import os
import select
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any, Final

from darkroom_agent.api import Apis
from darkroom_agent.cameras import Source
from darkroom_agent.clock import Clock, to_wire
from darkroom_agent.database import Database
from darkroom_agent.errors import AgentError, Revoked, Stopped
from darkroom_agent.heart import Heart
from darkroom_agent.home import NOTES, Home, Pairing
from darkroom_agent.inbox import Inbox
from darkroom_agent.listener import Listener, Poller
from darkroom_agent.pace import Backoff, Pace
from darkroom_agent.photographer import Photographer
from darkroom_agent.sender import Sender
from darkroom_agent.spool import Spool
from darkroom_agent.timetable import Timetable

log = logging.getLogger(__name__)

_FIRST_CONTACT: Final = 15.0
"""So long what is due at the start waits to know whether the cloud can be reached."""


class HeldCamera:
    """The camera, taken from by one process at a time."""

    def __init__(self, home: Home, source: Source) -> None:
        self._home = home
        self._source = source

    def take(self) -> bytes:
        with self._home.camera_alone():
            return self._source.take()


class Agent:
    def __init__(self, home: Home, pairing: Pairing, source: Source, pace: Pace, clock: Clock | None = None) -> None:
        self._home = home
        self._pairing = pairing
        self._source = source
        self._pace = pace
        self._clock = clock or Clock()
        self._stop = threading.Event()
        self._is_stopping = False
        self._bell: tuple[int, int] | None = None
        self._to_photograph = threading.Event()
        self._to_send = threading.Event()
        self._to_beat = threading.Event()
        self._ended_by: AgentError | None = None
        self._noted: dict[str, Any] = {}
        self._apis = Apis(pairing.api, pairing.device_token, pace)
        self._db = Database(home.spool)
        self.spool = Spool(self._db, pairing.device_id, self._clock, home.folder)
        self.timetable = Timetable(self._db, self._clock)
        self.inbox = Inbox(self.spool, self.timetable, self._clock, self._to_photograph.set, self._found)
        self.photographer = Photographer(
            camera=HeldCamera(home, source),
            spool=self.spool,
            timetable=self.timetable,
            inbox=self.inbox,
            clock=self._clock,
            pace=pace,
            taken=self._to_send.set,
            wait=self._stop.wait,
        )
        self.sender = Sender(self._apis.make(), self.spool, self._clock, pace)
        self.listener = Listener(
            websocket_url=pairing.websocket_url,
            token=pairing.device_token,
            poller=self._poller(),
            inbox=self.inbox,
            clock=self._clock,
            pace=pace,
            stop=self._stop,
        )
        self.heart = Heart(
            api=self._apis.make(),
            cameras=source.described(),
            spool=self.spool,
            timetable=self.timetable,
            inbox=self.inbox,
            poller=self._poller(),
            clock=self._clock,
            pace=pace,
            failed=self.listener.doubt,
        )

    def _poller(self) -> Poller:
        return Poller(self._apis.make(), self.inbox, self.timetable, self._clock)

    def _found(self) -> None:
        """The cloud is there again: what waited for it waits no longer."""
        self.sender.reconnected()
        self._to_send.set()
        self._to_beat.set()

    def stop(self) -> None:
        """From anywhere, a signal's handler included: no lock is taken, which the waiting thread might hold."""
        self._is_stopping = True
        if self._bell is not None:
            os.write(self._bell[1], b"!")

    def run(self) -> None:
        """Until it is stopped, or Darkroom does not know the device any more (Revoked)."""
        jobs: Sequence[tuple[str, Callable[[], None]]] = (
            ("listener", self.listener.run),
            ("heart", self._beat),
            ("photographer", self._photograph),
            ("sender", self._send),
        )
        threads = [threading.Thread(target=self._guarded, args=job, name=job[0], daemon=True) for job in jobs]
        for thread in threads:
            thread.start()
        heard, rung = os.pipe()
        self._bell = (heard, rung)
        try:
            while not self._is_stopping:
                select.select([heard], [], [], self._pace.look)
                self._note()
        finally:
            self._stop.set()
            self._end(threads)
            self._bell = None
            os.close(heard)
            os.close(rung)
        if self._ended_by is not None:
            raise self._ended_by

    def _end(self, threads: Sequence[threading.Thread]) -> None:
        self.listener.close()
        self._apis.abort()
        self._to_photograph.set()
        self._to_send.set()
        self._to_beat.set()
        ends_at = time.monotonic() + self._pace.stop
        for thread in threads:
            thread.join(max(0.0, ends_at - time.monotonic()))
        self._note()
        if not any(thread.is_alive() for thread in threads):
            self._apis.close()
            self._db.close()

    def _guarded(self, name: str, job: Callable[[], None]) -> None:
        """A job goes on after an error that nobody foresaw: the others need it."""
        backoff = Backoff(self._pace.backoff_first, self._pace.backoff_most)
        while not self._stop.is_set():
            try:
                job()
            except Revoked as error:
                self._ended_by = error
                self._stop.set()
                self.stop()
            except Stopped:
                return
            except Exception:
                log.exception("the %s failed and goes on", name)
                self._stop.wait(backoff.next())

    # --- the jobs -----------------------------------------------------------------------------------------------------

    def _beat(self) -> None:
        while not self._stop.is_set():
            self._to_beat.clear()
            self.heart.beat()
            self._to_beat.wait(self._pace.heartbeat)

    def _photograph(self) -> None:
        # What is due already may be on its way as a command: a moment's patience spares one of the two.
        until = time.monotonic() + _FIRST_CONTACT
        while not (self._stop.is_set() or self.listener.has_tried.wait(0.05) or time.monotonic() > until):
            pass
        while not self._stop.is_set():
            self._to_photograph.clear()
            self.photographer.work()
            coming = self.photographer.next_in()
            # A clock that waits does not count a machine's sleep: it looks up now and then.
            self._to_photograph.wait(self._pace.look if coming is None else min(coming, self._pace.look))

    def _send(self) -> None:
        with self._home.turn("sending", self._stop):
            while not self._stop.is_set():
                self._to_send.clear()
                self.sender.send_waiting()
                again = self.sender.next_in()
                self._to_send.wait(self._pace.look if again is None else min(again, self._pace.look))

    # --- what `status` shows ------------------------------------------------------------------------------------------

    def _note(self) -> None:
        reached = self.heart.reached_at
        notes: dict[str, Any] = {
            "api": self._pairing.api,
            "reached_at": to_wire(reached) if reached else None,
            "way": self.listener.way,
            "camera": self._source.name,
            "camera_trouble": self.photographer.trouble,
            "sending_trouble": self.sender.trouble,
            "ended": str(self._ended_by) if self._ended_by else None,
        }
        if notes == self._noted:  # spares a memory card
            return
        try:
            self._home.write(NOTES, notes)
            self._noted = notes
        except OSError as error:
            log.debug("no notes for status: %s", error)
