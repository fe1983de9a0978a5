"""Workers: an effect happens once, a failure sends back its own message only, and poison leaves the queue."""

import json
import os
import subprocess
import sys
from typing import Any
from uuid import UUID

import pytest

from darkroom import db, messages, worker
from darkroom.db import Tx
from darkroom.messages import Message
from darkroom.worker import Permanent, sqs_worker
from tests.factories.people import person
from tests.fakes.queues import Queues, event, failures


@pytest.fixture
def queues(monkeypatch: pytest.MonkeyPatch) -> Queues:
    return Queues().install(monkeypatch)


@pytest.fixture
def ada(committed_db: str) -> UUID:
    with db.transaction() as tx:
        return person(tx)


def mark(tx: Tx, message: Message) -> None:
    """The effect: one letter more in a person's name."""
    tx.execute("UPDATE users SET name = name || '!' WHERE id = %s", (message.uuid("user_id"),))


def effects(user_id: UUID) -> int:
    with db.reading() as tx:
        return str(tx.value("SELECT name FROM users WHERE id = %s", (user_id,))).count("!")


def asking(user_id: UUID, name: str = "user.mark", version: int = 1) -> Message:
    return messages.new(name, {"user_id": user_id}, version=version)


handler = sqs_worker({"user.mark": mark})


def test_what_is_done_is_not_sent_back(ada: UUID, queues: Queues) -> None:
    assert handler(event("mail", asking(ada), asking(ada)), None) == {"batchItemFailures": []}
    assert effects(ada) == 2


def test_a_message_that_comes_twice_has_one_effect(ada: UUID, queues: Queues) -> None:
    message = asking(ada)
    for _ in range(2):
        assert handler(event("mail", message, message), None) == {"batchItemFailures": []}
    assert effects(ada) == 1


def test_the_same_event_on_two_queues_is_two_consumers(ada: UUID, queues: Queues) -> None:
    message = asking(ada)
    handler(event("mail", message), None)
    handler(event("push", message), None)
    assert effects(ada) == 2


_DELIVERY = """
import sys, time
from darkroom import messages, worker
from tests.fakes.queues import event
from tests.integration.test_worker import mark

def slow(tx, message):
    mark(tx, message)
    time.sleep(0.3)

print("ready", flush=True)
sys.stdin.readline()
answer = worker.sqs_worker({"user.mark": slow})(event("mail", messages.from_json(sys.argv[1])), None)
sys.exit(len(answer["batchItemFailures"]))
"""


def test_a_message_that_comes_twice_at_the_same_moment_has_one_effect(ada: UUID) -> None:
    """Two environments of their own, each with its own connection; the second waits for the first one's commit."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", _DELIVERY, messages.to_json(asking(ada))]
    deliveries = [
        subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    for delivery in deliveries:
        assert delivery.stdout is not None
        assert delivery.stdout.readline() == "ready\n"
    for delivery in deliveries:
        delivery.communicate("go\n", timeout=60)
    assert [delivery.returncode for delivery in deliveries] == [0, 0, 0]
    assert effects(ada) == 1


def test_a_failure_is_undone_sent_back_alone_and_comes_again_later(ada: UUID, queues: Queues) -> None:
    def fails_once(tx: Tx, message: Message) -> None:
        mark(tx, message)
        if message.attempt == 3 and message.id == bad.id:
            raise RuntimeError("a bad moment")

    bad, good = asking(ada), asking(ada)
    flaky = sqs_worker({"user.mark": fails_once})
    batch = event("mail", bad, good, receives=3)
    assert failures(flaky(batch, None)) == [batch["Records"][0]["messageId"]]
    assert effects(ada) == 1
    ((queue, pause),) = queues.pauses
    assert queue == "mail"
    assert 8 <= pause <= 16
    assert flaky(event("mail", bad, receives=4), None) == {"batchItemFailures": []}
    assert effects(ada) == 2


def test_a_permanent_failure_spends_its_receives_at_once(ada: UUID, queues: Queues) -> None:
    def never(tx: Tx, message: Message) -> None:
        mark(tx, message)
        raise Permanent("there is no such thing any more")

    batch = event("mail", asking(ada))
    assert failures(sqs_worker({"user.mark": never})(batch, None)) == [batch["Records"][0]["messageId"]]
    assert queues.pauses == [("mail", 0)]
    assert effects(ada) == 0


POISON = {
    "nothing": "",
    "no JSON": "hello",
    "null": "null",
    "a list": "[]",
    "an empty object": "{}",
    "no envelope": '{"id": 1}',
    "unknown name": messages.to_json(messages.new("user.unknown")),
    "unknown version": messages.to_json(messages.new("user.mark", version=2)),
    "no id in the data": messages.to_json(messages.new("user.mark", {"user_id": "not-an-id"})),
    "half an event of ours": json.dumps({"source": "darkroom", "detail": {"name": "user.mark"}}),
    "an event of S3": json.dumps({"source": "aws.s3", "detail-type": "Object Created", "detail": {}}),
    "a notification of S3": json.dumps({"Records": [{"eventSource": "aws:s3"}]}),
}


@pytest.mark.parametrize("body", POISON.values(), ids=list(POISON))
def test_poison_is_given_up_without_any_effect(ada: UUID, queues: Queues, body: str) -> None:
    batch = event("mail", asking(ada), asking(ada))
    batch["Records"][0]["body"] = body
    assert failures(handler(batch, None)) == [batch["Records"][0]["messageId"]]
    assert queues.pauses == [("mail", 0)]
    assert effects(ada) == 1  # the other one


def test_a_database_that_is_away_is_a_passing_failure(
    environment: pytest.MonkeyPatch, queues: Queues, ada: UUID
) -> None:
    from darkroom.settings import settings

    environment.setenv("DATABASE_URL", "postgresql://nobody@127.0.0.1:1/nothing")
    settings.cache_clear()
    db.close()
    batch = event("mail", asking(ada))
    assert failures(handler(batch, None)) == [batch["Records"][0]["messageId"]]
    ((_, pause),) = queues.pauses
    assert pause >= 1


def test_a_pause_that_cannot_be_told_does_not_change_the_answer(ada: UUID, queues: Queues) -> None:
    batch = event("unknown-queue", asking(ada, name="user.unknown"))
    assert len(failures(handler(batch, None))) == 1
    queues.is_down = True
    assert len(failures(handler(event("mail", asking(ada, name="user.unknown")), None))) == 1


def test_a_version_has_its_own_handler(ada: UUID, queues: Queues) -> None:
    both = sqs_worker({"user.mark": mark, "user.mark@2": mark})
    assert both(event("mail", asking(ada), asking(ada, version=2)), None) == {"batchItemFailures": []}
    assert effects(ada) == 2


def test_a_guarded_handler_is_called_each_time_and_may_commit_midway(ada: UUID, queues: Queues) -> None:
    def in_parts(tx: Tx, message: Message) -> None:
        mark(tx, message)
        tx.commit()
        if message.attempt == 1:
            raise RuntimeError("killed between the parts")
        mark(tx, message)

    guarded = sqs_worker(guarded={"user.mark": in_parts})
    message = asking(ada)
    assert len(failures(guarded(event("mail", message), None))) == 1
    assert effects(ada) == 1
    assert guarded(event("mail", message, receives=2), None) == {"batchItemFailures": []}
    assert effects(ada) == 3


class Context:
    """Lambda's, with so many milliseconds left at each look."""

    aws_request_id = "request-1"

    def __init__(self, *left: int) -> None:
        self._left = list(left)

    def get_remaining_time_in_millis(self) -> int:
        return self._left.pop(0)


def test_what_there_is_no_time_for_is_left_to_somebody_else(ada: UUID, queues: Queues) -> None:
    batch = event("mail", asking(ada), asking(ada))
    assert failures(handler(batch, Context(9_000, 2_000))) == [batch["Records"][1]["messageId"]]
    assert (effects(ada), queues.pauses) == (1, [("mail", 0)])


def test_log_lines_carry_the_storys_ids(ada: UUID, queues: Queues, capsys: pytest.CaptureFixture[str]) -> None:
    message = messages.new("user.mark", {"user_id": ada}, correlation_id="story-1")
    handler(event("mail", message, receives=2), Context(9_000))
    line = json.loads(capsys.readouterr().err.splitlines()[-1])
    assert line["event"] == "worker.done"
    assert (line["correlation_id"], line["message_id"], line["message"]) == ("story-1", str(message.id), "user.mark")
    assert (line["attempt"], line["request_id"]) == (2, "request-1")


class TestBodiesThatAwsWrote:
    def test_an_event_of_ours_arrives_from_the_bus(self, ada: UUID, queues: Queues) -> None:
        message = asking(ada)
        batch = event("mail", message)
        batch["Records"][0]["body"] = json.dumps(
            {
                "version": "0",
                "id": "17793124-05d4-b198-2fde-7ededc63b103",
                "detail-type": message.name,
                "source": "darkroom",
                "account": "000000000000",
                "time": "2026-11-21T10:00:00Z",
                "region": "us-east-1",
                "resources": [],
                "detail": messages.to_document(message),
            }
        )
        for _ in range(2):
            assert handler(batch, None) == {"batchItemFailures": []}
        assert effects(ada) == 1

    @staticmethod
    def notification(key: str, sequencer: str = "0055AED6DCD90281E5") -> str:
        record = {
            "eventVersion": "2.1",
            "eventSource": "aws:s3",
            "awsRegion": "us-east-1",
            "eventTime": "2026-11-21T10:00:00.000Z",
            "eventName": "ObjectCreated:Put",
            "s3": {
                "s3SchemaVersion": "1.0",
                "bucket": {"name": "uploads", "arn": "arn:aws:s3:::uploads"},
                "object": {"key": key, "size": 1024, "eTag": "d41d8", "sequencer": sequencer},
            },
        }
        return json.dumps({"Records": [record]})

    def test_an_object_that_s3_tells_twice_is_one(self, ada: UUID, queues: Queues) -> None:
        seen: list[Message] = []
        uploads = sqs_worker(
            {"s3.object_created": lambda _tx, message: seen.append(message)}, translate=worker.s3_objects_created
        )
        batch = event("mail", asking(ada), asking(ada), asking(ada))
        for record, sequencer in zip(batch["Records"], ("01", "01", "02"), strict=True):
            record["body"] = self.notification("uploads/my+photo%C3%A4.jpg", sequencer)
        assert uploads(batch, None) == {"batchItemFailures": []}
        assert [message.data for message in seen] == [{"key": "uploads/my photoä.jpg", "size": 1024}] * 2

    def test_s3s_test_event_is_taken_and_forgotten(self, committed_db: str, queues: Queues) -> None:
        batch = event("mail", messages.new("user.mark"))
        batch["Records"][0]["body"] = json.dumps({"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": "uploads"})
        assert sqs_worker(translate=worker.s3_objects_created)(batch, None) == {"batchItemFailures": []}

    def test_a_worker_that_translates_still_takes_messages_of_ours(self, ada: UUID, queues: Queues) -> None:
        both = sqs_worker({"user.mark": mark}, translate=worker.s3_objects_created)
        assert both(event("mail", asking(ada)), None) == {"batchItemFailures": []}
        assert effects(ada) == 1

    def test_what_cannot_be_translated_is_poison(self, committed_db: str, queues: Queues) -> None:
        uploads = sqs_worker({"s3.object_created": lambda *_: None}, translate=worker.s3_objects_created)
        for body in ("{}", '{"Records": 7}', self.notification("x").replace("ObjectCreated", "ObjectRemoved")):
            batch = event("mail", messages.new("user.mark"))
            batch["Records"][0]["body"] = body
            assert len(failures(uploads(batch, None))) == 1


def test_pauses_double_with_jitter_up_to_a_quarter_of_an_hour() -> None:
    for receives in range(1, 40):
        longest = min(900, 2 ** (receives + 1))
        drawn: set[Any] = {worker.backoff(receives) for _ in range(200)}
        assert min(drawn) >= longest // 2
        assert max(drawn) <= longest
        assert len(drawn) > 1
