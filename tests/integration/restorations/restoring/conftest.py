"""Paid orders with real photos in storage, Replicate behind its own SDK, and faces that say what a test wants."""

import io
import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, NamedTuple
from urllib.parse import urlsplit
from uuid import UUID

import numpy as np
import pytest
from PIL import Image, ImageFilter

from darkroom import clock, db, faces, ids, images, secrets
from darkroom.faces import Comparison
from darkroom.messages import Message
from darkroom.settings import settings
from restorations import keys, replicate_client, replicate_webhook
from restorations.queries import orders
from restorations.queries.orders import Order
from restorations.queries.photos import Photo
from restorations.service import downloads, fulfilment, refunds
from tests.api import Answer, Api
from tests.conftest import SECRETS, FrozenTime
from tests.factories import photos as factory
from tests.fakes import queues
from tests.fakes.bucket import Bucket
from tests.fakes.queues import Queues
from tests.fakes.replicate import SECRET, TOKEN, Replicate
from tests.integration.restorations.conftest import EMAIL, PRICE, WORKERS, World


def old_photo(width: int = 320, height: int = 240) -> Image.Image:
    """Faded, with structure and noise in it."""
    luck = np.random.default_rng(7)
    picture = np.asarray(factory.scene(width, height).filter(ImageFilter.GaussianBlur(1)), np.float32)
    tiles = luck.integers(0, 90, (height // 20 + 1, width // 20 + 1, 1)).repeat(20, 0).repeat(20, 1)[:height, :width]
    aged = 60 + 0.5 * (picture * 0.6 + tiles) + luck.normal(0, 4, picture.shape)
    return Image.fromarray(aged.clip(0, 255).astype(np.uint8))


def restored(picture: Image.Image) -> Image.Image:
    """What a good model makes of it."""
    return picture.filter(ImageFilter.MedianFilter(3)).point(lambda value: int(max(0, min(255, value * 1.3 - 27))))


def worse_photo() -> bytes:
    return factory.encoded(old_photo().filter(ImageFilter.GaussianBlur(9)), "PNG")


class Paid(NamedTuple):
    """An order that was paid for, and who has it."""

    id: UUID
    user_id: UUID | None
    session_id: UUID


class Restoring(World):
    """An order's way from paid to over."""

    def __init__(self, sqs: Queues, bucket: Bucket, replicate: Replicate, time: FrozenTime) -> None:
        super().__init__(sqs, bucket)
        self.replicate = replicate
        self.time = time
        self.webhooks = Api(replicate_webhook.handler)
        self.given_back: list[tuple[UUID, str]] = []
        self.settled: list[tuple[UUID, int]] = []
        self.same: list[bool | None] = [None]
        self.compared = 0

    def paid(self, count: int = 1, *, owner: UUID | None = None, content: bytes = b"", **changes: Any) -> Paid:
        """An order of so many photos, its work begun; the photos lie where they were brought."""
        content = content or factory.encoded(old_photo(), "JPEG", quality=92)
        found = images.inspect(content)
        with db.transaction() as tx:
            session_id, order_id, now = ids.new_id(), ids.new_id(), clock.now()
            tx.execute(
                "INSERT INTO upload_sessions (id, created_at, expires_at) VALUES (%s, %s, %s)",
                (session_id, now, now + timedelta(hours=24)),
            )
            order = {
                "id": order_id, "session_id": session_id, "user_id": owner, "email": EMAIL, "status": "processing",
                "payment_status": "paid", "pay_with": "card", "price_cents": PRICE, "total_cents": PRICE * count,
                "paid_cents": PRICE * count, "paid_at": now, "fidelity": 0.7, "colorize": False, "upscale": 1,
                **changes,
            }  # fmt: skip
            names = ", ".join(order)
            tx.execute(f"INSERT INTO orders ({names}) VALUES ({', '.join(f'%({name})s' for name in order)})", order)
            for position in range(1, count + 1):
                temp_key = keys.temp(session_id, ids.new_id(), found.content_type)
                self.bucket.objects[temp_key] = content
                tx.execute(
                    """INSERT INTO order_images (id, order_id, position, filename, temp_key, content_type, size_bytes,
                                                 width, height, sha256, crc32)
                       VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)""",
                    (ids.new_id(), order_id, position, f"grandma {position}.jpg", temp_key, found.content_type,
                     found.size_bytes, found.width, found.height, found.sha256, found.crc32),
                )  # fmt: skip
            held = orders.hold(tx, order_id)
            assert held is not None
            fulfilment.begin(tx, held)
        return Paid(order_id, owner, session_id)

    def run(self, rounds: int = 40) -> list[str]:
        """Every worker takes what waits for it until nothing does; the names of the messages."""
        taken: list[str] = []
        for _ in range(rounds):
            some = [name for queue in ("orders", "judgements", "restorations") for name in self.step(queue)]
            if not some:
                return taken
            taken += some
        raise AssertionError("it never comes to rest")

    def step(self, queue: str, **options: Any) -> list[str]:
        """What waits on a queue, once and when its time has come; the names of the messages."""
        self.time.advance(self.sqs.delays[-1] if self.sqs.delays else 0)
        taken = self.sqs.take(queue)
        for message in taken:
            assert queues.failures(WORKERS[queue](queues.event(queue, message, **options), None)) == []
        return [message.name.rpartition(".")[2] for message in taken]

    def fails(self, queue: str) -> list[Message]:
        """What waits on a queue comes back; it waits there again."""
        taken = self.sqs.take(queue)
        for message in taken:
            assert len(queues.failures(WORKERS[queue](queues.event(queue, message), None))) == 1
        self.sqs.sent.setdefault(queue, []).extend(taken)
        return taken

    def submitted(self, count: int = 1, **options: Any) -> Paid:
        """An order whose photos are with the provider, and not looked at yet."""
        order = self.paid(count, **options)
        assert self.step("orders") == ["fulfil_order"]
        assert self.step("judgements") == ["prepare"] * count
        assert self.step("restorations") == ["submit"] * count
        return order

    def told(self, job_id: UUID | str, prediction: dict[str, Any], query: Any = None, **options: Any) -> Answer:
        options.setdefault("at", clock.now().timestamp())
        body, headers = self.replicate.webhook(prediction, **options)
        return self.webhooks.call("POST", f"/webhooks/replicate/{job_id}", content=body, headers=headers, query=query)

    def shown(self, prediction: dict[str, Any]) -> Image.Image:
        """The photo that a prediction was given."""
        key = urlsplit(prediction["input"]["image"]).path.partition("/uploads/")[2]
        return Image.open(io.BytesIO(self.bucket.objects[f"uploads/{key}"])).convert("RGB")

    def photos(self, order: Paid) -> list[dict[str, Any]]:
        return sorted(self.rows("order_images", order.id), key=lambda row: row["position"])

    def photo(self, order: Paid) -> dict[str, Any]:
        return self.photos(order)[0]

    def job(self, order: Paid) -> dict[str, Any]:
        return self.rows("restoration_jobs", order.id)[0]

    def status(self, order: Paid) -> str:
        return str(self.row("orders", order.id)["status"])


@pytest.fixture
def replicate() -> Iterator[Replicate]:
    with Replicate() as server:
        yield server
        replicate_client.forget()


def _installed(
    sqs: Queues, bucket: Bucket, replicate: Replicate, time: FrozenTime, environment: pytest.MonkeyPatch
) -> Restoring:
    environment.setenv("REPLICATE_URL", replicate.url)
    environment.setenv("REPLICATE_MODEL", "microsoft/bringing-old-photos-back-to-life:c75db81d")
    environment.setenv("REPLICATE_INPUT", '{"image": "$image", "fidelity": "$fidelity", "with_scratch": true}')
    keyed = {**SECRETS, "replicate_api_token": TOKEN, "replicate_webhook_secret": SECRET}
    environment.setenv("SECRETS_JSON", json.dumps(keyed))
    settings.cache_clear()
    secrets.forget()
    found = Restoring(sqs, bucket, replicate, time)
    replicate.restored = lambda prediction: factory.encoded(restored(found.shown(prediction)), "PNG")
    _with_money(found, environment)
    environment.setattr(faces, "faces", lambda: _Faces(found))
    return found


def _with_money(world: Restoring, environment: pytest.MonkeyPatch) -> None:
    """Money that goes back and downloads are others' business: that they are told is what is seen here."""

    def give_back(tx: db.Tx, order: Order, photo: Photo, reason: str) -> None:
        tx.after_commit(lambda: world.given_back.append((photo.id, reason)))

    def settle(tx: db.Tx, order: Order, restored: int) -> None:
        tx.after_commit(lambda: world.settled.append((order.id, restored)))

    def issue(tx: db.Tx, order_id: UUID) -> downloads.Link:
        address = f"{settings().web_origin}/api/v1/download/token"
        return downloads.Link("token", address, clock.now() + timedelta(days=7), 10)

    environment.setattr(refunds, "give_back_photo", give_back)
    environment.setattr(refunds, "settle_credits", settle)
    environment.setattr(downloads, "issue", issue)


class _Faces:
    """Says `same` in turn, the last one again."""

    def __init__(self, world: Restoring) -> None:
        self._world = world

    def compare(self, one: bytes, other: bytes) -> Comparison:
        said = self._world.same[min(self._world.compared, len(self._world.same) - 1)]
        self._world.compared += 1
        likeness = None if said is None else 0.9 if said else 0.1
        return Comparison(likeness, said, (0 if said is None else 1, 1))


@pytest.fixture
def restoring(
    rolled_back_db: None,
    sqs: Queues,
    bucket: Bucket,
    replicate: Replicate,
    frozen_time: FrozenTime,
    environment: pytest.MonkeyPatch,
) -> Restoring:
    return _installed(sqs, bucket, replicate, frozen_time, environment)


@pytest.fixture
def committed_restoring(
    committed_db: str,
    sqs: Queues,
    bucket: Bucket,
    replicate: Replicate,
    frozen_time: FrozenTime,
    environment: pytest.MonkeyPatch,
) -> Restoring:
    return _installed(sqs, bucket, replicate, frozen_time, environment)
