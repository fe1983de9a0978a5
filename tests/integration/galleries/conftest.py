"""A person with photos, and every Lambda of galleries around them: handlers called with the events that AWS sends."""

import base64
import hashlib
import json
import time
import warnings
from collections.abc import Sequence
from functools import cache
from typing import Any
from uuid import UUID

import jwt
import pytest
from PIL import Image, ImageDraw

from darkroom import db, qstash_client
from galleries import abandon, api, curate, download, shared, webhook
from tests.api import Answer, Api
from tests.factories.callers import SignedIn, signed_in
from tests.factories.photos import encoded, exif
from tests.fakes import queues
from tests.fakes.bucket import Bucket
from tests.fakes.queues import Queues

ORIGIN = "http://127.0.0.1:8000"
ACCEPT = "/jobs/process"


def occasions(count: int, each: int = 3) -> list[bytes]:
    """Photos of so many occasions, a month apart."""
    return [picture(10 * month + n, month=month) for month in range(1, count + 1) for n in range(each)]


@cache
def picture(
    number: int, *, month: int = 7, day: int = 1, taken: str | None = "2024:{month:02}:{day:02} 12:30:{number:02}"
) -> bytes:
    """A JPEG that differs from every other number's, and is the same each time."""
    drawn = Image.effect_noise((320, 240), 20 + number).convert("RGB")
    ImageDraw.Draw(drawn).ellipse((number * 7 % 200, 20, number * 7 % 200 + 90, 130), fill=(number * 37 % 255, 90, 160))
    when = taken.format(month=month, day=day, number=number % 60) if taken else None
    return encoded(drawn, "JPEG", exif=exif(taken=when))


def signature(body: bytes, path: str, key: str = "sig_test_current", **changes: Any) -> str:
    now = int(time.time())
    claims: dict[str, Any] = {
        "iss": "Upstash",
        "sub": f"{ORIGIN}/api/v1{path}",
        "nbf": now - 1,
        "exp": now + 300,
        "body": base64.urlsafe_b64encode(hashlib.sha256(body).digest()).decode().rstrip("="),
    }
    with warnings.catch_warnings(action="ignore"):  # the keys are short here
        return jwt.encode(claims | changes, key, algorithm="HS256")


class World(Api):
    """One person's view of galleries; `others` see their own."""

    def __init__(self, person: SignedIn, sqs: Queues, bucket: Bucket, published: list[dict[str, Any]]) -> None:
        super().__init__(api.handler)
        self.person = person
        self.sqs = sqs
        self.bucket = bucket
        self.published = published
        self.webhook = Api(webhook.handler)
        self.guest = Api(shared.handler)

    def call(self, method: str, path: str, json: Any = None, **options: Any) -> Answer:
        options.setdefault("token", self.person.token)
        return super().call(method, path, json, **options)

    def bring(self, *photos: bytes, content_type: str = "image/jpeg", upload: bool = True) -> list[str]:
        """Announce photos and put their bytes where storage would have them; their keys."""
        files = [
            {"filename": f"IMG_{number}.jpg", "content_type": content_type, "size_bytes": max(1, len(photo))}
            for number, photo in enumerate(photos)
        ]
        answer = self.post("/uploads/generate-urls", {"files": files})
        assert answer.status == 200, answer.text
        keys = [each["storage_key"] for each in answer.json()["uploads"]]
        if upload:
            self.bucket.objects.update(zip(keys, photos, strict=True))
        return keys

    def process(self, keys: Sequence[str], **wish: Any) -> str:
        """Start a job; its id."""
        answer = self.post("/galleries/process", {"image_keys": list(keys), **wish})
        assert answer.status == 202, answer.text
        job_id: str = answer.json()["job_id"]
        return job_id

    def deliver(self, body: Any, path: str = ACCEPT, **changes: str | None) -> Answer:
        """What QStash does: our body, our secret, its signature."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = {
            "x-api-secret": "test-api-secret",
            "upstash-signature": signature(content, path),
            "content-type": "application/json",
        }
        sent = {name: value for name, value in (headers | changes).items() if value is not None}
        return self.webhook.post(path, content=content, headers=sent)

    def deliver_all(self) -> None:
        """Every job that waits for QStash begins."""
        while self.published:
            call = self.published.pop(0)
            assert self.deliver(call["body"]).status == 200

    def work(self, limit: int = 1_000) -> list[str]:
        """The worker of curations takes one message after the other until none is left; the names of those it took."""
        taken = []
        while (messages := self.sqs.take("curations")) and limit:
            for message in messages:
                assert queues.failures(curate.handler(queues.event("curations", message), None)) == []
                taken.append(message.name)
            limit -= 1
        return taken

    def pack(self) -> None:
        for message in self.sqs.take("downloads"):
            assert queues.failures(download.handler(queues.event("downloads", message), None)) == []

    def give_up(self, queue: str) -> None:
        """Every message of a queue has failed for good."""
        for message in self.sqs.take(queue):
            assert queues.failures(abandon.handler(queues.event(f"{queue}-dead", message), None)) == []

    def curate(self, *photos: bytes, **wish: Any) -> dict[str, Any]:
        """From bytes to albums; the finished job."""
        job_id = self.process(self.bring(*photos), **wish)
        self.deliver_all()
        self.work()
        return self.status(job_id)

    def status(self, job_id: str) -> dict[str, Any]:
        from darkroom import jobs

        with db.reading() as tx:
            return jobs.status_document(tx, UUID(job_id), self.person.user_id)

    def albums(self) -> list[dict[str, Any]]:
        answer = self.get("/galleries/me")
        assert answer.status == 200, answer.text
        items: list[dict[str, Any]] = answer.json()["items"]
        return items

    def images(self, **query: Any) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = self.get("/images", query=query).json()["items"]
        return items

    def other(self) -> "World":
        with db.transaction() as tx:
            return World(signed_in(tx), self.sqs, self.bucket, self.published)


@pytest.fixture
def published(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What QStash was asked to deliver."""
    calls: list[dict[str, Any]] = []

    def publish(path: str, body: dict[str, Any], **options: Any) -> None:
        calls.append({"path": path, "body": body, **options})

    monkeypatch.setattr(qstash_client, "publish", publish)
    return calls


@pytest.fixture
def sqs(monkeypatch: pytest.MonkeyPatch) -> Queues:
    return Queues().install(monkeypatch)


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Bucket:
    return Bucket().install(monkeypatch)


@pytest.fixture
def world(rolled_back_db: None, sqs: Queues, bucket: Bucket, published: list[dict[str, Any]]) -> World:
    """Everything is undone when the test ends."""
    with db.transaction() as tx:
        person = signed_in(tx)
    return World(person, sqs, bucket, published)


@pytest.fixture
def committed_world(committed_db: str, sqs: Queues, bucket: Bucket, published: list[dict[str, Any]]) -> World:
    """Real commits, and as many connections as there are threads."""
    with db.transaction() as tx:
        person = signed_in(tx)
    return World(person, sqs, bucket, published)
