"""Strangers with old photos: the routes of uploads and downloads, and the workers behind them, called as AWS does."""

import json
from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4

import pytest

from darkroom import db
from restorations import api, archive, checkout, cleanup, download, validate, watch
from tests.api import Answer, Api
from tests.factories import photos, restored
from tests.factories.restored import Restored
from tests.fakes import queues
from tests.fakes.bucket import Bucket
from tests.fakes.queues import Queues

WORKERS = {"validations": validate.handler, "archives": archive.handler}
PHOTO = photos.jpeg(320, 240)


class World(Api):
    """The API, storage, queues, and what the workers did."""

    def __init__(self, sqs: Queues, bucket: Bucket) -> None:
        super().__init__(api.handler)
        self.sqs = sqs
        self.bucket = bucket
        self._downloads = Api(download.handler)
        self.checkouts = Api(checkout.handler)

    # --- bringing --------------------------------------------------------------------------------------------------

    def open(self, *contents: bytes, name: str = "old.jpg", content_type: str = "image/jpeg") -> "Session":
        files = [{"filename": name, "content_type": content_type, "size_bytes": len(each)} for each in contents]
        answer = self.post("/upload", {"files": files})
        assert answer.status == 201, answer.text
        return Session(self, answer.json(), contents)

    def notify(self, *keys: str) -> None:
        """S3 tells the queue of objects, in its own words."""
        for key in keys:
            event = queues_event_of_s3(key, len(self.bucket.objects.get(key, b"")))
            assert queues.failures(validate.handler(event, None)) == []

    # --- fetching --------------------------------------------------------------------------------------------------

    def order(self, contents: Sequence[bytes] = (b"one", b"two", b"three"), **options: Any) -> Restored:
        """An order whose restored photos lie in storage."""
        with db.transaction() as tx:
            made = restored.order(tx, contents, **options)
        for position, content in enumerate(contents, start=1):
            self.bucket.objects[restored.key(made.order_id, position)] = content
        return made

    def link(self, order: Restored, image_ids: Sequence[UUID] | None = None, **options: Any) -> Answer:
        body = {} if image_ids is None else {"image_ids": [str(each) for each in image_ids]}
        options.setdefault("token", order.token)
        return self.post(f"/orders/{order.order_id}/downloads", body, **options)

    def token(self, order: Restored, image_ids: Sequence[UUID] | None = None) -> str:
        answer = self.link(order, image_ids)
        assert answer.status == 201, answer.text
        token: str = answer.json()["token"]
        return token

    def fetch(self, token: str, **options: Any) -> Answer:
        return self._downloads.get(f"/download/{token}", **options)

    # --- working ---------------------------------------------------------------------------------------------------

    def work(self, queue: str) -> list[str]:
        """The worker of a queue takes what waits there, and what it adds; the names of the messages."""
        taken = []
        while messages := self.sqs.take(queue):
            for message in messages:
                assert queues.failures(WORKERS[queue](queues.event(queue, message), None)) == []
                taken.append(message.name)
        return taken

    def watch(self) -> dict[str, int]:
        return watch.handler({}, None)

    def clean_up(self) -> dict[str, int]:
        return cleanup.handler({}, None)

    def value(self, statement: Any, *params: Any) -> Any:
        with db.reading() as tx:
            return tx.value(statement, params)

    def execute(self, statement: Any, *params: Any) -> None:
        with db.transaction() as tx:
            tx.execute(statement, params)

    def pushed(self, topic: str) -> list[dict[str, Any]]:
        with db.reading() as tx:
            rows = tx.all("SELECT data FROM realtime_messages WHERE topic = %s ORDER BY sequence", (topic,))
        return [row["data"] for row in rows]


class Session:
    """An upload session as its page sees it."""

    def __init__(self, world: World, opened: dict[str, Any], contents: Sequence[bytes]) -> None:
        self.world = world
        self.opened = opened
        self.id: str = opened["session_id"]
        self.token: str = opened["session_token"]
        self.contents = contents

    def key(self, number: int = 0) -> str:
        found: str = self.world.value(
            "SELECT storage_key FROM upload_files WHERE id = %s", self.opened["uploads"][number]["upload_id"]
        )
        return found

    def bring(self) -> None:
        """The PUTs; nobody is told."""
        for number, content in enumerate(self.contents):
            self.world.bucket.objects[self.key(number)] = content

    def arrive(self) -> "Session":
        self.bring()
        self.world.notify(*[self.key(number) for number in range(len(self.contents))])
        return self

    def get(self, **options: Any) -> Answer:
        return self.world.get(f"/upload/{self.id}", token=self.token, **options)

    def files(self) -> list[dict[str, Any]]:
        answer = self.get()
        assert answer.status == 200, answer.text
        found: list[dict[str, Any]] = answer.json()["files"]
        return found

    def renew(self, *upload_ids: str) -> Answer:
        return self.world.post(f"/upload/{self.id}/urls", {"upload_ids": list(upload_ids)}, token=self.token)


def queues_event_of_s3(key: str, size: int, receives: int = 1) -> dict[str, Any]:
    """The event by which Lambda hands over what S3 told the queue."""
    told = {
        "Records": [
            {
                "eventSource": "aws:s3",
                "eventName": "ObjectCreated:Put",
                "s3": {
                    "bucket": {"name": "darkroom-test-uploads"},
                    "object": {"key": key, "size": size, "eTag": "e", "sequencer": str(uuid4())},
                },
            }
        ]
    }
    record = {
        "messageId": str(uuid4()),
        "receiptHandle": "handle",
        "body": json.dumps(told),
        "attributes": {"ApproximateReceiveCount": str(receives)},
        "messageAttributes": {},
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:us-east-1:000000000000:validations",
        "awsRegion": "us-east-1",
    }
    return {"Records": [record]}


@pytest.fixture
def sqs(monkeypatch: pytest.MonkeyPatch) -> Queues:
    return Queues().install(monkeypatch)


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Bucket:
    return Bucket().install(monkeypatch)


@pytest.fixture
def world(rolled_back_db: None, sqs: Queues, bucket: Bucket) -> World:
    """Everything is undone when the test ends."""
    return World(sqs, bucket)


@pytest.fixture
def committed_world(committed_db: str, sqs: Queues, bucket: Bucket) -> World:
    """Real commits, and as many connections as there are threads."""
    return World(sqs, bucket)
