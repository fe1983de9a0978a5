"""A stack over its lives: stopped, killed, restarted, its parts killed under it, and another beside it."""

import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from darkroom import messages, realtime
from infra.local import emulated_aws
from tests.e2e.stacks import RunningStack

_PATIENCE_SECONDS = 60
PASSWORD = "correct horse battery"


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    """All these lives are one stack's, one after the other: a first start takes longer than most of what is tested."""
    running = RunningStack(tmp_path_factory.mktemp("lifetimes") / "home")
    yield running
    if running.process is not None:
        running.stop()


@pytest.fixture
def own(one: RunningStack) -> RunningStack:
    """It runs, whatever the test before has done to it."""
    return one if one.process is not None and one.process.poll() is None else one.start()


def returns(stack: RunningStack) -> int:
    """How often the emulator has come back."""
    return stack.output.count("the emulator is back")


def eventually(look: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while True:
        try:
            if look():
                return
        except httpx.HTTPError:
            pass
        assert time.monotonic() < deadline, "it never came to be so"
        time.sleep(0.1)


def register(stack: RunningStack) -> str:
    email = f"{uuid4()}@example.com"
    answer = stack.post("/api/v1/auth/register", json={"email": email, "password": PASSWORD, "name": "Ada"})
    assert answer.status_code == 201, answer.text
    return email


def can_sign_in(stack: RunningStack, email: str) -> bool:
    answer = stack.post("/api/v1/auth/login", json={"username": email, "password": PASSWORD})
    return answer.status_code == 200


def has_mail(stack: RunningStack, email: str) -> bool:
    return any(mail["to"] == [email] for mail in stack.get("/_local/mails").json())


def store(stack: RunningStack) -> Callable[[], bytes]:
    """Put an object where photos are; what is returned reads it again."""

    def bucket() -> str:
        buckets = emulated_aws.client("s3", stack.stack["aws"]).list_buckets()["Buckets"]
        return next(str(found["Name"]) for found in buckets if "uploads" in found["Name"])

    emulated_aws.client("s3", stack.stack["aws"]).put_object(Bucket=bucket(), Key="uploads/kept", Body=b"photo")

    def read() -> bytes:
        answer = emulated_aws.client("s3", stack.stack["aws"]).get_object(Bucket=bucket(), Key="uploads/kept")
        content: bytes = answer["Body"].read()
        return content

    return read


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_data_outlives_an_orderly_end_and_a_kill(own: RunningStack) -> None:
    email, photo = register(own), store(own)
    eventually(lambda: has_mail(own, email))

    assert own.stop() == 0
    assert not (own.home / "stack.json").exists()
    own.start()
    assert can_sign_in(own, email)
    assert has_mail(own, email)
    assert photo() == b"photo"

    children = [int((own.home / "emulator.pid").read_text())]
    children.append(int((own.home / "postgres" / "postmaster.pid").read_text().split()[0]))
    own.kill()
    own.start()
    assert can_sign_in(own, email)
    assert photo() == b"photo"
    assert not any(alive(child) for child in children)
    second = register(own)
    eventually(lambda: has_mail(own, second))


def test_messages_that_waited_while_the_stack_was_gone_are_done_when_it_is_back(own: RunningStack) -> None:
    """The emulator looks at queues before functions are deployed. A batch that fails then is hidden for minutes; and so
    would be what somebody had from a queue who is dead now."""
    sqs = emulated_aws.client("sqs", own.stack["aws"])
    held = sqs.create_queue(QueueName="held")["QueueUrl"]
    sqs.send_message(QueueUrl=held, MessageBody="held")
    (had,) = sqs.receive_message(QueueUrl=held, VisibilityTimeout=5_400)["Messages"]
    queue = next(url for url in sqs.list_queues()["QueueUrls"] if url.endswith("-push"))
    message = messages.new(realtime.DELIVER, {"topic": f"job:{uuid4()}"})
    due = time.monotonic() + 8
    sqs.send_message(QueueUrl=queue, MessageBody=messages.to_json(message), DelaySeconds=8)
    snapshot = own.home / "emulator" / "sqs.json"
    eventually(lambda: all(each in snapshot.read_text() for each in (str(message.id), had["ReceiptHandle"])))
    own.kill()
    time.sleep(max(0.0, due - time.monotonic()))
    own.start()
    sqs = emulated_aws.client("sqs", own.stack["aws"])
    assert [each["Body"] for each in sqs.receive_message(QueueUrl=held)["Messages"]] == ["held"]

    def is_empty() -> bool:
        names = ["", "NotVisible", "Delayed"]
        asked = [f"ApproximateNumberOfMessages{name}" for name in names]
        found = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=asked)["Attributes"]
        return all(found[name] == "0" for name in asked)

    eventually(is_empty)


def test_an_emulator_that_is_killed_comes_back_with_what_it_held(own: RunningStack) -> None:
    photo = store(own)
    sqs = emulated_aws.client("sqs", own.stack["aws"])
    queue = sqs.create_queue(QueueName="kept")["QueueUrl"]
    sqs.send_message(QueueUrl=queue, MessageBody="kept")
    snapshot = own.home / "emulator" / "sqs.json"
    eventually(lambda: snapshot.exists() and '"kept"' in snapshot.read_text())

    before = returns(own)
    os.kill(int((own.home / "emulator.pid").read_text()), signal.SIGKILL)
    eventually(lambda: returns(own) > before)

    assert photo() == b"photo"
    (message,) = sqs.receive_message(QueueUrl=queue)["Messages"]
    assert message["Body"] == "kept"
    email = register(own)
    eventually(lambda: has_mail(own, email))


def test_what_was_asked_while_the_emulator_was_gone_happens_once_it_is_back(own: RunningStack) -> None:
    register(own)  # everything is warm
    before = returns(own)
    os.kill(int((own.home / "emulator.pid").read_text()), signal.SIGKILL)
    email = register(own)
    eventually(lambda: returns(own) > before)

    def mailed() -> bool:
        own.post("/_local/schedules/relay/fire")
        return has_mail(own, email)

    eventually(mailed)


def test_a_database_that_is_killed_comes_back(own: RunningStack) -> None:
    email = register(own)
    postmaster = int((own.home / "postgres" / "postmaster.pid").read_text().split()[0])
    os.kill(postmaster, signal.SIGKILL)
    eventually(lambda: can_sign_in(own, email))


def test_a_memory_that_is_of_no_use_costs_neither_data_nor_photos(own: RunningStack) -> None:
    email, photo = register(own), store(own)
    own.stop()
    (own.home / "emulator" / "cloudformation.json").write_text("{")
    (own.home / "emulator" / "lambda.json").unlink()
    own.start()
    assert can_sign_in(own, email)
    assert photo() == b"photo"


def test_two_stacks_run_side_by_side_and_share_nothing(own: RunningStack, tmp_path: Path) -> None:
    other = RunningStack(tmp_path / "other").start()
    try:
        email = register(own)
        assert can_sign_in(own, email)
        assert not can_sign_in(other, email)
        eventually(lambda: has_mail(own, email))
        assert not has_mail(other, email)
    finally:
        other.stop()
    assert can_sign_in(own, email)


def test_a_second_run_of_one_home_or_port_is_refused_in_words(own: RunningStack, tmp_path: Path) -> None:
    same_home = RunningStack(own.home)
    with pytest.raises(AssertionError, match="already"):
        same_home.start()
    same_port = RunningStack(tmp_path / "other", own.port)
    with pytest.raises(AssertionError, match="is taken"):
        same_port.start()
    assert json.loads((own.home / "stack.json").read_text())["pid"] == own.stack["pid"]
    assert own.get("/api/v1/health").status_code == 200
