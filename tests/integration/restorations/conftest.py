"""A stranger with old photos, and every Lambda of restorations around them: handlers called with the events that AWS
sends. Stripe's and Replicate's own answers come from elsewhere (fixtures beside the tests that need them)."""

from datetime import timedelta
from typing import Any, NamedTuple
from uuid import UUID

import pytest

from darkroom import auth, clock, db, ids, ledger, mail
from darkroom.db import Tx
from restorations import (
    api,
    archive,
    checkout,
    cleanup,
    download,
    fulfil,
    judge,
    keys,
    pay,
    restore,
    stripe_webhook,
    validate,
    watch,
)
from tests.api import Answer, Api
from tests.factories.callers import SignedIn, signed_in
from tests.fakes import queues
from tests.fakes.bucket import Bucket
from tests.fakes.queues import Queues

WORKERS = {
    "validations": validate.handler,
    "orders": fulfil.handler,
    "restorations": restore.handler,
    "judgements": judge.handler,
    "archives": archive.handler,
    "payments": pay.handler,
}
EMAIL = "ada@example.com"
PRICE = 900


class Session(NamedTuple):
    """An upload session, as whoever opened it holds it."""

    id: UUID
    token: str


class World:
    """Restorations seen from outside, and what is behind."""

    def __init__(self, sqs: Queues, bucket: Bucket) -> None:
        self.sqs = sqs
        self.bucket = bucket
        self.api = Api(api.handler)
        self.checkouts = Api(checkout.handler)
        self.downloads = Api(download.handler)
        self.stripe_webhooks = Api(stripe_webhook.handler)

    # --- what there is ---------------------------------------------------------------------------------------------

    def session(self, *statuses: str, ends_in: timedelta = timedelta(hours=24)) -> Session:
        """A session whose files stand so (two valid ones unless told); its objects are not in storage."""
        with db.transaction() as tx:
            return upload_session(tx, *(statuses or ("valid", "valid")), ends_in=ends_in)

    def person(self, credits_cents: int = 0, role: str = "user") -> SignedIn:
        """Somebody with an account, and what they have earned."""
        with db.transaction() as tx:
            found = signed_in(tx, role=role)
            if credits_cents:
                ledger.post(tx, found.user_id, "capture", credits_cents, str(ids.new_id()))
        return found

    def admin(self) -> SignedIn:
        return self.person(role="admin")

    # --- what is done ----------------------------------------------------------------------------------------------

    def check_out(self, session: Session, token: str | None = None, **changes: Any) -> Answer:
        wanted = {"session_id": str(session.id), "session_token": session.token, "email": EMAIL, **changes}
        return self.checkouts.post("/checkout", wanted, token=token)

    def order(self, order_id: UUID | str, token: str) -> dict[str, Any]:
        answer = self.api.get(f"/orders/{order_id}", token=token)
        assert answer.status == 200, answer.text
        shown: dict[str, Any] = answer.json()
        return shown

    def work(self, queue: str) -> list[str]:
        """The worker of a queue takes what waits there, and what it adds; the names of the messages."""
        taken = []
        while messages := self.sqs.take(queue):
            for message in messages:
                assert queues.failures(WORKERS[queue](queues.event(queue, message), None)) == []
                taken.append(message.name)
        return taken

    def sweep(self, which: str = "watch") -> dict[str, int]:
        done: dict[str, int] = (watch if which == "watch" else cleanup).handler({}, None)
        return done

    # --- what happened ---------------------------------------------------------------------------------------------

    def row(self, table: str, row_id: UUID | str) -> dict[str, Any]:
        with db.reading() as tx:
            found = tx.one(f"SELECT * FROM {table} WHERE id = %s", (row_id,))
        assert found is not None
        return found

    def rows(self, table: str, order_id: UUID | str) -> list[dict[str, Any]]:
        """What belongs to an order, oldest first."""
        with db.reading() as tx:
            return tx.all(f"SELECT * FROM {table} WHERE order_id = %s ORDER BY id", (order_id,))

    def value(self, statement: Any, *params: Any) -> Any:
        with db.reading() as tx:
            return tx.value(statement, params)

    def execute(self, statement: Any, *params: Any) -> None:
        with db.transaction() as tx:
            tx.execute(statement, params)

    def mails(self, template: str, to: str = EMAIL) -> list[dict[str, Any]]:
        """What an address's mails of a kind were given, oldest first."""
        with db.reading() as tx:
            rows = tx.all(
                "SELECT id, data FROM emails WHERE template = %s AND to_address = %s ORDER BY id", (template, to)
            )
        return [mail.open_data(row["id"], row["data"]) for row in rows]

    def pushed(self, topic: str, kind: str | None = None) -> list[dict[str, Any]]:
        """What a topic was told, oldest first."""
        with db.reading() as tx:
            rows = tx.all("SELECT type, data FROM realtime_messages WHERE topic = %s ORDER BY sequence", (topic,))
        return [row["data"] for row in rows if kind in {None, row["type"]}]

    def entries(self, user_id: UUID) -> list[tuple[str, int]]:
        """(kind, cents) of a person's ledger, oldest first."""
        with db.reading() as tx:
            return [(entry.kind, entry.amount_cents) for entry in reversed(ledger.page(tx, user_id, 200))]

    def credits(self, user_id: UUID) -> int:
        with db.reading() as tx:
            return ledger.balances(tx, user_id).available_credits_cents


def upload_session(tx: Tx, *statuses: str, ends_in: timedelta = timedelta(hours=24)) -> Session:
    """A session and its files, as validation left them."""
    session_id, now = ids.new_id(), clock.now()
    tx.execute(
        "INSERT INTO upload_sessions (id, created_at, expires_at) VALUES (%s, %s, %s)",
        (session_id, now + ends_in - timedelta(hours=24), now + ends_in),
    )
    for position, status in enumerate(statuses, 1):
        upload_file(tx, session_id, position, status)
    return Session(session_id, auth.issue_opaque(tx, "upload", session_id))


def upload_file(tx: Tx, session_id: UUID, position: int, status: str = "valid") -> UUID:
    upload_id, is_valid = ids.new_id(), status == "valid"
    tx.execute(
        """INSERT INTO upload_files (id, session_id, position, filename, announced_type, announced_bytes, storage_key,
                                     status, reason, content_type, size_bytes, width, height, sha256, crc32,
                                     preview_key, checked_at)
           VALUES (%(id)s, %(session_id)s, %(position)s, %(filename)s, 'image/jpeg', 1000, %(key)s, %(status)s,
                   %(reason)s, %(type)s, %(bytes)s, %(width)s, %(height)s, %(sha)s, %(crc)s, %(preview)s, now())""",
        {
            "id": upload_id,
            "session_id": session_id,
            "position": position,
            "filename": f"grandma {position}.jpg",
            "key": keys.temp(session_id, upload_id, "image/jpeg"),
            "status": status,
            "reason": "This is no photo." if status == "invalid" else None,
            "type": "image/jpeg" if is_valid else None,
            "bytes": 1000 if is_valid else None,
            "width": 640 if is_valid else None,
            "height": 480 if is_valid else None,
            "sha": upload_id.bytes * 2 if is_valid else None,
            "crc": 7 if is_valid else None,
            "preview": keys.preview(session_id, upload_id) if is_valid else None,
        },
    )
    return upload_id


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
