"""What every source is."""

from abc import ABC, abstractmethod
from urllib.parse import urlsplit, urlunsplit


class Source(ABC):
    """One camera. `name` is for people, and tells no password."""

    identity: str
    name: str

    @abstractmethod
    def take(self) -> bytes:
        """A photo of this moment, as the camera gave it; CameraFailed says why there is none."""

    def described(self) -> list[dict[str, str]]:
        """As Darkroom is told of it."""
        return [{"id": self.identity[:100], "name": self.name[:100]}]


def without_password(address: str) -> str:
    parts = urlsplit(address)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))
