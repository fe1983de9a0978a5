"""A camera on the network that speaks HTTP: MJPEG, or an address that gives one still.

MJPEG is read by hand, so that the camera's own JPEG is kept byte for byte and nothing large is loaded.
"""

import http.client
import time
import urllib.error
import urllib.request
from typing import IO, Any, Final
from urllib.parse import unquote, urlsplit

from darkroom_agent import VERSION
from darkroom_agent.cameras.source import Source, without_password
from darkroom_agent.errors import CameraFailed
from darkroom_agent.images import BYTES_MAX

_LINE_MAX: Final = 1 << 16
_SECOND_FRAME: Final = 3.0
"""A camera slower than this has its first frame taken."""


class _Login:
    """The library leaves the connections of refused answers open; here they are closed once another was asked for."""

    def http_error_401(self, req: urllib.request.Request, fp: IO[bytes], *more: Any) -> Any:
        try:
            found = super().http_error_401(req, fp, *more)  # type: ignore[misc]  # the handler's that this is mixed into
        except BaseException:
            fp.close()
            raise
        if found is not None:
            fp.close()
        return found


class _BasicLogin(_Login, urllib.request.HTTPBasicAuthHandler):
    pass


class _DigestLogin(_Login, urllib.request.HTTPDigestAuthHandler):
    pass


class HttpSource(Source):
    def __init__(self, address: str, *, timeout: float = 10.0, second_frame: float = _SECOND_FRAME) -> None:
        self._address = without_password(address)
        query = urlsplit(address).query
        self._url = f"{self._address}?{query}" if query else self._address
        self._timeout = timeout
        self._second_frame = second_frame
        self.identity = "http"
        self.name = f"Network camera {urlsplit(self._address).hostname}"
        handlers: list[urllib.request.BaseHandler] = [urllib.request.ProxyHandler({})]
        parts = urlsplit(address)
        if parts.username is not None:
            known = urllib.request.HTTPPasswordMgrWithDefaultRealm()
            known.add_password(None, self._url, unquote(parts.username), unquote(parts.password or ""))
            handlers += [_BasicLogin(known), _DigestLogin(known)]
        self._opener = urllib.request.build_opener(*handlers)

    def take(self) -> bytes:
        request = urllib.request.Request(  # noqa: S310 - http or https: the source was chosen by that
            self._url, headers={"User-Agent": f"darkroom-agent/{VERSION}", "Cache-Control": "no-cache"}
        )
        try:
            with self._opener.open(request, timeout=self._timeout) as answer:
                kind = answer.headers.get_content_type()
                if kind.startswith("multipart/"):
                    return self._fresh_frame(answer, answer.headers.get_param("boundary"))
                if kind.startswith(("image/", "application/octet-stream")):
                    return _bounded(answer.read(BYTES_MAX + 1))
        except urllib.error.HTTPError as error:
            error.close()
            raise CameraFailed(f"{self._address} answered {error.code} {error.reason}.") from None
        except urllib.error.URLError as error:
            raise CameraFailed(f"{self._address} cannot be reached: {error.reason}") from None
        except (OSError, http.client.HTTPException) as error:
            raise CameraFailed(f"{self._address} broke off: {str(error) or type(error).__name__}") from None
        raise CameraFailed(f"{self._address} gives {kind}, and neither MJPEG nor an image.")

    def _fresh_frame(self, stream: IO[bytes], boundary: object) -> bytes:
        """The second frame: many cameras begin with one that they had at hand, and that may be old."""
        mark = str(boundary or "").strip('"').lstrip("-").encode()
        until = time.monotonic() + self._second_frame
        first = _frame(stream, mark)
        try:
            if time.monotonic() < until:
                return _frame(stream, mark)
        except (OSError, http.client.HTTPException, CameraFailed):
            pass  # a camera that gives one and closes
        return first


def _frame(stream: IO[bytes], mark: bytes) -> bytes:
    length = _part_length(stream, mark)
    if length is not None:
        content = stream.read(length)
        if len(content) < length:
            raise CameraFailed("The camera broke off in the middle of a photo.")
        return content
    return _until_mark(stream, mark)


def _part_length(stream: IO[bytes], mark: bytes) -> int | None:
    """Reads up to a part's content; its length, if the camera says it."""
    length, is_inside = None, False
    while True:
        line = stream.readline(_LINE_MAX)
        if not line:
            raise CameraFailed("The camera's stream has ended.")
        if _is_mark(line, mark):
            length, is_inside = None, True
        elif is_inside and not line.strip():
            return length
        elif is_inside and line.lower().startswith(b"content-length:"):
            text = line.partition(b":")[2].strip()
            length = int(text) if text.isdigit() else None
            if length is not None and length > BYTES_MAX:
                raise CameraFailed("The camera's photo is too large.")


def _until_mark(stream: IO[bytes], mark: bytes) -> bytes:
    """A part whose length is not told ends where the next begins, or with the stream."""
    lines: list[bytes] = []
    size = 0
    while line := stream.readline(_LINE_MAX):
        if _is_mark(line, mark):
            break
        lines.append(line)
        size += len(line)
        if size > BYTES_MAX:
            raise CameraFailed("The camera's photo is too large.")
    return b"".join(lines).removesuffix(b"\n").removesuffix(b"\r")


def _is_mark(line: bytes, mark: bytes) -> bool:
    # Some name the boundary with its dashes, some without: both are met.
    return line.startswith(b"--") and line.strip().strip(b"-") == mark.rstrip(b"-")


def _bounded(content: bytes) -> bytes:
    if len(content) > BYTES_MAX:
        raise CameraFailed("The camera's photo is too large.")
    return content
