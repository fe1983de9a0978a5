"""Brings what waits in the spool, in order. What fails on the way is tried again, and holds up nothing else."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final

from darkroom_agent.api import Api, Target, retry_after
from darkroom_agent.clock import Clock
from darkroom_agent.errors import AgentError, NotYet, Refused, Revoked, SpoolFull, Unreachable
from darkroom_agent.pace import Backoff, Pace
from darkroom_agent.spool import Photo, Spool

log = logging.getLogger(__name__)

_MISMATCHES_MAX: Final = 5
_IN_A_ROW_MAX: Final = 3
"""So many failures one after the other are not the photos' own."""
_OVER: Final = (404, 409)
_NEVER: Final = (400, 413, 415)
_URL_IS_OVER: Final = (401, 403)
_IS_THERE: Final = 412


@dataclass
class _Patience:
    """When something is tried again."""

    backoff: Backoff
    until: float = 0.0
    was_asked: bool = False
    """The server named the time: a new connection does not shorten it."""

    def wait(self, now: float, asked: float) -> float:
        seconds = max(self.backoff.next(), asked)
        self.until, self.was_asked = now + seconds, asked > 0
        return seconds


class Sender:
    def __init__(self, api: Api, spool: Spool, clock: Clock, pace: Pace) -> None:
        self._api = api
        self._spool = spool
        self._clock = clock
        self._pace = pace
        self._waits: dict[str, _Patience] = {}
        self._all = _Patience(Backoff(pace.backoff_first, pace.backoff_most))
        """While the API is away, or wants to be left alone, nothing is tried."""
        self._is_found = False
        self.trouble = ""
        """Why something waits, for a person."""
        self.deleted: set[str] = set()
        """Photos that were not allowed."""

    def reconnected(self) -> None:
        """What was waited for may work now. From another thread."""
        self._is_found = True

    def _begin_anew(self) -> None:
        if not self._is_found:
            return
        self._is_found = False
        self._waits = {key: wait for key, wait in self._waits.items() if wait.was_asked}
        if not self._all.was_asked:
            self._all.until = 0.0

    def send_waiting(self) -> None:
        """Try everything whose time has come, once."""
        self._begin_anew()
        if self._clock.ticks() < self._all.until:
            return
        failures, photos = self._spool.failures(), self._spool.waiting()
        work: list[tuple[str, Callable[[], None]]] = [
            *((capture_id, partial(self._fail, capture_id, reason)) for capture_id, reason in failures),
            *((photo.id, partial(self.send, photo)) for photo in photos),
        ]
        self._waits = {key: self._waits[key] for key, _ in work if key in self._waits}
        in_a_row = 0
        for key, act in work:
            if key in self._waits and self._waits[key].until > self._clock.ticks():
                continue
            try:
                act()
            except Revoked:
                raise
            except (Unreachable, Refused, SpoolFull) as error:
                in_a_row += 1
                if not self._goes_on(key, error, in_a_row):
                    return
            else:
                in_a_row = 0
                self._waits.pop(key, None)
                self._all.backoff.worked()
        self.trouble = next((self.trouble for key, _ in work if key in self._waits), "")

    def _goes_on(self, key: str, error: AgentError, in_a_row: int) -> bool:
        """Whether the others are to be tried after this failure."""
        now = self._clock.ticks()
        self.trouble = str(error)
        asked = error.retry_after if isinstance(error, Unreachable) else 0.0
        is_about_all = isinstance(error, Unreachable) and not isinstance(error, NotYet) and error.status in (None, 429)
        if not is_about_all:
            wait = self._waits.setdefault(
                key, _Patience(Backoff(self._pace.backoff_first, self._pace.photo_backoff_most))
            )
            log.warning("not sent, again in %.0f s: %s", wait.wait(now, asked), error)
            if in_a_row < _IN_A_ROW_MAX:
                return True
        log.warning("nothing is sent for %.0f s: %s", self._all.wait(now, asked if is_about_all else 0.0), error)
        return False

    def next_in(self) -> float | None:
        """Seconds until something is to be tried again; None when nothing waits."""
        self._begin_anew()
        keys = [photo.id for photo in self._spool.waiting()] + [capture_id for capture_id, _ in self._spool.failures()]
        if not keys:
            return None
        first = min(self._waits[key].until if key in self._waits else 0.0 for key in keys)
        return max(0.0, max(first, self._all.until) - self._clock.ticks())

    def _fail(self, capture_id: str, reason: str) -> None:
        try:
            self._api.fail(capture_id, reason)
        except Revoked:
            raise
        except Refused as error:
            log.info("capture %s is over already: %s", capture_id, error)
        self._spool.told(capture_id)

    def send(self, photo: Photo) -> None:
        """Bring one photo to its end; an error says that it has not come there this time."""
        if photo.storage_key is None:
            target = self._announce(photo)
            if target is None:
                return
            self._put(photo, target)
            self._spool.uploaded(photo.id, target.storage_key)
            self._complete(photo, target.capture_id, target.storage_key)
        else:
            # It is there; perhaps Darkroom was told and its answer was lost. Telling it again does no harm.
            self._complete(photo, photo.capture_id or photo.reported_id or "", photo.storage_key)

    def _announce(self, photo: Photo) -> Target | None:
        """Where it is to be put; None when nothing is left to do for it."""
        if photo.capture_id is not None:
            try:
                return self._api.upload_url(photo.capture_id, photo)
            except Revoked:
                raise
            except Refused as error:
                if error.status not in _OVER:
                    self._never(photo, error)
                    return None
                log.info("capture %s is over (%s): its photo is reported", photo.capture_id, error)
                self._spool.detached(photo.id)
        try:
            target = self._api.report(photo)
        except Revoked:
            raise
        except Refused as error:
            if error.status == 409:
                # The device was paused when it was taken: there must not be such a photo.
                log.warning("a photo taken while the device was paused is deleted: %s", error)
                self._spool.remove(photo.id)
                self.deleted.add(photo.id)
            else:
                self._never(photo, error)
            return None
        self._spool.reported(photo.id, target.capture_id)
        return target

    def _never(self, photo: Photo, error: Refused) -> None:
        if error.status not in _NEVER:
            raise error
        log.error("refused, and set aside: %s", error)
        self._spool.refused(photo.id, str(error))
        if photo.capture_id is not None:
            self._spool.fail(photo.capture_id, f"Darkroom refused the photo: {error}")

    def _put(self, photo: Photo, target: Target) -> None:
        content = self._spool.content(photo.id)
        try:
            answer = self._api.connections.request(
                target.method, target.url, content, _headers(photo, target), timeout=self._pace.storage_timeout
            )
        except Unreachable as error:
            raise NotYet(f"storage: {error}") from error
        if answer.status == _IS_THERE or answer.status in (200, 201, 204):
            return
        if answer.status in _URL_IS_OVER:
            raise NotYet("storage: the address for the photo is no longer valid")
        raise NotYet(f"storage answered {answer.status}", retry_after=retry_after(answer))

    def _complete(self, photo: Photo, capture_id: str, storage_key: str) -> None:
        try:
            self._api.complete(capture_id, photo, storage_key)
        except Revoked:
            raise
        except Refused as error:
            if error.status not in (400, *_OVER):
                raise
            self._mismatched(photo, capture_id, error)
            raise NotYet(f"not confirmed: {error}") from error
        self._spool.remove(photo.id)
        log.info("sent: photo of %s, %s bytes", photo.taken_at, f"{photo.size:,}")

    def _mismatched(self, photo: Photo, capture_id: str, error: Refused) -> None:
        """What is there does not match, or the capture has ended: announce it anew, but not for ever."""
        if photo.mismatches + 1 >= _MISMATCHES_MAX:
            log.error("set aside after %d attempts: %s", _MISMATCHES_MAX, error)
            self._spool.refused(photo.id, str(error))
            self._spool.fail(capture_id, f"The photo could not be confirmed: {error}")
        else:
            self._spool.mismatched(photo.id)


def _headers(photo: Photo, target: Target) -> Mapping[str, str]:
    """Those that were signed, and the type if it is not among them."""
    if any(name.lower() == "content-type" for name in target.headers):
        return target.headers
    return {**target.headers, "Content-Type": photo.content_type}
