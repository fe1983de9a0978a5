"""Cameras and files that OpenCV reads: webcams, RTSP streams and video files. The first photo loads it."""

import contextlib
import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from darkroom_agent.cameras.source import Source, without_password
from darkroom_agent.errors import CameraFailed

if TYPE_CHECKING:
    import cv2

_QUALITY: Final = 92
_WARM_UP: Final = 0.8
"""So long a webcam finds its exposure, and a stream's buffered frames run out."""
_FRAMES_MIN: Final = 5
_TIMEOUT_MS: Final = 10_000


def opencv() -> Any:
    """OpenCV, quiet: what it would print, the agent says in its own words."""
    os.environ.setdefault("OPENCV_LOG_LEVEL", "SILENT")
    os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")
    os.environ.setdefault("OPENCV_FFMPEG_CAPTURE_OPTIONS", "rtsp_transport;tcp")
    try:
        import cv2
    except ImportError as error:
        raise CameraFailed(f"OpenCV cannot be loaded: {error}") from None
    return cv2


def jpeg(picture: Any) -> bytes:
    cv2 = opencv()
    is_made, content = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    if not is_made:
        raise CameraFailed("The picture cannot be made a JPEG.")
    made: bytes = content.tobytes()
    return made


@contextlib.contextmanager
def _opened(name: str, *arguments: Any) -> "Iterator[cv2.VideoCapture]":
    cv2 = opencv()
    try:
        capture = cv2.VideoCapture(*arguments)
    except cv2.error as error:
        raise CameraFailed(f"{name} cannot be opened: {error}") from None
    try:
        if not capture.isOpened():
            raise CameraFailed(f"{name} cannot be opened.")
        yield capture
    finally:
        capture.release()


def _fresh(capture: "cv2.VideoCapture", name: str) -> bytes:
    """The first frame after what was buffered."""
    until = time.monotonic() + _WARM_UP
    grabbed = 0
    while grabbed < _FRAMES_MIN or time.monotonic() < until:
        if not capture.grab():
            break
        grabbed += 1
    is_there, picture = capture.retrieve() if grabbed else (False, None)
    if not is_there:
        raise CameraFailed(f"{name} gives no picture.")
    return jpeg(picture)


class DeviceSource(Source):
    """A webcam: its number, or its device."""

    def __init__(self, device: str) -> None:
        self._device: int | str = int(device) if device.isdecimal() else device
        self.identity = device
        self.name = f"Webcam {device}"
        path = Path(f"/dev/video{device}" if device.isdecimal() else device)
        if sys.platform == "linux" and not path.exists():
            raise CameraFailed(f"There is no camera {path}.")

    def take(self) -> bytes:
        with _opened(self.name, self._device) as capture:
            return _fresh(capture, self.name)


class StreamSource(Source):
    """RTSP."""

    def __init__(self, address: str) -> None:
        self._address = address
        self.identity = "rtsp"
        self.name = f"Network camera {urlsplit(address).hostname}"

    def take(self) -> bytes:
        cv2 = opencv()
        patience = [cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, _TIMEOUT_MS, cv2.CAP_PROP_READ_TIMEOUT_MSEC, _TIMEOUT_MS]
        shown = without_password(self._address)
        with _opened(shown, self._address, cv2.CAP_FFMPEG, patience) as capture:
            return _fresh(capture, shown)


class FileSource(Source):
    """A video that plays on by itself, over and over: a photo is what it shows now."""

    def __init__(self, path: Path, now: Callable[[], float] = time.time) -> None:
        self._path = path
        self._now = now
        self.identity = "video"
        self.name = f"Video {path.name}"

    def take(self) -> bytes:
        cv2 = opencv()
        if not self._path.is_file():
            raise CameraFailed(f"{self._path} is gone.")
        with _opened(str(self._path), str(self._path)) as capture:
            frames = int(capture.get(cv2.CAP_PROP_FRAME_COUNT))
            rate = capture.get(cv2.CAP_PROP_FPS) or 25.0
            if frames > 0:
                wanted = int(self._now() * rate) % frames
                capture.set(cv2.CAP_PROP_POS_FRAMES, wanted)
            is_there, picture = capture.read()
            if not is_there:  # the count is a guess in some files: then it starts over
                capture.set(cv2.CAP_PROP_POS_FRAMES, 0)
                is_there, picture = capture.read()
        if not is_there:
            raise CameraFailed(f"{self._path} shows no picture.")
        return jpeg(picture)
