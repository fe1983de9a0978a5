"""Deliveries: each socket gets each event once and in order, whatever comes late, twice, at once or not at all."""

import threading
from collections.abc import Callable

import pytest

from darkroom import auth, db, messages, realtime, worker
from darkroom.messages import Message
from realtime import delivery, push, queries
from realtime.gateway import Gateway
from tests import threads
from tests.fakes import queues
from tests.integration.realtime.conftest import World


def subscribe(world: World, page: str, topic: str, since: int | None = None) -> int:
    frame = {"action": "subscribe", "topic": topic} | ({} if since is None else {"since": since})
    answer = world.send(page, frame)
    assert answer["type"] == "subscribed", answer
    stands_at: int = answer["since"]
    return stands_at


def say(topic: str, times: int = 1) -> None:
    for number in range(times):
        with db.transaction() as tx:
            realtime.push(tx, topic, "notice", {"n": number})


def deliver(topic: str) -> Message:
    return messages.new(realtime.DELIVER, {"topic": topic})


def test_live_events_arrive_in_order(world: World, page: str, topic: str) -> None:
    say(topic, 3)
    assert subscribe(world, page, topic) == 3
    say(topic, 3)
    assert world.work() == []
    assert world.sequences(page) == [4, 5, 6]


def test_messages_may_come_twice_and_out_of_order(world: World, page: str, topic: str) -> None:
    subscribe(world, page, topic)
    say(topic, 4)
    waiting = world.sqs.take("push")
    for message in [*reversed(waiting), *waiting]:
        assert push.handler(queues.event("push", message), None) == {"batchItemFailures": []}
    assert world.sequences(page) == [1, 2, 3, 4]


def test_since_replays_after_subscribed_and_before_what_comes_live(world: World, page: str, topic: str) -> None:
    say(topic, 5)
    assert subscribe(world, page, topic, since=2) == 2
    say(topic, 1)
    assert world.work() == []
    kinds = [frame["type"] for frame in world.pages.frames[page]]
    assert kinds == ["subscribed", *["notice"] * 4]
    assert world.sequences(page) == [3, 4, 5, 6]


def test_since_zero_replays_all_that_is_kept(world: World, page: str, topic: str) -> None:
    say(topic, 3)
    assert subscribe(world, page, topic, since=0) == 0
    assert world.sequences(page) == [1, 2, 3]


def test_a_replay_longer_than_one_reading_is_whole(world: World, page: str, topic: str) -> None:
    count = queries._EVENTS * 2 + 7
    with db.transaction() as tx:
        for _ in range(count):
            realtime.push(tx, topic, "notice", {})
    subscribe(world, page, topic, since=0)
    assert world.sequences(page) == list(range(1, count + 1))


def test_subscribed_says_where_events_that_are_no_longer_kept_leave_off(world: World, page: str, topic: str) -> None:
    say(topic, 6)
    with db.transaction() as tx:
        tx.execute("UPDATE realtime_messages SET at = now() - interval '61 minutes' WHERE sequence <= 4")
        realtime.sweep(tx)
    assert subscribe(world, page, topic, since=1) == 4
    assert world.sequences(page) == [5, 6]
    with db.transaction() as tx:
        tx.execute("UPDATE realtime_messages SET at = now() - interval '61 minutes'")
        realtime.sweep(tx)
    assert subscribe(world, page, topic, since=1) == 6


def test_a_since_of_the_future_stands_at_the_end(world: World, page: str, topic: str) -> None:
    say(topic, 2)
    assert subscribe(world, page, topic, since=2**63 - 1) == 2
    say(topic, 1)
    world.work()
    assert world.sequences(page) == [3]


def test_an_hour_is_kept(world: World, page: str, topic: str) -> None:
    say(topic, 1)
    with db.transaction() as tx:
        tx.execute("UPDATE realtime_messages SET at = now() - interval '59 minutes'")
        realtime.sweep(tx)
    assert subscribe(world, page, topic, since=0) == 0
    assert world.sequences(page) == [1]


def test_replays_race_live_pushes_without_gaps_or_repetitions(
    world: World, ada: auth.Caller, topic: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pushers, push workers and subscribers with all kinds of `since`, all at once."""
    pages = [world.open(ada, f"page{number}") for number in range(6)]
    say(topic, 10)
    pushers_left = threading.Semaphore(0)

    def pushing() -> None:
        say(topic, 20)
        pushers_left.release()

    def working() -> None:
        while pushers_left._value < 2:
            world.work()

    def listening(number: int) -> Callable[[], None]:
        since = None if number % 3 == 0 else number

        return lambda: subscribe_unheard(world, pages[number], topic, since)

    with threads.own_connections(monkeypatch):
        threads.at_once([pushing, pushing, working, working, *(listening(number) for number in range(6))])
        world.work()
    for page in pages:
        stood = next(frame["since"] for frame in world.pages.frames[page] if frame["type"] == "subscribed")
        assert world.sequences(page) == list(range(stood + 1, 51)), page
        assert world.pages.frames[page][0]["type"] == "subscribed"


def subscribe_unheard(world: World, page: str, topic: str, since: int | None) -> None:
    """Without looking for the answer: other frames may come at the same time."""
    world.tell(page, {"action": "subscribe", "topic": topic} | ({} if since is None else {"since": since}))


def test_a_push_that_commits_while_somebody_subscribes_reaches_them(
    world: World, page: str, topic: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The push saw no subscription, so nothing wakes the worker: the subscriber has to wait for it, and replay it."""
    say(topic)
    pushed, may_commit = threading.Event(), threading.Event()

    def pushing() -> None:
        with db.transaction() as tx:
            realtime.push(tx, topic, "notice", {})
            pushed.set()
            may_commit.wait()

    def listening() -> None:
        pushed.wait()
        subscribe_unheard(world, page, topic, since=1)
        may_commit.set()

    def watching() -> None:
        pushed.wait()
        with db.reading() as tx:
            while not (may_commit.is_set() or tx.value("SELECT count(*) FROM pg_locks WHERE NOT granted")):
                pass
        may_commit.set()

    with threads.own_connections(monkeypatch):
        threads.at_once([pushing, listening, watching])
    assert world.sqs.take("push") == []
    assert world.sequences(page) == [2]


def test_a_push_reaches_every_socket_though_they_are_more_than_one_batch(
    world: World, ada: auth.Caller, topic: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "_BATCH", 20)
    count = 50
    with db.transaction() as tx:
        for number in range(count):
            queries.connect(tx, f"c{number}", "user", ada.id, ada.session_id)
            queries.subscribe(tx, topic, f"c{number}", None, hold_seconds=0)
    world.pages.open(*(f"c{number}" for number in range(count)))
    say(topic, 2)
    assert world.work() == []
    assert all(world.sequences(f"c{number}") == [1, 2] for number in range(count))


def test_a_gone_socket_is_forgotten_and_the_others_are_served(
    world: World, ada: auth.Caller, page: str, topic: str
) -> None:
    other = world.open(ada, "other=")
    for each in (page, other):
        subscribe(world, each, topic)
    del world.pages.frames[other]
    say(topic, 1)
    assert world.work() == []
    assert world.sequences(page) == [1]
    with db.reading() as tx:
        assert tx.all("SELECT id FROM realtime_connections") == [{"id": page}]


def test_a_socket_whose_handshake_is_not_answered_yet_is_not_taken_for_gone(
    world: World, page: str, topic: str
) -> None:
    subscribe(world, page, topic)
    world.age(page, "0 seconds")
    kept = world.pages.frames.pop(page)
    say(topic, 1)
    (waiting,) = world.sqs.take("push")
    assert len(push.handler(queues.event("push", waiting), None)["batchItemFailures"]) == 1
    world.pages.frames[page] = kept
    _let_leases_end()
    assert push.handler(queues.event("push", waiting, receives=2), None) == {"batchItemFailures": []}
    assert world.sequences(page) == [1]


def test_a_gateway_that_fails_is_tried_again_where_it_left_off(world: World, page: str, topic: str) -> None:
    subscribe(world, page, topic)
    say(topic, 1)
    world.work()
    say(topic, 2)
    first, second = world.sqs.take("push")
    world.pages.faults = [429]
    assert len(push.handler(queues.event("push", first), None)["batchItemFailures"]) == 1
    assert world.sequences(page) == [1]
    assert push.handler(queues.event("push", second), None) == {"batchItemFailures": []}  # it rests a moment
    assert _longest_rest() < min(worker.backoff(1) for _ in range(50)) == worker.FIRST_PAUSE_SECONDS
    _let_leases_end()
    assert push.handler(queues.event("push", first, receives=2), None) == {"batchItemFailures": []}
    assert world.sequences(page) == [1, 2, 3]


def test_a_replay_that_comes_to_nothing_is_left_to_the_queue(world: World, page: str, topic: str) -> None:
    """Its page has heard `subscribed`, and waits for what follows: seconds, and not for the relay's minute."""
    say(topic, 2)
    world.pages.faults = [200, 429]  # the answer, and the first event
    subscribe_unheard(world, page, topic, since=0)
    assert world.sequences(page) == []
    assert world.sqs.delays[-1] == worker.FIRST_PAUSE_SECONDS > _longest_rest()
    _let_leases_end()
    assert world.work() == []
    assert world.sequences(page) == [1, 2]


@pytest.mark.parametrize(
    "where", [(queries, "events_after"), (Gateway, "post_each"), (queries, "settle")], ids=["read", "send", "note"]
)
def test_a_delivery_that_fails_leaves_nothing_in_the_way_of_its_retry(
    world: World, page: str, topic: str, monkeypatch: pytest.MonkeyPatch, where: tuple[object, str]
) -> None:
    """The retry comes after seconds, and would find a lease of half a minute, and be taken for done."""
    subscribe(world, page, topic)
    say(topic, 2)
    (_, waiting) = world.sqs.take("push")
    real, failures = getattr(*where), iter([RuntimeError])

    def fail_once(*args: object, **options: object) -> object:
        for failure in failures:
            raise failure
        return real(*args, **options)

    monkeypatch.setattr(*where, fail_once)
    assert len(push.handler(queues.event("push", waiting), None)["batchItemFailures"]) == 1
    assert push.handler(queues.event("push", waiting, receives=2), None) == {"batchItemFailures": []}
    assert set(world.sequences(page)) == {1, 2}
    with db.reading() as tx:
        assert tx.value("SELECT last_sent FROM realtime_subscriptions") == 2


class Killed(BaseException):
    """What no handler catches."""


def test_a_worker_killed_while_it_sends_leaves_the_work_to_the_next(
    world: World, page: str, topic: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    subscribe(world, page, topic)
    say(topic, 2)

    def die(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(Gateway, "post_each", die)
        with pytest.raises(Killed):
            delivery.deliver(Gateway.current(), topic)
    delivery.deliver(Gateway.current(), topic)
    assert world.sequences(page) == []  # the dead worker's lease
    _let_leases_end()
    delivery.deliver(Gateway.current(), topic)
    assert world.sequences(page) == [1, 2]


def test_a_worker_killed_before_it_notes_what_it_sent_costs_a_repetition_with_the_same_sequence(
    world: World, page: str, topic: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    subscribe(world, page, topic)
    say(topic, 2)

    def die(*_: object, **__: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(queries, "settle", die)
        with pytest.raises(Killed):
            delivery.deliver(Gateway.current(), topic)
    _let_leases_end()
    delivery.deliver(Gateway.current(), topic)
    assert world.sequences(page) == [1, 2, 1, 2]


def test_a_worker_that_lost_its_lease_moves_no_mark(
    world: World, page: str, topic: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    subscribe(world, page, topic)
    say(topic, 1)
    with db.transaction() as tx:
        (due,) = queries.claim_due(tx, topic)
    subscribe(world, page, topic, since=0)
    with db.transaction() as tx:
        queries.settle(tx, topic, [(page, 99)], due.leased_until, rest_seconds=0)
        assert tx.value("SELECT last_sent FROM realtime_subscriptions") == 1


def test_the_relay_wakes_what_a_crash_left_behind(world: World, page: str, topic: str) -> None:
    subscribe(world, page, topic)
    say(topic, 1)
    world.sqs.take("push")  # lost
    with db.transaction() as tx:
        assert realtime.wake_lagging(tx) == 0  # its own message may still be on its way
        tx.execute("UPDATE realtime_topics SET last_at = now() - interval '1 minute'")
    with db.transaction() as tx:
        assert realtime.wake_lagging(tx) == 1
    assert world.work() == []
    assert world.sequences(page) == [1]
    with db.transaction() as tx:
        assert realtime.wake_lagging(tx) == 0


def test_the_sweep_forgets_what_is_over(world: World, ada: auth.Caller, page: str, topic: str) -> None:
    subscribe(world, page, topic)
    world.open(world.sign_in(), "old=")
    world.age("old=", "131 minutes")
    gone = world.sign_in()
    world.open(gone, "revoked=")
    world.ticket(ada)
    with db.transaction() as tx:
        tx.execute("UPDATE sessions SET revoked_at = now() WHERE id = %s", (gone.session_id,))
        tx.execute("UPDATE realtime_tickets SET expires_at = now() - interval '1 second'")
        tx.execute("INSERT INTO realtime_topics (topic, last_at) VALUES ('job:silent', now() - interval '25 hours')")
        tx.execute("UPDATE realtime_topics SET last_at = now() - interval '25 hours' WHERE topic = %s", (topic,))
    with db.transaction() as tx:
        assert realtime.sweep(tx) == 4
    with db.reading() as tx:
        assert tx.all("SELECT id FROM realtime_connections") == [{"id": page}]
        assert tx.all("SELECT topic FROM realtime_topics") == [{"topic": topic}]
        assert tx.value("SELECT count(*) FROM realtime_tickets") == 0
    with db.transaction() as tx:
        assert realtime.sweep(tx) == 0


def test_a_message_that_names_nothing_is_refused_for_good(world: World) -> None:
    for message in (
        messages.new(realtime.DELIVER, {}),
        messages.new(realtime.CLOSE, {"connection_ids": "all"}),
        messages.new("realtime.dance", {}),
    ):
        assert len(push.handler(queues.event("push", message), None)["batchItemFailures"]) == 1


def test_a_topic_nobody_listens_to_any_more_is_no_failure(world: World, topic: str) -> None:
    assert push.handler(queues.event("push", deliver(topic)), None) == {"batchItemFailures": []}


def _longest_rest() -> float:
    """For how long from now on deliveries would pass over a socket."""
    with db.reading() as tx:
        return float(tx.value("SELECT extract(epoch FROM max(leased_until) - now()) FROM realtime_subscriptions"))


def _let_leases_end() -> None:
    with db.transaction() as tx:
        tx.execute("UPDATE realtime_subscriptions SET leased_until = '-infinity'")
