"""Nothing that was promised is lost: not by a rollback, a queue that is down, nor a process that is killed."""

import json
import os
import signal
import subprocess
import sys
from typing import Any

import psycopg
import pytest

from darkroom import db, ids, messages, outbox, qstash_client
from darkroom.db import Tx
from darkroom.messages import Message
from tests.fakes.queues import Queues


@pytest.fixture
def queues(monkeypatch: pytest.MonkeyPatch) -> Queues:
    return Queues().install(monkeypatch)


def mail() -> Message:
    return messages.new("mail.send", {"email_id": ids.new_id()})


def waiting() -> list[dict[str, Any]]:
    with db.reading() as tx:
        return tx.all("SELECT id, attempts, delay_seconds, leased_until FROM outbox ORDER BY id")


def expire_leases() -> None:
    with db.transaction() as tx:
        tx.execute("UPDATE outbox SET leased_until = now() - interval '1 second'")


def ids_of(several: list[Message]) -> list[str]:
    return [str(message.id) for message in several]


def test_a_message_is_sent_right_after_the_commit_and_not_before(committed_db: str, queues: Queues) -> None:
    with db.transaction() as tx:
        message = mail()
        outbox.send(tx, "mail", message)
        assert queues.sent == {}
        with psycopg.connect(committed_db) as other:
            assert other.execute("SELECT count(*) FROM outbox").fetchone() == (0,)
    assert queues.take("mail") == [message]
    assert waiting() == []


def test_what_is_rolled_back_was_never_said(committed_db: str, queues: Queues) -> None:
    with pytest.raises(RuntimeError, match="no"), db.transaction() as tx:
        outbox.send(tx, "mail", mail())
        raise RuntimeError("no")
    assert (queues.sent, waiting()) == ({}, [])


def test_what_a_savepoint_took_back_is_not_sent(committed_db: str, queues: Queues) -> None:
    kept = mail()
    with db.transaction() as tx:
        with pytest.raises(RuntimeError), tx.savepoint():
            outbox.send(tx, "mail", mail())
            raise RuntimeError
        outbox.send(tx, "mail", kept)
    assert queues.take("mail") == [kept]


def test_what_a_trigger_wrote_is_sent_with_the_rest_where_it_is_adopted(committed_db: str, queues: Queues) -> None:
    by_trigger, ours = mail(), mail()
    with db.transaction() as tx:
        tx.execute(
            "INSERT INTO outbox (id, channel, destination, body) VALUES (%s, 'queue', 'mail', %s)",
            (by_trigger.id, json.dumps(messages.to_document(by_trigger))),
        )
        outbox.send(tx, "mail", ours)
        outbox.adopt(tx)
    assert sorted(ids_of(queues.take("mail"))) == sorted(ids_of([by_trigger, ours]))
    assert waiting() == []


def test_each_part_of_a_reserve_call_settle_sends_its_own(committed_db: str, queues: Queues) -> None:
    first, second = mail(), mail()
    with db.transaction() as tx:
        outbox.send(tx, "mail", first)
        tx.commit()
        assert queues.take("mail") == [first]
        outbox.send(tx, "mail", second)
    assert queues.take("mail") == [second]


def test_messages_travel_in_tens_and_in_order(committed_db: str, queues: Queues) -> None:
    many = [mail() for _ in range(25)]
    with db.transaction() as tx:
        outbox.send_many(tx, "mail", many[:20])
        for message in many[20:]:
            outbox.send(tx, "mail", message)
    assert [entries for _, entries in queues.calls] == [10, 10, 5]
    assert queues.take("mail") == many


def test_large_messages_travel_in_smaller_batches(committed_db: str, queues: Queues) -> None:
    many = [messages.new("photos.import", {"keys": ["k" * 1_000] * 90}) for _ in range(5)]
    with db.transaction() as tx:
        outbox.send_many(tx, "mail", many)
    assert [entries for _, entries in queues.calls] == [2, 2, 1]


def test_a_queue_that_is_down_holds_nobody_up_and_gets_it_later(committed_db: str, queues: Queues) -> None:
    queues.is_down = True
    message = mail()
    with db.transaction() as tx:
        outbox.send(tx, "mail", message)
    (row,) = waiting()
    assert row["attempts"] == 0
    queues.is_down = False
    assert outbox.relay() == 1  # at once: the request has given up its lease
    assert queues.take("mail") == [message]
    assert waiting() == []


def test_while_a_request_still_sends_no_relay_does(
    committed_db: str, queues: Queues, monkeypatch: pytest.MonkeyPatch
) -> None:
    send, relayed = outbox._send, []

    def look_and_send(rows: Any) -> Any:
        with monkeypatch.context() as undone:
            undone.setattr(outbox, "_send", send)
            relayed.append(outbox.relay())
        return send(rows)

    monkeypatch.setattr(outbox, "_send", look_and_send)
    with db.transaction() as tx:
        outbox.send(tx, "mail", mail())
    assert relayed == [0]
    assert len(queues.take("mail")) == 1


def test_a_request_that_fails_late_takes_no_lease_from_the_relay(
    committed_db: str, queues: Queues, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its own lease ran out while it waited for an answer, and the relay has taken the row meanwhile."""

    def hang_and_fail(rows: Any) -> set[Any]:
        expire_leases()
        with db.transaction() as tx:
            assert len(outbox._claim(tx, 10)) == 1
        return set()

    monkeypatch.setattr(outbox, "_send", hang_and_fail)
    with db.transaction() as tx:
        outbox.send(tx, "mail", mail())
    with db.transaction() as tx:
        assert outbox._claim(tx, 10) == []


def test_each_failure_makes_the_next_try_later(committed_db: str, queues: Queues) -> None:
    queues.is_down = True
    with db.transaction() as tx:
        outbox.send(tx, "mail", mail())
    pauses = []
    for _ in range(9):
        expire_leases()
        outbox.relay()
        with db.reading() as tx:
            pauses.append(
                round(tx.value("SELECT extract(epoch FROM leased_until - clock_timestamp()) / 60 FROM outbox"))
            )
    assert pauses == [1, 2, 4, 8, 16, 32, 60, 60, 60]
    assert waiting()[0]["attempts"] == 9


def test_of_a_batch_that_is_taken_in_part_the_rest_stays(committed_db: str, queues: Queues) -> None:
    many = [mail() for _ in range(12)]
    queues.refused = {str(many[3].id), str(many[11].id)}
    with db.transaction() as tx:
        outbox.send_many(tx, "mail", many)
    assert {str(row["id"]) for row in waiting()} == queues.refused
    queues.take("mail")
    queues.refused = set()
    expire_leases()
    assert outbox.relay() == 2
    assert queues.take("mail") == [many[3], many[11]]


def test_a_queue_that_is_not_known_does_not_hold_up_the_others(committed_db: str, queues: Queues) -> None:
    queues.unknown = "nowhere"
    message = mail()
    with db.transaction() as tx:
        outbox.send(tx, "nowhere", mail())
        outbox.send(tx, "mail", message)
    assert queues.take("mail") == [message]
    assert len(waiting()) == 1


def test_a_delay_counts_from_the_commit(committed_db: str, queues: Queues) -> None:
    queues.is_down = True
    with db.transaction() as tx:
        outbox.send(tx, "mail", mail(), delay=600)
        outbox.send(tx, "mail", mail(), delay=60)
        tx.execute("UPDATE outbox SET created_at = created_at - interval '200 seconds'")
    queues.is_down = False
    expire_leases()
    assert outbox.relay() == 2
    assert queues.delays in ([400, 0], [399, 0])


def test_a_delay_that_no_queue_can_keep_is_refused(tx: Tx) -> None:
    with pytest.raises(ValueError, match="900"):
        outbox.send(tx, "mail", mail(), delay=901)


def test_two_relays_never_hold_the_same_row(committed_db: str, queues: Queues) -> None:
    queues.is_down = True
    with db.transaction() as tx:
        outbox.send_many(tx, "mail", [mail() for _ in range(6)])
    expire_leases()
    with psycopg.connect(committed_db) as one, psycopg.connect(committed_db) as other:
        first = outbox._claim(_On(one), 4)
        second = outbox._claim(_On(other), 4)
    assert (len(first), len(second)) == (4, 2)
    assert not {row.id for row in first} & {row.id for row in second}
    with db.transaction() as tx:
        assert outbox._claim(tx, 10) == []


class _On(Tx):
    """A unit of work on a connection that the test begins and ends."""

    def __init__(self, conn: db.Connection) -> None:
        super().__init__(writes=True)
        self._own = conn

    @property
    def conn(self) -> db.Connection:
        return self._own


_KILLED = """
import os, signal, sys
from darkroom import aws, db, ids, messages, outbox

def call(service, target, body):
    if sys.argv[1] == "after":
        print(body["Entries"][0]["MessageBody"], flush=True)
    os.kill(os.getpid(), signal.SIGKILL)

aws.call = call
with db.transaction() as tx:
    outbox.send(tx, "mail", messages.new("mail.send", {"email_id": ids.new_id()}))
"""


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_process_killed_around_its_send_has_promised_all_the_same(
    committed_db: str, queues: Queues, moment: str
) -> None:
    """Before: nobody has the message yet. After: somebody has it, and gets it again under the same id."""
    paths = os.pathsep.join(sys.path)
    killed = subprocess.run(
        [sys.executable, "-c", _KILLED, moment],
        env={**os.environ, "PYTHONPATH": paths},
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    (row,) = waiting()
    expire_leases()
    assert outbox.relay() == 1
    (message,) = queues.take("mail")
    assert message.id == row["id"]
    if moment == "after":
        assert messages.from_json(killed.stdout.decode()) == message
    assert waiting() == []


def test_an_event_goes_to_the_bus_with_its_name_as_type(committed_db: str, queues: Queues) -> None:
    event = messages.new("photo.seen", {"image_id": "x"})
    with db.transaction() as tx:
        outbox.publish(tx, event)
    (sent,) = queues.events
    assert (sent["EventBusName"], sent["Source"], sent["DetailType"]) == ("darkroom-test", "darkroom", "photo.seen")
    assert messages.from_document(json.loads(sent["Detail"])) == event
    assert waiting() == []


def test_of_events_that_are_taken_in_part_the_rest_stays(committed_db: str, queues: Queues) -> None:
    first, second = messages.new("photo.seen"), messages.new("photo.deleted")
    queues.refused = {str(second.id)}
    with db.transaction() as tx:
        outbox.publish(tx, first)
        outbox.publish(tx, second)
    assert queues.calls == [("AWSEvents.PutEvents", 2)]
    assert [row["id"] for row in waiting()] == [second.id]


def test_qstash_is_asked_once_for_a_row_however_often_it_is_sent(
    committed_db: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[Any, dict[str, Any]]] = []

    def publish(*place: Any, **options: Any) -> None:
        asked.append((place, options))
        if len(asked) == 1:
            raise TimeoutError("nobody knows whether it arrived")

    monkeypatch.setattr(qstash_client, "publish", publish)
    with db.transaction() as tx:
        outbox.qstash(tx, "/api/v1/jobs/process", {"job_id": "1"}, failure_path="/api/v1/jobs/failed")
    expire_leases()
    assert outbox.relay() == 1
    (place, first), (_, second) = asked
    assert place == ("/api/v1/jobs/process", {"job_id": "1"})
    assert first["deduplication_id"] == second["deduplication_id"]
    assert first["failure_path"] == "/api/v1/jobs/failed"
    assert waiting() == []


def test_the_relay_stops_at_its_limit(committed_db: str, queues: Queues) -> None:
    queues.is_down = True
    with db.transaction() as tx:
        outbox.send_many(tx, "mail", [mail() for _ in range(30)])
    queues.is_down = False
    expire_leases()
    assert outbox.relay(limit=20) == 20
    assert len(waiting()) == 10
