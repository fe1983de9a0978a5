"""HTTP with the standard library: connections are kept, and everything that fails on the way is `Unreachable`."""

import contextlib
import http.client
import socket
import ssl
import threading
from collections.abc import Mapping
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from darkroom_agent import VERSION
from darkroom_agent.errors import Stopped, Unreachable, WrongUsage

_ANSWER_MAX: Final = 8 << 20
_KEPT_MAX: Final = 3


class Answer(NamedTuple):
    status: int
    headers: Mapping[str, str]
    """Names in lower case."""
    body: bytes


class Connections:
    """One kept connection for each host. It belongs to one thread; `abort` alone may come from another."""

    def __init__(self, connect_timeout: float = 10.0) -> None:
        self._connect_timeout = connect_timeout
        self._kept: dict[tuple[str, str], http.client.HTTPConnection] = {}
        self._tls: ssl.SSLContext | None = None
        self._aborted = threading.Event()

    def request(
        self, method: str, url: str, body: bytes | None = None, headers: Mapping[str, str] | None = None, *, timeout: float
    ) -> Answer:
        """The answer, whatever its status. What is asked must be safe to repeat."""
        parts = urlsplit(url)
        where = (parts.scheme, parts.netloc)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        sent = {"User-Agent": f"darkroom-agent/{VERSION}", **(headers or {})}
        was_kept = where in self._kept
        try:
            return self._exchange(where, method, target, body, sent, timeout)
        except (OSError, http.client.HTTPException) as error:
            self._drop(where)
            if was_kept and not isinstance(error, TimeoutError) and not self._aborted.is_set():
                # The server may have closed it while nothing was sent: that says nothing about whether it is there.
                return self._second(where, method, target, body, sent, timeout)
            raise self._explained(parts.hostname, error) from error

    def _second(
        self,
        where: tuple[str, str],
        method: str,
        target: str,
        body: bytes | None,
        headers: Mapping[str, str],
        timeout: float,
    ) -> Answer:
        try:
            return self._exchange(where, method, target, body, headers, timeout)
        except (OSError, http.client.HTTPException) as error:
            self._drop(where)
            raise self._explained(where[1].rpartition("@")[2], error) from error

    def _exchange(
        self,
        where: tuple[str, str],
        method: str,
        target: str,
        body: bytes | None,
        headers: Mapping[str, str],
        timeout: float,
    ) -> Answer:
        connection = self._kept.get(where) or self._open(where)
        connection.sock.settimeout(timeout)
        connection.request(method, target, body, dict(headers))
        response = connection.getresponse()
        content = response.read(_ANSWER_MAX)
        if response.will_close or not response.isclosed():
            self._drop(where)
        return Answer(response.status, {name.lower(): value for name, value in response.getheaders()}, content)

    def _open(self, where: tuple[str, str]) -> http.client.HTTPConnection:
        scheme, netloc = where
        if scheme not in ("http", "https") or not netloc:
            raise WrongUsage(f"{scheme}://{netloc} is no web address.")
        while len(self._kept) >= _KEPT_MAX:
            self._drop(next(iter(self._kept)))
        if scheme == "https":
            self._tls = self._tls or ssl.create_default_context()
            made: http.client.HTTPConnection = http.client.HTTPSConnection(
                netloc, timeout=self._connect_timeout, context=self._tls
            )
        else:
            made = http.client.HTTPConnection(netloc, timeout=self._connect_timeout)
        if self._aborted.is_set():
            raise Stopped("The agent is stopping.")
        made.connect()
        made.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._kept[where] = made
        return made

    def _drop(self, where: tuple[str, str]) -> None:
        kept = self._kept.pop(where, None)
        if kept is not None:
            kept.close()

    def close(self) -> None:
        for where in list(self._kept):
            self._drop(where)

    def abort(self) -> None:
        """End what another thread is waiting for, and everything that it would begin."""
        self._aborted.set()
        for kept in list(self._kept.values()):
            with contextlib.suppress(OSError):
                if kept.sock is not None:
                    kept.sock.shutdown(socket.SHUT_RDWR)

    def _explained(self, host: str | None, error: Exception) -> Exception:
        if self._aborted.is_set():
            return Stopped("The agent is stopping.")
        if isinstance(error, TimeoutError):
            return Unreachable(f"{host} does not answer in time.")
        return Unreachable(f"{host} cannot be reached: {str(error) or type(error).__name__}")
