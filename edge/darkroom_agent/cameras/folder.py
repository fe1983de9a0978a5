"""A folder of image files: another camera puts them there, or they simply lie there.

A photo is the newest file that was not taken yet; when all were, it starts over. So a camera that keeps adding files
shows its latest, and a folder that never changes is gone through. The bytes are sent as they are.
"""

from pathlib import Path
from typing import Final

from darkroom_agent.cameras.source import Source
from darkroom_agent.errors import CameraFailed
from darkroom_agent.images import BYTES_MAX, NotAPhoto, look

_ENDINGS: Final = frozenset({".jpg", ".jpeg", ".png", ".webp", ".heic", ".heif"})


class FolderSource(Source):
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._taken: set[tuple[str, int]] = set()
        self.identity = "folder"
        self.name = f"Folder {folder.name}"

    def take(self) -> bytes:
        files = self._files()
        if not files:
            raise CameraFailed(f"There is no photo in {self._folder}.")
        fresh = [file for file in files if file not in self._taken]
        if not fresh:
            self._taken.clear()
        for name, changed in fresh or files:
            content = self._read(self._folder / name, changed)
            if content is not None:
                self._taken = {*self._taken, (name, changed)} & set(files)
                return content
        raise CameraFailed(f"No file in {self._folder} is a whole photo.")

    def _files(self) -> list[tuple[str, int]]:
        """Names and when they were written, newest first."""
        try:
            found = [
                (path.name, path.stat().st_mtime_ns)
                for path in self._folder.iterdir()
                if path.suffix.lower() in _ENDINGS and not path.name.startswith(".") and path.is_file()
            ]
        except OSError as error:
            raise CameraFailed(f"{self._folder} cannot be read: {error.strerror}") from None
        return sorted(found, key=lambda file: (file[1], file[0]), reverse=True)

    @staticmethod
    def _read(path: Path, changed: int) -> bytes | None:
        """Its bytes; None while it is being written, and when it is no photo."""
        try:
            if path.stat().st_size > BYTES_MAX:
                return None
            content = path.read_bytes()
            look(content)
            return content if path.stat().st_mtime_ns == changed else None
        except (OSError, NotAPhoto):
            return None
