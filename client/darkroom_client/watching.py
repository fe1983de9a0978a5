"""Who wants to see how it goes: a Watcher is told of each step. This one does nothing with it; the command's draw
bars."""

from pathlib import Path

from darkroom_client.documents import Job
from darkroom_client.photos import Photo


class Watcher:
    """Called from several threads at once."""

    def found(self, photos: int, size: int) -> None:
        """So many photos with so many bytes are meant; they are about to be brought."""

    def skipped(self, path: Path, reason: str) -> None:
        """A file that is no photo that could be brought."""

    def known(self, photo: Photo) -> None:
        """The photo was brought before."""

    def sending(self, photo: Photo) -> None:
        """It goes up from its first byte, perhaps once more."""

    def sent(self, photo: Photo, size: int) -> None:
        """So many more bytes of it have left."""

    def stored(self, photo: Photo) -> None:
        """It is there."""

    def failed(self, photo: Photo, reason: str) -> None:
        """It could not be brought."""

    def waiting(self, seconds: float, reason: str) -> None:
        """Something passing is in the way; it is tried again after so many seconds."""

    def job(self, job: Job) -> None:
        """How far a job is."""

    def downloading(self, name: str, size: int) -> None:
        """A file with so many bytes begins to come."""

    def received(self, size: int) -> None:
        """So many more bytes have come."""
