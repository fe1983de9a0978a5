"""Faces as tests want them: by photo, without a model."""

from collections.abc import Mapping

from darkroom.faces import EMBEDDING_LENGTH, Face, UnreadablePhoto


def face(who: int, confidence: float = 0.99) -> Face:
    """A face of one of 512 people, each unlike all others."""
    embedding = tuple(1.0 if index == who else 0.0 for index in range(EMBEDDING_LENGTH))
    return Face(0.4, 0.3, 0.2, 0.3, confidence, embedding)


class FakeFaces:
    """Answers what it was given; a photo it does not know is unreadable."""

    def __init__(self, photos: Mapping[bytes, list[Face]]) -> None:
        self.photos = photos
        self.asked: list[bytes] = []

    def find(self, photo: bytes) -> list[Face]:
        self.asked.append(photo)
        if photo not in self.photos:
            raise UnreadablePhoto
        return self.photos[photo]
