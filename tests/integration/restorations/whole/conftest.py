"""The whole way of an order, from its checkout to a ZIP in somebody's hands: every Lambda, Stripe and
Replicate behind their own SDKs, a carrier of mail. Whatever happens outside waits here until a test lets it happen."""

import io
import json
import zipfile
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple
from urllib.parse import urlsplit
from uuid import UUID

import pytest

from darkroom import clock, db, faces, images, messages, outbox, secrets
from darkroom.faces import Comparison
from darkroom.settings import settings
from notifications import mail as mail_worker
from notifications import providers
from notifications.mime import Envelope
from restorations import replicate_client, replicate_webhook
from tests.api import Api
from tests.conftest import SECRETS
from tests.factories import photos as factory
from tests.fakes import queues
from tests.fakes.bucket import Bucket
from tests.fakes.queues import Queues
from tests.fakes.replicate import SECRET, TOKEN, Replicate
from tests.fakes.stripe_shop import StripeShop
from tests.integration.restorations.conftest import WORKERS, Session
from tests.integration.restorations.money.conftest import Till, shop, stripe
from tests.integration.restorations.restoring.conftest import old_photo, restored

__all__ = ["shop", "stripe"]

_PUSHES = frozenset({"push"})  # nobody listens


class Due(NamedTuple):
    """Something that is to happen, and may happen again."""

    name: str
    happen: Callable[[], None]


class Failed(Exception):
    """A worker gave a message back."""


class Whole(Till):
    """Everything, and what is under way between the parts of it."""

    def __init__(self, sqs: Queues, bucket: Bucket, stripe: StripeShop, replicate: Replicate) -> None:
        super().__init__(sqs, bucket, stripe)
        self.replicate = replicate
        self.webhooks = Api(replicate_webhook.handler)
        self.workers = {**WORKERS, "mail": mail_worker.handler}
        self.carried: list[Envelope] = []
        self.spoiled: set[str] = set()  # photos (IMG_002) of which nothing comes
        self._told: set[str] = set()
        self.after_carried: Callable[[], object] = lambda: None

    # --- what people do --------------------------------------------------------------------------------------------

    def brought(self, *contents: bytes) -> Session:
        """A session whose photos lie in storage and were looked into; the same picture is another file each time."""
        session = self.session(*["valid"] * len(contents))
        contents = tuple(content + bytes(number) for number, content in enumerate(contents))
        with db.transaction() as tx:
            files = tx.all(
                "SELECT id, storage_key FROM upload_files WHERE session_id = %s ORDER BY position", (session.id,)
            )
            for file, content in zip(files, contents, strict=True):
                self.bucket.objects[file["storage_key"]] = content
                found = images.inspect(content)
                tx.execute(
                    """UPDATE upload_files SET size_bytes = %s, width = %s, height = %s, sha256 = %s, crc32 = %s
                        WHERE id = %s""",
                    (found.size_bytes, found.width, found.height, found.sha256, found.crc32, file["id"]),
                )
        return session

    # --- what is due -----------------------------------------------------------------------------------------------

    def due(self) -> list[Due]:
        """What waits on queues, and what the providers tell of now; each is told of here once."""
        found = []
        for queue in list(self.sqs.sent):
            taken = self.sqs.take(queue)
            if queue not in _PUSHES:
                found += [Due(message.name, self._work(queue, message)) for message in taken]
        found += [Due(event["type"], self._hearing(event)) for event in self.stripe.events()]
        found += [Due("prediction", self._telling(one)) for one in self.replicate.created if self._is_told(one)]
        return found

    def _work(self, queue: str, message: messages.Message) -> Callable[[], None]:
        def happen() -> None:
            if queues.failures(self.workers[queue](queues.event(queue, message), None)):
                raise Failed(message.name)

        return happen

    def _hearing(self, event: dict[str, Any]) -> Callable[[], None]:
        def happen() -> None:
            answer = self.hear(event)
            assert answer.status == 200, answer.text

        return happen

    def _telling(self, prediction: dict[str, Any]) -> Callable[[], None]:
        def happen() -> None:
            body, headers = self.replicate.webhook(prediction, at=clock.now().timestamp())
            hook = urlsplit(prediction["webhook"])
            path = hook.path.removeprefix("/api/v1")
            answer = self.webhooks.call("POST", path, content=body, headers=headers, query=hook.query)
            assert answer.status == 200, answer.text

        return happen

    def _is_told(self, prediction: dict[str, Any]) -> bool:
        """Once each; and of every second one the webhook is lost."""
        is_new = prediction["id"] not in self._told
        self._told.add(prediction["id"])
        return is_new and len(self._told) % 2 == 0

    def later(self) -> None:
        """An hour passes for whoever held something, and the clocks strike: relay, watch."""
        for table in ("restoration_jobs", "order_archives", "refunds", "emails", "outbox"):
            self.execute(f"UPDATE {table} SET leased_until = leased_until - interval '1 hour'")
        self.execute("UPDATE order_archives SET created_at = created_at - interval '1 hour'")
        self.execute("UPDATE refunds SET touched_at = touched_at - interval '1 hour'")
        self.execute("UPDATE upload_files SET asked_at = asked_at - interval '1 hour'")
        outbox.relay()
        self.sweep("watch")

    def forget(self) -> None:
        """Another story begins, in which nothing of the last one is left."""
        self.execute(
            """TRUNCATE orders, upload_sessions, customers, stripe_events, emails, outbox, processed_messages CASCADE"""
        )
        self.sqs.sent.clear()
        self.bucket.objects.clear()
        self.bucket.uploads.clear()
        self.carried.clear()
        self.replicate.predictions.clear()
        self.stripe.events()
        self._told.clear()

    # --- how it stands ---------------------------------------------------------------------------------------------

    def sent(self, order_id: UUID) -> dict[str, int]:
        """How many mails of each kind an order's people were written."""
        with db.reading() as tx:
            rows = tx.all(
                """SELECT template, count(*) AS number, bool_and(status = 'sent') AS is_sent FROM emails
                    WHERE dedupe_key LIKE '%%' || %s || '%%' GROUP BY template""",
                (str(order_id),),
            )
        assert all(row["is_sent"] for row in rows), rows
        return {row["template"]: row["number"] for row in rows}

    def unsettled(self, order_id: UUID) -> int:
        """What of an order that is over is still to be done: money, mails, its ZIP."""
        return int(
            self.value(
                """SELECT (SELECT count(*) FROM refunds WHERE order_id = o.id AND status IN ('wanted', 'pending'))
                        + (SELECT count(*) FROM emails WHERE status <> 'sent')
                        + (SELECT count(*) FROM order_archives a
                            WHERE a.order_id = o.id AND status IN ('pending', 'building'))
                        + (SELECT count(*) FROM outbox WHERE destination <> 'push')
                     FROM orders o WHERE o.id = %s""",
                order_id,
            )
        )

    def till_says(self) -> tuple[int, int]:
        """What Stripe has of the last order: what was paid, and what went back."""
        payment = self.stripe.payments()[0]
        charge = self.stripe.get(f"charges?payment_intent={payment['payment_intent']}")["data"][0]
        return charge["amount_captured"], charge["amount_refunded"]

    def zipped(self, order_id: UUID) -> list[str]:
        """The names in the order's only ZIP, each of which is whole."""
        (archive,) = self.rows("order_archives", order_id)
        assert archive["status"] == "ready"
        with zipfile.ZipFile(io.BytesIO(self.bucket.objects[archive["storage_key"]])) as opened:
            assert opened.testzip() is None
            return opened.namelist()


class _Carrier:
    def __init__(self, whole: Whole) -> None:
        self._whole = whole

    def send(self, mail: Envelope) -> str:
        self._whole.carried.append(mail)
        self._whole.after_carried()
        return f"carried-{len(self._whole.carried)}"


class _Faces:
    def compare(self, one: bytes, other: bytes) -> Comparison:
        return Comparison(None, None, (0, 0))


@pytest.fixture
def replicate() -> Iterator[Replicate]:
    with Replicate() as server:
        yield server
        replicate_client.forget()


@pytest.fixture
def whole(
    committed_db: str,
    sqs: Queues,
    bucket: Bucket,
    stripe: StripeShop,
    replicate: Replicate,
    environment: pytest.MonkeyPatch,
) -> Whole:
    """Real commits: a process that is killed leaves what it had committed."""
    keyed = {**SECRETS, "replicate_api_token": TOKEN, "replicate_webhook_secret": SECRET}
    for name, value in {
        "REPLICATE_URL": replicate.url,
        "REPLICATE_MODEL": "darkroom/restorer",
        "REPLICATE_INPUT": '{"image": "$image", "fidelity": "$fidelity"}',
        "RESTORATION_RETRIES": "1",
        "CHECKOUTS_PER_ADDRESS_HOUR": "0",
        "ORDER_DOWNLOADS_PER_CALLER_HOUR": "0",
        "SECRETS_JSON": json.dumps(keyed),
    }.items():
        environment.setenv(name, value)
    settings.cache_clear()
    secrets.forget()
    found = Whole(sqs, bucket, stripe, replicate)
    environment.setattr(faces, "faces", _Faces)
    environment.setattr(providers, "carrier", lambda: _Carrier(found))

    def result(prediction: dict[str, Any]) -> bytes:
        shown = urlsplit(prediction["input"]["image"]).path
        return b"no photo at all" if any(name in shown for name in found.spoiled) else RESTORED

    replicate.restored = result
    return found


OLD = factory.encoded(old_photo(), "JPEG", quality=92)
RESTORED = factory.encoded(restored(old_photo()), "PNG")
