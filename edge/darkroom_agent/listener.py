"""Hears commands: over the WebSocket, and by long polls while there is none."""

import contextlib
import json
import logging
import threading
from typing import Any, Final

from websockets.exceptions import WebSocketException
from websockets.sync.client import ClientConnection, connect

from darkroom_agent import VERSION
from darkroom_agent.api import Api
from darkroom_agent.clock import Clock
from darkroom_agent.errors import Refused, Revoked, Stopped, Unreachable
from darkroom_agent.inbox import Inbox
from darkroom_agent.pace import Backoff, Pace
from darkroom_agent.timetable import Timetable

log = logging.getLogger(__name__)

_FRAME_MAX: Final = 1 << 20


class Poller:
    """Asks for commands once. The revision that is known says what the cloud has to tell."""

    def __init__(self, api: Api, inbox: Inbox, timetable: Timetable, clock: Clock) -> None:
        self._api = api
        self._inbox = inbox
        self._timetable = timetable
        self._clock = clock

    def poll(self, wait: float = 0, *, everything: bool = False) -> float:
        """Hand on what there is; the seconds to leave before the next poll."""
        asked_at = self._clock.ticks()
        found = self._api.commands(wait, 0 if everything else self._timetable.revision)
        for command in found.commands:
            self._inbox.accept(command)
        if self._timetable.revision:
            # Whatever differed at that moment has just come; a wait's end is later than what it confirms.
            self._inbox.confirmed(asked_at)
        return found.poll_after


class Listener:
    def __init__(
        self,
        *,
        websocket_url: str,
        token: str,
        poller: Poller,
        inbox: Inbox,
        clock: Clock,
        pace: Pace,
        stop: threading.Event,
    ) -> None:
        self._url = websocket_url
        self._token = token
        self._poller = poller
        self._inbox = inbox
        self._clock = clock
        self._pace = pace
        self._stop = stop
        self._socket: ClientConnection | None = None
        self._doubt = threading.Event()
        self.has_tried = threading.Event()
        """Whether it is known by now if the cloud can be reached."""
        self.way = ""
        """How the cloud is heard, for a person."""

    def run(self) -> None:
        away = Backoff(self._pace.backoff_first, self._pace.backoff_most)
        rarely = Backoff(self._pace.websocket_again, self._pace.websocket_rarely)
        while not self._stop.is_set():
            began = self._clock.ticks()
            was_heard = self._listen()
            if was_heard:
                # A socket that was open has perhaps only come to its end (they live for two hours): it is opened again
                # at once, unless that happens all the time.
                rarely.worked()
                if self._clock.ticks() - began > self._pace.backoff_most:
                    away.worked()
            elif self._poll_until(self._clock.ticks() + rarely.next()):  # it says whether the cloud is there at all
                away.worked()
                continue
            self._stop.wait(away.next())

    def close(self) -> None:
        """End what is being waited for; from another thread."""
        socket = self._socket
        if socket is not None:
            with contextlib.suppress(Exception):
                socket.close()

    def doubt(self) -> None:
        """A request has failed: is the socket still alive? From another thread."""
        self._doubt.set()

    # --- WebSocket ----------------------------------------------------------------------------------------------------

    def _listen(self) -> bool:
        """Until the socket ends; whether commands could be heard by it at all."""
        is_heard = False
        try:
            with connect(
                self._url,
                additional_headers={"Authorization": f"Bearer {self._token}"},
                user_agent_header=f"darkroom-agent/{VERSION}",
                open_timeout=self._pace.connect_timeout,
                close_timeout=2,
                ping_interval=None,  # the API's own ping says more: it has to be answered by the API
                max_size=_FRAME_MAX,
                compression=None,
                proxy=None,
            ) as socket:
                self._socket = socket
                self._poller.poll()  # what was undelivered; and the token is good
                is_heard = True
                self._hear(socket)
        except Revoked:
            raise
        except (OSError, WebSocketException, Unreachable, Stopped, Refused) as error:
            if not self._stop.is_set():
                log.info("no WebSocket: %s", str(error) or type(error).__name__)
        finally:
            self._socket = None
            if is_heard:
                self._lost()
        return is_heard

    def _hear(self, socket: ClientConnection) -> None:
        self._reached("WebSocket")
        now = self._clock.ticks()
        ping_at, pong_by = now + self._pace.ping, float("inf")
        while not self._stop.is_set():
            with contextlib.suppress(TimeoutError):
                frame = _frame(socket.recv(timeout=self._pace.look))
                # Any frame says that the socket lives.
                pong_by = float("inf")
                self._inbox.heard()
                if frame.get("type") == "device.command" and isinstance(frame.get("data"), dict):
                    self._inbox.accept(frame["data"])
            now = self._clock.ticks()
            if now > pong_by:
                raise Unreachable("the ping was not answered")
            is_doubted = self._doubt.is_set()
            self._doubt.clear()
            if (now >= ping_at or is_doubted) and pong_by == float("inf"):
                socket.send(json.dumps({"action": "ping"}))
                ping_at, pong_by = now + self._pace.ping, now + self._pace.pong

    # --- long poll ----------------------------------------------------------------------------------------------------

    def _poll_until(self, until: float) -> bool:
        """Long polls until it is time for the WebSocket again; whether the cloud could be reached."""
        worked = False
        try:
            wait = 0.0  # the first says at once whether the cloud is there
            while not self._stop.is_set():
                after = self._poller.poll(wait)
                worked = True
                self._reached("long poll")
                if self._clock.ticks() >= until:
                    return True
                wait = min(self._pace.long_poll, 25.0)
                self._stop.wait(min(after, self._pace.websocket_rarely))
        except Revoked:
            raise
        except (Unreachable, Refused) as error:
            log.warning("Darkroom cannot be heard: %s", error)
            self._lost()
            worked = False
        except Stopped:
            pass
        return worked

    def _reached(self, way: str) -> None:
        if self.way != way:
            log.info("connected by %s", way)
        self.way = way
        self._inbox.connected()
        self.has_tried.set()

    def _lost(self) -> None:
        self.way = ""
        self._inbox.disconnected()
        self.has_tried.set()


def _frame(received: str | bytes) -> dict[str, Any]:
    try:
        frame = json.loads(received)
    except ValueError:
        return {}
    return frame if isinstance(frame, dict) else {}
