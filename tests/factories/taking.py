"""Photos as they are taken in a test, one after another, each with the name of its occasion."""

from datetime import UTC, datetime, timedelta
from functools import cache
from uuid import UUID

from galleries.curating import looks
from galleries.curating.grouping import group
from galleries.curating.photos import Photo
from tests.factories import scenery

UPLOADED = datetime(2025, 6, 1, 12, tzinfo=UTC)
PHONE, CAMERA, OTHER_PHONE, MESSENGER = (4032, 3024), (6000, 4000), (4000, 2252), (1600, 1200)
HOME, PARK, LISBON = (48.1374, 11.5755), (48.1650, 11.6050), (38.7139, -9.1394)


@cache
def look(kind: str, view: int, seed: int = 7) -> bytes:
    return looks.look(scenery.paint(scenery.Setting(kind, seed), view))


class Taken:
    def __init__(self) -> None:
        self.photos: list[Photo] = []
        self.occasion: dict[UUID, str] = {}

    def shoot(
        self,
        occasion: str,
        kind: str,
        at: str | None,
        number: int = 5,
        *,
        minutes: float = 10,
        offset: str | None = "+02:00",
        place: tuple[float, float] | None = HOME,
        size: tuple[int, int] = PHONE,
        seed: int = 7,
    ) -> None:
        """`at` is what the camera's clock shows."""
        for shot in range(number):
            identity = UUID(int=1_000 * len(self.photos) + 7, version=4)
            taken = None
            if at is not None:
                wall = datetime.fromisoformat(at).replace(tzinfo=UTC) + timedelta(minutes=minutes * shot)
                taken = wall - (timedelta(hours=int(offset[:3])) if offset else timedelta())
            view = len(self.photos)
            self.photos.append(
                Photo(
                    id=identity, created_at=UPLOADED, taken_at=taken, taken_at_offset=offset if at else None,
                    place=place, width=size[0], height=size[1], look=look(kind, view, seed),
                )
            )  # fmt: skip
            self.occasion[identity] = occasion

    def albums(self) -> list[list[str]]:
        """For each album the occasions of its photos, sorted and each once."""
        return [sorted({self.occasion[photo] for photo in album.photo_ids}) for album in group(self.photos)]
