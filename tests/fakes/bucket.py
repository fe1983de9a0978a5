"""The uploads bucket as workers see it: objects in memory, in the place of S3."""

from collections.abc import Iterable, Iterator, Sequence

import pytest

from darkroom import storage


class Bucket:
    """Objects by key. Nothing can be written, listed or deleted while `is_down`."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.is_down = False
        self.largest_piece = 0

    def install(self, monkeypatch: pytest.MonkeyPatch) -> "Bucket":
        for name in ("stream", "read", "sizes", "write", "write_stream", "copy", "delete_many", "keys_under"):
            monkeypatch.setattr(storage, name, getattr(self, name))
        return self

    def stream(self, key: str) -> Iterator[bytes]:
        if key not in self.objects:
            raise storage.Missing(key)
        content = self.objects[key]
        yield from (content[start : start + 1000] for start in range(0, len(content), 1000))

    def read(self, key: str, at_most: int = storage.PHOTO_BYTES_MAX) -> bytes:
        return b"".join(self.stream(key))

    def sizes(self, keys: Sequence[str]) -> dict[str, int]:
        if self.is_down:
            raise ConnectionError("down for a test")
        return {key: len(self.objects[key]) for key in keys if key in self.objects}

    def write(self, key: str, content: bytes, content_type: str) -> None:
        if self.is_down:
            raise ConnectionError("down for a test")
        self.objects[key] = content

    def write_stream(self, key: str, pieces: Iterable[bytes], content_type: str) -> int:
        content = bytearray()
        for piece in pieces:
            self.largest_piece = max(self.largest_piece, len(piece))
            content += piece
        self.objects[key] = bytes(content)
        return len(content)

    def copy(self, source: str, target: str, content_type: str) -> None:
        if self.is_down:
            raise ConnectionError("down for a test")
        if source not in self.objects:
            raise storage.Missing(source)
        self.objects[target] = self.objects[source]

    def delete_many(self, keys: Sequence[str]) -> None:
        if self.is_down:
            raise ConnectionError("down for a test")
        for key in keys:
            self.objects.pop(key, None)

    def keys_under(self, prefix: str) -> Iterator[str]:
        yield from [key for key in self.objects if key.startswith(prefix)]
