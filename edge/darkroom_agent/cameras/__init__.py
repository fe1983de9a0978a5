"""Where photos come from. A source takes one when it is asked; between photos nothing is open and no light burns."""

from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import urlsplit

from darkroom_agent.cameras.folder import FolderSource
from darkroom_agent.cameras.network import HttpSource
from darkroom_agent.cameras.pi import PiSource
from darkroom_agent.cameras.scene import TestSource
from darkroom_agent.cameras.source import Source
from darkroom_agent.cameras.video import DeviceSource, FileSource, StreamSource
from darkroom_agent.errors import CameraFailed, WrongUsage

__all__ = ["Source", "open_source"]


def open_source(text: str) -> Source:
    """The source that `--camera` names. WrongUsage when it can be none, CameraFailed when it is not there."""
    named: Mapping[str, Callable[[], Source]] = {"test": TestSource, "picamera": PiSource}
    if text in named:
        return named[text]()
    if text.isdecimal() or text.startswith("/dev/"):
        return DeviceSource(text)
    scheme = urlsplit(text).scheme.lower() if "://" in text else ""
    spoken: Mapping[str, Callable[[str], Source]] = {
        "http": HttpSource,
        "https": HttpSource,
        "rtsp": StreamSource,
        "rtsps": StreamSource,
    }
    if scheme in spoken:
        return spoken[scheme](text)
    if scheme or not text:
        raise WrongUsage(
            f"{text!r} is no camera. It may be 0 (a webcam's number), an rtsp:// or http:// address, a folder, a video"
            " file, picamera or test."
        )
    path = Path(text).expanduser().absolute()
    if path.is_dir():
        return FolderSource(path)
    if path.is_file():
        return FileSource(path)
    raise CameraFailed(f"There is no camera, folder or file {text!r}.")
