"""One file from storage into a file here."""

import os
from pathlib import Path
from typing import Final

import httpx

from darkroom_client.errors import Refused
from darkroom_client.retrying import PASSING
from darkroom_client.watching import Watcher

_CHUNK: Final = 1 << 20


def fetch(http: httpx.Client, url: str, into: Path, watcher: Watcher, *, expected: int | None = None) -> int:
    """Its size. What may pass, and a file that came in part, is an httpx.TransportError."""
    with http.stream("GET", url) as answer, into.open("wb") as file:
        if answer.status_code in PASSING:
            raise httpx.ReadError(f"storage answered {answer.status_code}")
        if not answer.is_success:
            raise Refused(answer.status_code, {"detail": f"The download was refused ({answer.status_code})."})
        announced = expected or int(answer.headers["content-length"])
        watcher.downloading(into.name.removesuffix(".part"), announced)
        size = 0
        for piece in answer.iter_raw(_CHUNK):
            size += file.write(piece)
            watcher.received(len(piece))
        file.flush()
        os.fsync(file.fileno())
    if size != announced:
        raise httpx.ReadError(f"{size:,} of {announced:,} bytes came")
    return size
