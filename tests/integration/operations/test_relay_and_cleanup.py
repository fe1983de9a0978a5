"""The two periodic workers: what a crash left behind is sent, and what is over is forgotten, not more."""

import json

import pytest

from darkroom import db, ids, jobs, messages, outbox
from darkroom.db import Tx
from operations import cleanup, relay, service
from tests.factories.callers import signed_in
from tests.factories.people import person
from tests.fakes.queues import Queues


@pytest.fixture
def queues(monkeypatch: pytest.MonkeyPatch) -> Queues:
    return Queues().install(monkeypatch)


def test_the_relay_sends_what_was_left_and_says_how_much_waits(
    committed_db: str, queues: Queues, capsys: pytest.CaptureFixture[str]
) -> None:
    queues.is_down = True
    message = messages.new("mail.send", {"email_id": ids.new_id()})
    with db.transaction() as tx:
        outbox.send(tx, "mail", message)
        tx.execute("UPDATE outbox SET created_at = now() - interval '1 hour', leased_until = now()")
    assert relay.handler({}, None) == {"sent": 0, "woken": 0}
    metrics = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["OutboxWaiting"] for line in metrics if "OutboxWaiting" in line] == [1]
    assert next(line["OutboxOldestSeconds"] for line in metrics if "OutboxOldestSeconds" in line) >= 3600
    queues.is_down = False
    with db.transaction() as tx:
        tx.execute("UPDATE outbox SET leased_until = now()")
    assert relay.handler({}, None) == {"sent": 1, "woken": 0}
    assert queues.take("mail") == [message]


def rows(tx: Tx, table: str) -> int:
    count: int = tx.value(f"SELECT count(*) FROM {table}")  # type: ignore[arg-type, unused-ignore]
    return count


def test_what_is_over_is_forgotten_and_what_counts_is_kept(committed_db: str, queues: Queues) -> None:
    with db.transaction() as tx:
        ada, over = signed_in(tx), signed_in(tx)
        bob = person(tx)
        tx.execute("UPDATE sessions SET expires_at = now() - interval '1 minute' WHERE id = %s", (over.session_id,))
        for session_id, token in ((ada.session_id, b"1"), (over.session_id, b"2")):
            tx.execute("INSERT INTO refresh_tokens (token_hash, session_id) VALUES (%s, %s)", (token, session_id))
        for token, age in ((b"1", "0 days"), (b"2", "2 days")):
            tx.execute(
                """INSERT INTO one_time_tokens (token_hash, purpose, user_id, expires_at)
                   VALUES (%s, 'reset', %s, now() - %s::interval)""",
                (token, bob, age),
            )
        for token, expires_at, revoked_at in (
            (b"1", None, None),
            (b"2", "1 hour", None),
            (b"3", "40 days", None),
            (b"4", None, "40 days"),
        ):
            tx.execute(
                """INSERT INTO opaque_tokens (token_hash, kind, subject_id, expires_at, revoked_at)
                   VALUES (%s, 'device', gen_random_uuid(), now() - %s::interval, now() - %s::interval)""",
                (token, expires_at, revoked_at),
            )
        for key, age in (("new", "23 hours"), ("old", "25 hours")):
            tx.execute(
                """INSERT INTO idempotency_keys (caller, key, request_hash, created_at, lease_until)
                   VALUES ('user', %s, '', now() - %s::interval, now() - interval '1 hour')""",
                (key, age),
            )
        for age in ("29 days", "31 days"):
            tx.execute(
                """INSERT INTO processed_messages (consumer, message_id, processed_at)
                   VALUES ('mail', gen_random_uuid(), now() - %s::interval)""",
                (age,),
            )
        job = jobs.create(tx, bob, "export")
        jobs.start(tx, job.id)
        tx.execute("UPDATE jobs SET leased_until = now() - interval '1 second'")
    removed = cleanup.handler({}, None)
    assert removed == {
        "sessions": 1,
        "one_time_tokens": 1,
        "opaque_tokens": 2,
        "idempotency_keys": 1,
        "processed_messages": 1,
        "jobs": 1,
        "throttles": 0,
        "realtime": removed["realtime"],
    }
    with db.reading() as tx:
        left = {table: rows(tx, table) for table in ("sessions", "refresh_tokens", "opaque_tokens", "idempotency_keys")}
        assert left == {"sessions": 1, "refresh_tokens": 1, "opaque_tokens": 2, "idempotency_keys": 1}
        assert jobs.get(tx, job.id, bob).status == "failed"
    assert set(cleanup.handler({}, None).values()) == {0}


def test_a_sweep_goes_on_in_small_transactions_until_nothing_is_left(
    committed_db: str, queues: Queues, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "BATCH", 10)
    with db.transaction() as tx:
        tx.execute(
            """INSERT INTO processed_messages (consumer, message_id, processed_at)
               SELECT 'mail', gen_random_uuid(), now() - interval '40 days' FROM generate_series(1, 25)"""
        )
    assert cleanup.handler({}, None)["processed_messages"] == 25


def test_a_sweep_that_fails_stops_no_other_and_is_seen(
    committed_db: str, queues: Queues, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran = []

    def broken(_: Tx) -> int:
        raise ValueError("broken")

    def works(_: Tx) -> int:
        ran.append(1)
        return 0

    monkeypatch.setattr(service, "SWEEPS", {"broken": broken, "works": works})
    with pytest.raises(RuntimeError, match="broken"):
        cleanup.handler({}, None)
    assert ran == [1]


def test_cleanup_stops_in_time(committed_db: str, queues: Queues, monkeypatch: pytest.MonkeyPatch) -> None:
    class Context:
        aws_request_id = "request-1"

        def get_remaining_time_in_millis(self) -> int:
            return 1_000

    monkeypatch.setattr(service, "SWEEPS", {"endless": lambda _: 1})
    assert cleanup.handler({}, Context()) == {"endless": 0}
