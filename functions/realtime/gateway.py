"""API Gateway's management API: sends frames to open sockets and closes them.

Over the kept connections of `darkroom.aws`: a push to a thousand sockets is a thousand small requests, and boto3 costs
each of them a millisecond of CPU and the first one a third of a second.
"""

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from enum import Enum, auto
from functools import lru_cache
from http.client import HTTPException
from typing import NamedTuple
from urllib.parse import quote

from darkroom import aws, log
from darkroom.settings import settings

_PARALLEL = 32
_ATTEMPTS = 2
_OK, _GONE, _TOO_LARGE = 200, 410, 413


class Outcome(Enum):
    """What became of frames for one socket."""

    SENT = auto()
    GONE = auto()
    LATER = auto()


class Posted(NamedTuple):
    """How many frames were taken, and how it ended."""

    taken: int
    outcome: Outcome


class Gateway:
    """One stage's sockets."""

    def __init__(self, endpoint: str) -> None:
        self._endpoint = endpoint.rstrip("/")
        self._threads: ThreadPoolExecutor | None = None

    @staticmethod
    def current() -> "Gateway":
        """The gateway of this environment's settings, kept from call to call."""
        return _gateway(settings().websocket_endpoint)

    def post(self, connection_id: str, frames: Sequence[bytes]) -> Posted:
        """Send frames to one socket, in order, as far as it goes."""
        for count, frame in enumerate(frames):
            status = self._request("POST", connection_id, frame)
            if status == _GONE:
                return Posted(count, Outcome.GONE)
            if status == _TOO_LARGE:  # a push is bounded, so this is a mistake of ours; it must not block what follows
                log.error("realtime.frame_too_large", length=len(frame))
            elif status != _OK:
                log.warning("realtime.post_failed", status=status)
                return Posted(count, Outcome.LATER)
        return Posted(len(frames), Outcome.SENT)

    def post_each(self, letters: Sequence[tuple[str, Sequence[bytes]]]) -> Iterable[Posted]:
        """Send to many sockets, some at a time; what became of each, in the order of `letters`."""
        if len(letters) == 1:
            return [self.post(*letters[0])]
        return self._pool().map(lambda letter: self.post(*letter), letters)

    def close(self, connection_id: str) -> None:
        """Close a socket. One that is closed already, or cannot be reached, is as good: nothing is sent to it."""
        self._request("DELETE", connection_id, b"")

    def close_each(self, connection_ids: Sequence[str]) -> None:
        for _ in self._pool().map(self.close, connection_ids):
            pass

    def release(self) -> None:
        """Let go of connections and threads; the next call makes new ones."""
        aws.hang_up()
        if self._threads is not None:
            self._threads.shutdown()
            self._threads = None

    def _pool(self) -> ThreadPoolExecutor:
        if self._threads is None:
            self._threads = ThreadPoolExecutor(_PARALLEL, thread_name_prefix="sockets")
        return self._threads

    def _request(self, method: str, connection_id: str, body: bytes) -> int:
        """The status, or 0 when nobody answered. Tried again once when API Gateway failed or could not be reached."""
        url = f"{self._endpoint}/@connections/{quote(connection_id, safe='')}"
        status = 0
        for _ in range(_ATTEMPTS):
            headers = aws.sign(method, url, "execute-api", {"Content-Type": "application/json"}, body)
            try:
                status = aws.send(method, url, headers, body)[0].status
            except (OSError, HTTPException) as failure:
                log.warning("realtime.gateway_unreachable", error=type(failure).__name__)
                status = 0
            if 0 < status < 500:
                break
        return status


@lru_cache(maxsize=1)
def _gateway(endpoint: str) -> Gateway:
    return Gateway(endpoint)
