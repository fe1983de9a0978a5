"""The uploads bucket as workers see it: objects in memory, in the place of S3."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from uuid import uuid4

import pytest

from darkroom import storage

_REPLACED = (
    *("head", "stream", "read", "sizes", "write", "write_stream", "copy", "delete_many", "keys_under"),
    *("begin_parts", "write_part", "finish_parts", "abandon_parts"),
)


class Bucket:
    """Objects by key. Nothing can be written, listed or deleted while `is_down`."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.is_down = False
        self.largest_piece = 0
        self.uploads: dict[str, dict[int, bytes]] = {}  # uploads in parts that are neither finished nor given up

    def install(self, monkeypatch: pytest.MonkeyPatch) -> "Bucket":
        for name in _REPLACED:
            monkeypatch.setattr(storage, name, getattr(self, name))
        return self

    def head(self, key: str) -> storage.Stored | None:
        content = self.objects.get(key)
        return None if content is None else storage.Stored(key, len(content), "application/octet-stream", "etag")

    def stream(self, key: str, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        if key not in self.objects:
            raise storage.Missing(key)
        content = self.objects[key][start:stop]
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

    def begin_parts(self, key: str, content_type: str) -> str:
        upload_id = f"{key}#{uuid4()}"
        self.uploads[upload_id] = {}
        return upload_id

    def write_part(self, key: str, upload_id: str, number: int, content: bytes) -> str:
        if upload_id not in self.uploads:
            raise storage.UploadGone(upload_id)
        self.largest_piece = max(self.largest_piece, len(content))
        self.uploads[upload_id][number] = content
        return f'"{hashlib.md5(content).hexdigest()}"'

    def finish_parts(self, key: str, upload_id: str, etags: Sequence[str]) -> None:
        if upload_id not in self.uploads:
            raise storage.UploadGone(upload_id)
        parts = self.uploads.pop(upload_id)
        assert [f'"{hashlib.md5(parts[n]).hexdigest()}"' for n in range(1, len(etags) + 1)] == list(etags)
        self.objects[key] = b"".join(parts[n] for n in range(1, len(etags) + 1))

    def abandon_parts(self, key: str, upload_id: str) -> None:
        self.uploads.pop(upload_id, None)

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
