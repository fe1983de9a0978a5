"""One order's ZIP by the archive worker in this process; what it took, as JSON.

python -m bench.zip_worker PHOTOS nothing|emulator
"""

import asyncio
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.measure import peak_megabytes
from bench.zip_stream import SIZE, crc_of_a_photo, pieces
from darkroom import aws, clients, db, storage
from darkroom.settings import settings
from infra.local import emulated_aws
from infra.local.emulator import Emulator
from infra.local.home import Home
from infra.local.ports import LOOPBACK, any_free
from restorations import archive
from restorations.service import archives
from tests.factories import restored
from tests.factories.restored import Restored
from tests.fakes import queues
from tests.fakes.queues import Queues


class Nothing:
    """Storage that has every photo and keeps nothing."""

    def __init__(self) -> None:
        self.written = 0

    def install(self) -> None:
        storage.stream = self.stream
        storage.begin_parts = lambda *_: "upload"
        storage.write_part = self.write_part
        storage.finish_parts = lambda *_: None

    def stream(self, key: str, start: int = 0, stop: int | None = None) -> Iterator[bytes]:  # noqa: ARG002 - storage's form
        return pieces(start, SIZE if stop is None else stop)

    def write_part(self, key: str, upload_id: str, number: int, content: bytes) -> str:  # noqa: ARG002 - storage's form
        self.written += len(content)
        return '"00000000000000000000000000000000"'


@contextmanager
def nothing(order: Restored) -> Iterator[None]:  # noqa: ARG001 - as `emulator`
    Nothing().install()
    yield


@contextmanager
def emulator(order: Restored) -> Iterator[None]:
    """The emulator's S3, where the photos lie."""
    with tempfile.TemporaryDirectory() as folder, asyncio.Runner() as runner:
        home = Home(Path(folder) / "home")
        home.prepare()
        running = Emulator(home, any_free(), f"http://{LOOPBACK}:9/nobody")
        runner.run(running.start())
        try:
            os.environ.update(emulated_aws.environment(running.endpoint))
            settings.cache_clear()
            clients.forget()
            _fill(order)
            yield
        finally:
            runner.run(running.stop())


def _fill(order: Restored) -> None:
    clients.s3().create_bucket(Bucket=settings().uploads_bucket)
    photo = b"".join(pieces())
    for position in range(1, len(order.image_ids) + 1):
        storage.write(restored.key(order.order_id, position), photo, "image/jpeg")


def _order(count: int) -> Restored:
    crc32 = crc_of_a_photo()
    with db.transaction() as tx:
        made = restored.order(tx, [b""] * count)
        tx.execute("UPDATE order_images SET restored_bytes = %s, restored_crc32 = %s", (SIZE, crc32))
        archives.begin(tx, made.order_id, made.image_ids)
    return made


def main(count: int, where: Callable[[Restored], Any]) -> dict[str, Any]:
    sqs = Queues()
    call, aws.call = aws.call, sqs.call
    order = _order(count)
    aws.call = call
    with where(order):
        (message,) = sqs.take("archives")
        started = time.perf_counter()
        if queues.failures(archive.handler(queues.event("archives", message), None)):
            raise RuntimeError("the worker failed")
        seconds = time.perf_counter() - started
    with db.reading() as tx:
        row = tx.one("SELECT status, size_bytes, parts FROM order_archives WHERE order_id = %s", (order.order_id,))
    if row is None or row["status"] != "ready":
        raise RuntimeError("there is no ZIP")
    return {
        "photos": count,
        "mb_a_second": count * SIZE / 1e6 / seconds,
        "peak_mb": peak_megabytes(),
        "archive_bytes": row["size_bytes"],
        "parts": len(row["parts"]),
    }


if __name__ == "__main__":
    print(json.dumps(main(int(sys.argv[1]), {"nothing": nothing, "emulator": emulator}[sys.argv[2]])))
