"""One person's job, worked off message by message in this process; what it took, as JSON.

python -m bench.curation_worker PHOTO COUNT
"""

import json
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

from bench.measure import peak_megabytes
from bench.platform import Platform
from darkroom import aws, db, jobs, qstash_client, storage
from galleries import curate
from galleries.service import curations, uploads
from tests.fakes import queues
from tests.fakes.queues import Queues

_PIECE = 1 << 20


class File:
    """What is announced of each photo."""

    content_type = "image/jpeg"

    def __init__(self, number: int, size_bytes: int) -> None:
        self.filename = f"IMG_{number:04}.jpg"
        self.size_bytes = size_bytes


class Folder:
    """Storage: every photo is the one file and its own number behind it, so that no two have the same bytes."""

    def __init__(self, photo: Path) -> None:
        self.content = photo.read_bytes()
        self.stored: dict[str, int] = {}

    def install(self, keys: Sequence[str]) -> None:
        self.numbers = {key: number for number, key in enumerate(keys)}
        storage.stream = self.stream
        storage.write = self.write
        storage.sizes = self.sizes

    @property
    def size(self) -> int:
        return len(self.content) + 8

    def stream(self, key: str, start: int = 0, stop: int | None = None) -> Iterator[bytes]:  # noqa: ARG002 - storage's own
        yield from (self.content[start : start + _PIECE] for start in range(0, len(self.content), _PIECE))
        yield self.numbers[key].to_bytes(8)

    def sizes(self, keys: Sequence[str]) -> dict[str, int]:
        return dict.fromkeys(keys, self.size)

    def write(self, key: str, content: bytes, content_type: str) -> None:  # noqa: ARG002 - storage's own form
        self.stored[key] = len(content)


def main(photo: Path, count: int) -> dict[str, Any]:
    sqs, folder = Queues(), Folder(photo)
    aws.call = sqs.call
    qstash_client.publish = lambda *_, **__: None
    user_id = UUID(Platform({}).sign_in().id)
    with db.transaction() as tx:
        files = [File(number, folder.size) for number in range(count)]
        keys = [each.storage_key for each in uploads.upload_urls(tx, user_id, files)]
    folder.install(keys)
    with db.transaction() as tx:
        job = curations.start(tx, user_id, curations.Wish(keys))
    with db.transaction() as tx:
        curations.accept(tx, job.id)
    seconds: dict[str, list[float]] = {}
    while messages := sqs.take("curations"):
        for message in messages:
            started = time.perf_counter()
            if queues.failures(curate.handler(queues.event("curations", message), None)):
                raise RuntimeError(f"{message.name} failed")
            seconds.setdefault(message.name, []).append(time.perf_counter() - started)
    with db.reading() as tx:
        document = jobs.status_document(tx, job.id, user_id)
    return {
        "photos": count,
        "photo_bytes": folder.size,
        "prepare_seconds": sum(seconds[curations.PREPARE]),
        "making_seconds": sum(seconds[curations.MAKE_ALBUMS]),
        "slowest_seconds": max(max(times) for times in seconds.values()),
        "peak_mb": peak_megabytes(),
        "albums": document["albums_created"],
        "status": document["status"],
    }


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]), int(sys.argv[2]))))
