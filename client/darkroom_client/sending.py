"""One file to storage. It is read from the disk as it goes, and what may pass is tried again.

A target takes one file once. When an answer was lost on its way, the next attempt is refused with 412: the file is
there. A target that has expired is refused with 403, and another one is asked for.
"""

import threading
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

import httpx

from darkroom_client.documents import Target
from darkroom_client.errors import DarkroomError, Refused, Stopped, Unreachable
from darkroom_client.photos import Photo
from darkroom_client.retrying import PASSING, Patience, asked_for
from darkroom_client.watching import Watcher

NewTarget = Callable[[], Target]

_CHUNK: Final = 128 << 10
_STORED_ALREADY: Final = 412
_NOT_WITH_THIS_TARGET: Final = 403


class _Failure(NamedTuple):
    """An attempt that did not bring it there and may be followed by another."""

    reason: str
    asked_seconds: float = 0.0
    needs_another_target: bool = False


class Sender:
    """Sends files, each call on its own; many threads may call at once."""

    def __init__(self, http: httpx.Client, patience: Patience, stop: threading.Event) -> None:
        self._http = http
        self._patience = patience
        self._stop = stop

    def send(self, photo: Photo, target: Target, renew: NewTarget, watcher: Watcher) -> str:
        """Bring the file there, or to a target that `renew` gets. The key under which it lies."""
        if target.is_spent:
            target = renew()
        waits = self._patience.waits()
        while (failure := self._attempt(photo, target, watcher)) is not None:
            wait = next(waits, None)
            if wait is None:
                raise Unreachable(f"{failure.reason}, {self._patience.attempts} times")
            wait = max(wait, min(failure.asked_seconds, self._patience.asked_seconds))
            watcher.waiting(wait, failure.reason)
            if self._stop.wait(wait):
                raise Stopped
            if failure.needs_another_target or target.is_spent:
                target = renew()
        return target.storage_key

    def _attempt(self, photo: Photo, target: Target, watcher: Watcher) -> _Failure | None:
        """None when the file is there; a failure that no repetition could mend is raised."""
        try:
            answer = self._put(photo, target, watcher)
        except httpx.WriteError as error:
            # The other side hung up while the file was on its way, perhaps after a refusal that nobody read.
            return _Failure(_words(error), needs_another_target=True)
        except httpx.TransportError as error:
            return _Failure(_words(error))
        if answer.is_success or answer.status_code == _STORED_ALREADY:
            return None
        spent = answer.status_code == _NOT_WITH_THIS_TARGET
        if not spent and answer.status_code not in PASSING:
            raise Refused(answer.status_code, {"detail": f"storage refused it ({answer.status_code})"})
        return _Failure(f"storage answered {answer.status_code}", asked_for(answer.headers) or 0.0, spent)

    def _put(self, photo: Photo, target: Target, watcher: Watcher) -> httpx.Response:
        watcher.sending(photo)
        if photo.has_changed():
            raise DarkroomError("the file changed while it was being brought")
        headers = {**target.headers, "Content-Length": str(photo.size)}
        try:
            return self._http.put(target.url, content=self._pieces(photo, watcher), headers=headers)
        except httpx.LocalProtocolError:  # more or fewer bytes than were announced
            raise DarkroomError("the file changed while it was being brought") from None

    def _pieces(self, photo: Photo, watcher: Watcher) -> Iterator[bytes]:
        with photo.path.open("rb") as file:
            while piece := file.read(_CHUNK):
                if self._stop.is_set():
                    raise Stopped
                yield piece
                watcher.sent(photo, len(piece))


def _words(error: Exception) -> str:
    return str(error) or type(error).__name__
