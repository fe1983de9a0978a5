"""Queues of the running stack on bad days: poison, dead letters and their way back, and what a crash left unsent."""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from darkroom import ids, messages
from infra.local import emulated_aws
from infra.tools import redrive

_PATIENCE_SECONDS = 60
QUEUE = "push"


class House:
    """The queues of the running stack, as its console tells of them."""

    def __init__(self, stack: Mapping[str, Any]) -> None:
        self.stack = stack
        self.console = httpx.Client(base_url=stack["console"], timeout=30)
        self.sqs = emulated_aws.client("sqs", stack["aws"])
        self.url = self.sqs.get_queue_url(QueueName=f"darkroom-local-{QUEUE}")["QueueUrl"]
        self.dead_url = redrive.dead_letters_of(self.sqs, self.url)

    def counts(self) -> tuple[int, int, int]:
        """Waiting, in flight, dead."""
        rows = self.console.get("/queues").json()
        (row,) = [row for row in rows if row["name"] == QUEUE]
        return row["waiting"], row["in_flight"], row["dead"]

    def put(self, url: str, body: str) -> None:
        self.sqs.send_message(QueueUrl=url, MessageBody=body)

    def dead(self) -> list[str]:
        return redrive.show(self.sqs, self.url)


def eventually(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while not is_so():
        assert time.monotonic() < deadline, "it never came to be"
        time.sleep(0.2)


@pytest.fixture
def house(stack: Mapping[str, Any]) -> Iterator[House]:
    built = House(stack)
    yield built
    built.sqs.purge_queue(QueueUrl=built.dead_url)
    built.console.close()


def delivery() -> messages.Message:
    """A message that a worker takes without any effect: nobody listens to this topic."""
    return messages.new("realtime.deliver", {"topic": f"job:{ids.new_id()}"})


@pytest.mark.parametrize(
    "poison",
    ["this is no JSON", "{}", json.dumps(messages.to_document(delivery()) | {"name": "nobody.understands_this"})],
    ids=["no JSON", "no envelope", "unknown name"],
)
def test_poison_ends_in_the_dead_letter_queue_and_holds_nobody_up(house: House, poison: str) -> None:
    house.put(house.url, poison)
    house.put(house.url, messages.to_json(delivery()))
    eventually(lambda: house.counts()[:2] == (0, 0))
    assert poison in house.dead()


def test_dead_letters_come_back_by_a_command(house: House, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One that only failed because of a bad day is taken this time; poison dies again."""
    for body in (messages.to_json(delivery()), "still poison"):
        house.put(house.dead_url, body)
    (tmp_path / "stack.json").write_text(json.dumps(dict(house.stack)))
    assert redrive.main([QUEUE, "--home", str(tmp_path)]) == 0
    assert "2 messages" in capsys.readouterr().out
    eventually(lambda: house.counts() == (0, 0, 1))
    assert house.dead() == ["still poison"]


def test_what_a_crash_left_in_the_outbox_is_sent_by_the_relay(house: House) -> None:
    """The row as a process leaves it that was killed between its commit and its send."""
    message = delivery()
    with psycopg.connect(house.stack["database"], autocommit=True) as conn:
        conn.execute(
            """INSERT INTO outbox (id, channel, destination, body, leased_until)
               VALUES (%s, 'queue', %s, %s, now() - interval '1 second')""",
            (message.id, QUEUE, messages.to_json(message)),
        )
        fired = house.console.post("/schedules/relay/fire")
        assert fired.status_code == 200, fired.text

        def is_sent() -> bool:
            return conn.execute("SELECT 1 FROM outbox WHERE id = %s", (message.id,)).fetchone() is None

        eventually(is_sent)
    eventually(lambda: house.counts()[:2] == (0, 0))
    assert messages.to_json(message) not in house.dead()
