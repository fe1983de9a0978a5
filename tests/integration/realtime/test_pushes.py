"""realtime.push: sequences without gaps, and work for the queue only when somebody listens."""

from collections.abc import Callable

import pytest

from darkroom import auth, db, ids, outbox, realtime
from tests import threads
from tests.integration.realtime.conftest import World, topic_of


def test_sequences_count_from_one_for_each_topic(world: World) -> None:
    first, second = f"job:{ids.new_id()}", f"job:{ids.new_id()}"
    with db.transaction() as tx:
        assert [realtime.push(tx, topic, "notice", {}) for topic in (first, second, first, first)] == [1, 1, 2, 3]


def test_what_is_undone_takes_no_sequence(world: World, topic: str) -> None:
    with db.transaction() as tx:
        realtime.push(tx, topic, "notice", {"n": 1})
    with pytest.raises(ZeroDivisionError), db.transaction() as tx:
        realtime.push(tx, topic, "notice", {"n": 2})
        raise ZeroDivisionError
    with db.transaction() as tx:
        assert realtime.push(tx, topic, "notice", {"n": 3}) == 2


def test_sequences_have_no_gaps_and_follow_the_commits(
    world: World, topic: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def pushing(number: int) -> Callable[[], None]:
        def push() -> None:
            for turn in range(25):
                try:
                    with db.transaction() as tx:
                        realtime.push(tx, topic, "notice", {"by": number})
                        if turn % 5 == 4:
                            raise ZeroDivisionError
                except ZeroDivisionError:
                    pass

        return push

    with threads.own_connections(monkeypatch):
        threads.at_once([pushing(number) for number in range(6)])
    with db.reading() as tx:
        kept = tx.all("SELECT sequence, at FROM realtime_messages WHERE topic = %s ORDER BY at, sequence", (topic,))
    assert [row["sequence"] for row in kept] == list(range(1, 6 * 20 + 1))


def test_nobody_listens_so_nothing_is_sent(world: World, topic: str) -> None:
    with db.transaction() as tx:
        realtime.push(tx, topic, "notice", {})
    assert world.sqs.take("push") == []


def test_a_push_is_one_message_with_no_data_in_it(world: World, page: str, topic: str) -> None:
    world.send(page, {"action": "subscribe", "topic": topic})
    with db.transaction() as tx:
        realtime.push(tx, topic, "notice", {"secret": "of the person's"})
        assert world.sqs.take("push") == []
    (message,) = world.sqs.take("push")
    assert (message.name, message.data) == (realtime.DELIVER, {"topic": topic})


def test_killed_after_the_commit_and_before_the_send_the_outbox_still_delivers(
    world: World, page: str, topic: str
) -> None:
    world.send(page, {"action": "subscribe", "topic": topic})
    world.sqs.is_down = True
    with db.transaction() as tx:
        realtime.push(tx, topic, "notice", {})
    world.sqs.is_down = False
    assert world.sqs.take("push") == []
    with db.transaction() as tx:
        tx.execute("UPDATE outbox SET leased_until = now()")
    assert outbox.relay() == 1
    assert world.work() == []
    assert world.sequences(page) == [1]


def test_data_too_large_for_a_frame_is_left_out(world: World, page: str, topic: str) -> None:
    world.send(page, {"action": "subscribe", "topic": topic})
    with db.transaction() as tx:
        realtime.push(tx, topic, "notice", {"text": "ü" * 119_000})
        realtime.push(tx, topic, "notice", {"text": "ü" * 59_000})
    assert world.work() == []
    first, second = world.pages.events(page)
    assert first["data"] == {"omitted": True}
    assert len(second["data"]["text"]) == 59_000


@pytest.mark.parametrize("topic", ["", "job", "job:7", "Job:0193aaaa-0000-7000-8000-000000000001", "job:x:y"])
def test_a_topic_is_a_kind_and_an_id(world: World, topic: str) -> None:
    with db.transaction() as tx, pytest.raises(ValueError, match="not a topic"):
        realtime.push(tx, topic, "notice", {})


def test_data_is_json_that_every_reader_takes(world: World, topic: str) -> None:
    with db.transaction() as tx, pytest.raises(ValueError, match="JSON"):
        realtime.push(tx, topic, "notice", {"ratio": float("nan")})


def test_every_kind_of_topic_has_a_rule_that_runs(world: World, ada: auth.Caller) -> None:
    with db.reading() as tx:
        for kind in realtime.TOPIC_RULES:
            assert not realtime.may_subscribe(tx, "nobody", ada.id, f"{kind}:{ids.new_id()}")
        assert realtime.may_subscribe(tx, "user", ada.id, topic_of(ada))
