"""Calls of the API: JSON in, JSON out, errors as exceptions, and passing failures tried again.

Only calls that may safely come twice are repeated: reads, those that carry an Idempotency-Key, and those whose repeat
does no harm (`repeatable`).
"""

import threading
from collections.abc import Callable, Mapping
from typing import Any, Final

import httpx

from darkroom_client.errors import DarkroomError, Refused, Stopped, Unreachable
from darkroom_client.retrying import PASSING, Patience, asked_for

Waiting = Callable[[float, str], None]

TIMEOUT: Final = httpx.Timeout(60, connect=10)
_READS: Final = frozenset({"GET", "HEAD"})


def connect() -> httpx.Client:
    """HTTP as the environment wants it, but for this machine's own addresses, which no proxy can reach."""
    own = {f"all://{host}": httpx.HTTPTransport() for host in ("127.0.0.1", "localhost", "[::1]")}
    return httpx.Client(timeout=TIMEOUT, mounts=own, headers={"User-Agent": "darkroom-client"})


class Api:
    """One server's API."""

    def __init__(
        self, url: str, http: httpx.Client, patience: Patience, stop: threading.Event, waiting: Waiting
    ) -> None:
        """`waiting` is told when something passing is waited for."""
        self.url = url
        self._http = http
        self._patience = patience
        self._stop = stop
        self._waiting = waiting

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        token: str | None = None,
        key: str | None = None,
        repeatable: bool = False,
    ) -> Any:
        """The answer's document. `path` stands under the server's address; `key` is an Idempotency-Key."""
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        if key is not None:
            headers["Idempotency-Key"] = key
        may_repeat = repeatable or key is not None or method in _READS
        waits = self._patience.waits()
        attempt = 0
        while True:
            attempt += 1
            try:
                answer = self._http.request(method, self.url + path, json=body, headers=headers)
            except httpx.TransportError as error:
                wait = next(waits, None) if may_repeat else None
                if wait is None:
                    raise Unreachable(f"{self.url} cannot be reached: {_words(error)}") from None
                self.outwait(wait, f"{self.url} cannot be reached")
                continue
            if answer.is_success:
                return self._document(answer) if answer.content else None
            # A repeat meets a 409 while the first request with its key is still running.
            busy = answer.status_code in PASSING or (answer.status_code == 409 and key is not None and attempt > 1)
            wait = next(waits, None) if may_repeat and busy else None
            asked = asked_for(answer.headers) or 0.0
            if wait is None or asked > self._patience.asked_seconds:
                raise Refused(answer.status_code, self._problem(answer))
            self.outwait(max(wait, asked), f"{self.url} answered {answer.status_code}")

    def outwait(self, seconds: float, reason: str) -> None:
        """Say that something is in the way, and wait."""
        self._waiting(seconds, reason)
        self.pause(seconds)

    def pause(self, seconds: float) -> None:
        """Wait, unless told to stop."""
        if self._stop.wait(seconds):
            raise Stopped

    def _document(self, answer: httpx.Response) -> Any:
        try:
            return answer.json()
        except ValueError:
            raise DarkroomError(f"{self.url} does not answer as Darkroom does. Is the address right?") from None

    def _problem(self, answer: httpx.Response) -> Mapping[str, Any]:
        try:
            document = answer.json()
        except ValueError:
            document = None
        if isinstance(document, dict):
            return document
        return {"detail": f"{self.url} answered {answer.status_code} {answer.reason_phrase}".rstrip() + "."}


def _words(error: Exception) -> str:
    return str(error) or type(error).__name__
