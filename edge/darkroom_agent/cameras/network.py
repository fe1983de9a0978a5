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

_PIECE: Final = 1 << 16
_PATIENCE: Final = 30.0
"""So long a photo may take to come."""
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


class _Stream:
    """What a camera sends, for a while: one that talks without end, or drips, is given up."""

    def __init__(self, source: IO[bytes], seconds: float) -> None:
        self._source = source
        self._until = time.monotonic() + seconds

    def line(self) -> bytes:
        self._check()
        return self._source.readline(_PIECE)

    def whole(self, most: int) -> bytes:
        """All that comes, up to so much."""
        pieces, left = [], most
        while left > 0:
            self._check()
            piece = self._source.read(min(left, _PIECE))
            if not piece:
                break
            pieces.append(piece)
            left -= len(piece)
        return b"".join(pieces)

    def _check(self) -> None:
        if time.monotonic() > self._until:
            raise CameraFailed("The camera gives no whole photo in time.")


class HttpSource(Source):
    def __init__(
        self,
        address: str,
        *,
        timeout: float = 10.0,
        patience: float = _PATIENCE,
        second_frame: float = _SECOND_FRAME,
    ) -> None:
        self._patience = patience
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
                stream = _Stream(answer, self._patience)
                if kind.startswith("multipart/"):
                    return self._fresh_frame(stream, answer)
                if kind.startswith(("image/", "application/octet-stream")):
                    return stream.whole(BYTES_MAX + 1)  # one that is too large is found out by whoever looks at it
        except urllib.error.HTTPError as error:
            error.close()
            raise CameraFailed(f"{self._address} answered {error.code} {error.reason}.") from None
        except urllib.error.URLError as error:
            raise CameraFailed(f"{self._address} cannot be reached: {error.reason}") from None
        except (OSError, http.client.HTTPException) as error:
            raise CameraFailed(f"{self._address} broke off: {str(error) or type(error).__name__}") from None
        raise CameraFailed(f"{self._address} gives {kind}, and neither MJPEG nor an image.")

    def _fresh_frame(self, stream: _Stream, answer: Any) -> bytes:
        """The second frame: many cameras begin with one that they had at hand, and that may be old."""
        mark = str(answer.headers.get_param("boundary") or "").strip('"').lstrip("-").encode()
        until = time.monotonic() + self._second_frame
        first = _frame(stream, mark)
        try:
            if time.monotonic() < until:
                _hurry(answer, self._second_frame)
                return _frame(stream, mark)
        except (OSError, http.client.HTTPException, CameraFailed):
            pass  # a camera that gives one and closes
        return first


def _hurry(answer: Any, seconds: float) -> None:
    """What is still to come is waited for no longer than this, unless the library hides its socket."""
    held = getattr(getattr(getattr(answer, "fp", None), "raw", None), "_sock", None)
    if held is not None:
        held.settimeout(seconds)


def _frame(stream: _Stream, mark: bytes) -> bytes:
    length = _part_length(stream, mark)
    if length is None:
        return _until_mark(stream, mark)
    content = stream.whole(length)
    if len(content) < length:
        raise CameraFailed("The camera broke off in the middle of a photo.")
    return content


def _part_length(stream: _Stream, mark: bytes) -> int | None:
    """Reads up to a part's content; its length, if the camera says it."""
    length, is_inside = None, False
    while True:
        line = stream.line()
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


def _until_mark(stream: _Stream, mark: bytes) -> bytes:
    """A part whose length is not told ends where the next begins, or with the stream."""
    lines: list[bytes] = []
    size = 0
    while line := stream.line():
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
