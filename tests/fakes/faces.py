"""Faces as tests want them: by photo, without a model."""

from collections.abc import Mapping

from darkroom.faces import EMBEDDING_LENGTH, MODEL, Comparison, Embedding, Face, UnreadablePhoto, is_same, likeness


def face(who: int, confidence: float = 0.99) -> Face:
    """A face of one of 128 people, each unlike all others."""
    values = tuple(1.0 if index == who else 0.0 for index in range(EMBEDDING_LENGTH))
    return Face(0.4, 0.3, 0.2, 0.3, confidence, Embedding(MODEL, values))


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

    def compare(self, one: bytes, other: bytes) -> Comparison:
        """As the service does, for photos of few faces: the least alike of each face's best partners."""
        first, second = self.find(one), self.find(other)
        if not first:
            return Comparison(None, None, (0, len(second)))
        if len(second) < len(first):
            return Comparison(0.0, False, (len(first), len(second)))
        alike = min(max(likeness(each.embedding, seen.embedding) for seen in second) for each in first)
        return Comparison(alike, is_same(alike), (len(first), len(second)))
