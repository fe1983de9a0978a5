"""HTTP with the standard library: connections are kept, and everything that fails on the way is `Unreachable`."""

import contextlib
import http.client
import io
import socket
import ssl
import threading
from collections.abc import Mapping
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from darkroom_agent import VERSION
from darkroom_agent.errors import Stopped, Unreachable

_ANSWER_MAX: Final = 8 << 20
_KEPT_MAX: Final = 3


class Answer(NamedTuple):
    status: int
    headers: Mapping[str, str]
    """Names in lower case."""
    body: bytes


class _Host(NamedTuple):
    scheme: str
    netloc: str


class _Asked(NamedTuple):
    method: str
    target: str
    body: bytes | None
    headers: Mapping[str, str]
    timeout: float


class Connections:
    """One kept connection for each host. It belongs to one thread; `abort` alone may come from another."""

    def __init__(self, connect_timeout: float = 10.0) -> None:
        self._connect_timeout = connect_timeout
        self._kept: dict[_Host, http.client.HTTPConnection] = {}
        self._tls: ssl.SSLContext | None = None
        self._aborted = threading.Event()

    def request(
        self,
        method: str,
        url: str,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        *,
        timeout: float,
    ) -> Answer:
        """The answer, whatever its status. What is asked must be safe to repeat."""
        parts = urlsplit(url)
        host = _Host(parts.scheme, parts.netloc)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        sent = {name: value for name, value in (headers or {}).items() if name.lower() != "content-length"}
        sent["User-Agent"] = f"darkroom-agent/{VERSION}"
        if body is not None:
            sent["Content-Length"] = str(len(body))
        asked = _Asked(method, target, body, sent, timeout)
        was_kept = host in self._kept
        try:
            return self._exchange(host, asked)
        except TimeoutError:
            raise self._explained(host, TimeoutError()) from None
        except (OSError, http.client.HTTPException, ValueError) as error:
            if not was_kept or self._aborted.is_set():
                raise self._explained(host, error) from error
        # The server may have closed it while nothing was sent: that says nothing about whether it is there.
        try:
            return self._exchange(host, asked)
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise self._explained(host, error) from error

    def _exchange(self, host: _Host, asked: _Asked) -> Answer:
        is_over = False
        try:
            connection = self._kept.get(host) or self._open(host)
            connection.sock.settimeout(asked.timeout)
            try:
                # In pieces: the timeout is for each of them, and a slow line takes long for a whole photo.
                body = None if asked.body is None else io.BytesIO(asked.body)
                connection.request(asked.method, asked.target, body, dict(asked.headers))
            except (BrokenPipeError, ConnectionResetError) as error:
                # Storage answers before it has read a body that it refuses, and closes.
                response = self._early(connection, error)
            else:
                response = connection.getresponse()
            content = response.read(_ANSWER_MAX)
            is_over = not response.will_close and response.isclosed()
            return Answer(response.status, {name.lower(): value for name, value in response.getheaders()}, content)
        finally:
            if not is_over:
                self._drop(host)

    @staticmethod
    def _early(connection: http.client.HTTPConnection, error: OSError) -> http.client.HTTPResponse:
        try:
            return connection.getresponse()
        except (OSError, http.client.HTTPException):
            raise error from None

    def _open(self, host: _Host) -> http.client.HTTPConnection:
        if host.scheme not in ("http", "https") or not host.netloc:
            raise ValueError(f"{host.scheme}://{host.netloc} is no web address")
        while len(self._kept) >= _KEPT_MAX:
            self._drop(next(iter(self._kept)))
        if host.scheme == "https":
            self._tls = self._tls or ssl.create_default_context()
            made: http.client.HTTPConnection = http.client.HTTPSConnection(
                host.netloc, timeout=self._connect_timeout, context=self._tls
            )
        else:
            made = http.client.HTTPConnection(host.netloc, timeout=self._connect_timeout)
        if self._aborted.is_set():
            raise Stopped("The agent is stopping.")
        made.connect()
        made.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._kept[host] = made
        return made

    def _drop(self, host: _Host) -> None:
        kept = self._kept.pop(host, None)
        if kept is not None:
            kept.close()

    def close(self) -> None:
        for host in list(self._kept):
            self._drop(host)

    def abort(self) -> None:
        """End what another thread is waiting for, and everything that it would begin."""
        self._aborted.set()
        for kept in list(self._kept.values()):
            with contextlib.suppress(OSError):
                if kept.sock is not None:
                    kept.sock.shutdown(socket.SHUT_RDWR)

    def _explained(self, host: _Host, error: Exception) -> Exception:
        if self._aborted.is_set():
            return Stopped("The agent is stopping.")
        name = host.netloc.rpartition("@")[2]
        if isinstance(error, TimeoutError):
            return Unreachable(f"{name} does not answer in time.")
        return Unreachable(f"{name} cannot be reached: {str(error) or type(error).__name__}")
