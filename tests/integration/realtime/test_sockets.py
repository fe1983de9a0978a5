"""Frames on a socket: topics are the caller's or nobody's, and nothing that comes in drops the connection."""

from uuid import UUID

import pytest

from darkroom import auth, db, ids, jobs, realtime
from darkroom.settings import settings
from realtime import service
from tests.factories.people import person
from tests.integration.realtime.conftest import World, device, topic_of


def subscribe(world: World, page: str, topic: str) -> dict[str, object]:
    return world.send(page, {"action": "subscribe", "topic": topic})


def test_ping_pong(world: World, page: str) -> None:
    assert world.send(page, {"action": "ping"}) == {"type": "pong"}


def test_a_persons_own_topic(world: World, page: str, topic: str) -> None:
    assert subscribe(world, page, topic) == {"type": "subscribed", "topic": topic, "since": 0}


def test_another_persons_topic_is_unknown(world: World, page: str) -> None:
    topic = topic_of(world.sign_in())
    answer = subscribe(world, page, topic)
    assert (answer["type"], answer["topic"], answer["status"]) == ("error", topic, 404)
    assert world.send(page, {"action": "ping"}) == {"type": "pong"}


@pytest.mark.parametrize(
    "topic",
    [
        "nonsense:019aa5c2-8f3a-7c11-9d55-2f4b6c1d7e11",
        "job:019aa5c2-8f3a-7c11-9d55-2f4b6c1d7e11",
        "user:019aa5c2-8f3a-7c11-9d55-2f4b6c1d7e11",
        "device:019aa5c2-8f3a-7c11-9d55-2f4b6c1d7e11",
        "job:7",
        "job:",
        "job",
        ":",
        "JOB:019aa5c2-8f3a-7c11-9d55-2f4b6c1d7e11",
        "user:'OR/**/true--",
    ],
)
def test_a_topic_that_is_none_is_a_404(world: World, page: str, topic: str) -> None:
    answer = subscribe(world, page, topic)
    assert (answer["type"], answer["topic"], answer["status"]) == ("error", topic, 404)


def test_a_job_is_its_owners(world: World, ada: auth.Caller, page: str) -> None:
    with db.transaction() as tx:
        mine = jobs.create(tx, ada.id, "export")
        foreign = jobs.create(tx, person(tx), "export")
    assert subscribe(world, page, f"job:{mine.id}")["type"] == "subscribed"
    assert subscribe(world, page, f"job:{foreign.id}")["status"] == 404


def test_a_jobs_event_is_its_status_document(world: World, ada: auth.Caller, page: str) -> None:
    with db.transaction() as tx:
        job = jobs.create(tx, ada.id, "export", total=3)
    subscribe(world, page, f"job:{job.id}")
    with db.transaction() as tx:
        jobs.start(tx, job.id)
    world.work()
    (event,) = world.pages.events(page)
    with db.reading() as tx:
        assert event["data"] == jobs.status_document(tx, job.id, ada.id)
    assert (event["type"], event["sequence"], event["at"][-1]) == ("job.progress", 1, "Z")


def test_a_device_listens_to_its_own_topic_by_connecting(world: World) -> None:
    agent = device()
    world.token(agent)
    socket = world.open(agent)
    with db.transaction() as tx:
        realtime.push(tx, f"device:{agent.id}", "device.capture_now", {"capture_id": "1"})
    world.work()
    assert [event["type"] for event in world.pages.events(socket)] == ["device.capture_now"]
    assert subscribe(world, socket, f"device:{ids.new_id()}")["status"] == 404
    assert subscribe(world, socket, f"user:{agent.id}")["status"] == 404


def test_an_order_token_opens_that_order_only(world: World) -> None:
    customer = auth.Caller("order", ids.new_id())
    world.token(customer)
    socket = world.open(customer)
    assert subscribe(world, socket, f"order:{customer.id}")["type"] == "subscribed"
    assert subscribe(world, socket, f"order:{ids.new_id()}")["status"] == 404
    assert subscribe(world, socket, f"job:{customer.id}")["status"] == 404


def test_unsubscribing(world: World, page: str, topic: str) -> None:
    subscribe(world, page, topic)
    heard = len(world.pages.frames[page])
    world.tell(page, {"action": "unsubscribe", "topic": topic})
    world.tell(page, {"action": "unsubscribe", "topic": topic})
    assert len(world.pages.frames[page]) == heard  # the conventions know no answer to it
    with db.transaction() as tx:
        realtime.push(tx, topic, "notice", {})
    assert world.sqs.take("push") == []


@pytest.mark.parametrize(
    "body",
    [
        "",
        "{",
        "[]",
        '"ping"',
        '{"action":"dance"}',
        "\ud800",
        "\x00",
        "[" * 50_000,
        '{"action":"subscribe","topic":"\\ud800"}',
    ],
)
def test_a_malformed_frame_is_answered_and_the_socket_stays(world: World, page: str, body: str) -> None:
    answer = world.send(page, body)
    assert (answer["type"], answer["status"]) == ("error", 400)
    assert world.send(page, {"action": "ping"}) == {"type": "pong"}


def test_a_binary_frame_is_answered(world: World, page: str) -> None:
    answer = world.send_raw(page, body="eyJhY3Rpb24iOiJwaW5nIn0=", isBase64Encoded=True)
    assert (answer["type"], answer["status"]) == ("error", 400)


def test_a_frame_over_128_kb_is_answered(world: World, page: str) -> None:
    answer = world.send(page, {"action": "ping", "filling": "x" * 200_000})
    assert (answer["type"], answer["status"]) == ("error", 413)


def test_a_frame_without_a_body_is_answered(world: World, page: str) -> None:
    assert world.send_raw(page, body=None)["status"] == 400


def test_a_socket_listens_to_so_many_topics_at_most(
    world: World, ada: auth.Caller, page: str, topic: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "SUBSCRIPTIONS_MAX", 1)
    with db.transaction() as tx:
        job = jobs.create(tx, ada.id, "export")
    assert subscribe(world, page, topic)["type"] == "subscribed"
    assert subscribe(world, page, f"job:{job.id}")["status"] == 429
    assert subscribe(world, page, topic)["type"] == "subscribed"


@pytest.mark.parametrize("ending", ["UPDATE sessions SET revoked_at = now()", "UPDATE users SET suspended_at = now()"])
def test_an_ended_sign_in_hears_nothing_more_even_if_nobody_closed_its_sockets(
    world: World, page: str, topic: str, ending: str
) -> None:
    subscribe(world, page, topic)
    with db.transaction() as tx:
        tx.execute(ending)
        realtime.push(tx, topic, "notice", {})
    assert world.work() == []
    assert world.pages.events(page) == []
    received = world.pages.frames[page]
    event = {"action": "subscribe", "topic": topic}
    answer = world.send(page, event)
    assert (answer["type"], answer["status"]) == ("error", 401)
    assert world.pages.closed == [page]
    assert received[-1] == answer


def test_signing_out_closes_that_sign_ins_sockets(world: World, ada: auth.Caller, page: str, topic: str) -> None:
    elsewhere = auth.Caller("user", ada.id, "user", _second_session(ada.id))
    other = world.open(elsewhere, "other=")
    for each in (page, other):
        subscribe(world, each, topic)
    assert ada.session_id is not None
    with db.transaction() as tx:
        realtime.end_session(tx, ada.session_id)
    with db.transaction() as tx:
        realtime.push(tx, topic, "notice", {})
    assert world.work() == []
    assert world.pages.closed == [page]
    assert world.sequences(other) == [1]


def test_a_suspension_closes_all_of_a_persons_sockets(world: World, ada: auth.Caller) -> None:
    mine = [world.open(ada, f"c{number}") for number in range(150)]
    stranger = world.open(world.sign_in(), "stranger=")
    with db.transaction() as tx:
        realtime.end_caller(tx, "user", ada.id)
    assert world.work() == []
    assert sorted(world.pages.closed) == sorted(mine)
    assert stranger in world.pages.frames


def test_a_closed_socket_is_forgotten_with_its_subscriptions(world: World, page: str, topic: str) -> None:
    subscribe(world, page, topic)
    world.disconnect(page)
    world.disconnect(page)
    with db.reading() as tx:
        assert tx.value("SELECT count(*) FROM realtime_connections") == 0
        assert tx.value("SELECT count(*) FROM realtime_subscriptions") == 0


def test_a_database_that_is_gone_refuses_a_handshake_and_answers_a_frame(
    world: World, ada: auth.Caller, page: str, environment: pytest.MonkeyPatch
) -> None:
    ticket = world.ticket(ada)
    db.close()
    environment.setenv("DATABASE_URL", "postgresql://nobody@127.0.0.1:9/gone")
    settings.cache_clear()
    assert world.connect("second=", ticket=ticket) == 503
    assert world.send(page, {"action": "ping"}) == {"type": "pong"}
    answer = subscribe(world, page, f"user:{ada.id}")
    assert (answer["type"], answer["status"]) == ("error", 503)


def _second_session(user_id: UUID) -> UUID:
    session_id = ids.new_id()
    with db.transaction() as tx:
        tx.execute(
            "INSERT INTO sessions (id, user_id, expires_at) VALUES (%s, %s, now() + interval '1 day')",
            (session_id, user_id),
        )
    return session_id
