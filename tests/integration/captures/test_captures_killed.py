"""Whoever works on a capture is killed between any two effects; the other side tries again, and in the end there is one
capture, one image and one event.

The effects are the commits, the writes to storage and what is sent to queues and the bus. The kill comes before and
after each of them in turn, as a BaseException: nothing catches it, as nothing catches SIGKILL. The connection is lost
with the process.
"""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from captures import dispatch
from captures.service import dispatching
from darkroom import clock, db, events, ids, messages, outbox, pictures
from darkroom.db import Tx
from realtime import service as sockets
from tests.api import Answer
from tests.factories import cameras
from tests.fakes import queues
from tests.fakes.bucket import Bucket
from tests.integration.captures.bringing import announced, erased, listed, photo, reported, requested, said
from tests.integration.captures.conftest import Agent, World
from tests.reaper import Killed, Reaper


def each_kill(reaper: Reaper, work: Callable[[], None]) -> Iterator[int]:
    """Does `work` and, where it was killed, does it again; each point in turn, until none is left."""
    kill_at = 0
    while True:
        kill_at += 1
        reaper.passed, reaper.at = 0, kill_at
        try:
            work()
        except Killed:
            reaper.at = 0
            db.close()
            _relay()
            work()
            _relay()
            yield kill_at
        else:
            reaper.at = 0
            return


@pytest.fixture
def reaper(committed_world: World, monkeypatch: pytest.MonkeyPatch) -> Reaper:
    found = Reaper()
    monkeypatch.setattr(Tx, "commit", found.around(Tx.commit))
    monkeypatch.setattr("darkroom.storage.write", found.around(Bucket.write.__get__(committed_world.bucket)))
    monkeypatch.setattr("darkroom.outbox._send", found.around(outbox._send))
    return found


def _relay() -> None:
    """The relay, a minute later."""
    with db.transaction() as tx:
        tx.execute("UPDATE outbox SET leased_until = '-infinity'")
    outbox.relay()


def _captured(world: World) -> set[str]:
    """Each capture that an event tells of; a repeated event has its id."""
    told = {event["Detail"] for event in world.sqs.events if event["DetailType"] == events.PHOTO_CAPTURED}
    return {messages.from_json(each).data["capture_id"] for each in told}  # type: ignore[misc]


def _object(world: World, place: dict[str, Any]) -> None:
    """The PUT, which storage takes once."""
    world.bucket.objects.setdefault(place["storage_key"], photo())


def _alive(answer: Answer, status: int = 200) -> Any:
    """What was answered. The adapter before a handler catches everything, and nothing else here is a 500."""
    if answer.status == 500:
        raise Killed
    assert answer.status == status, answer.text
    return answer.json()


def _life(world: World, agent: Agent, capture_id: UUID) -> None:
    """An agent that begins anew whenever it was killed, or the platform was."""
    answer = agent.say(f"/captures/{capture_id}/upload-url", announced(photo()))
    if answer.status == 409:  # it was complete already
        return
    place = _alive(answer)
    _object(world, place)
    _alive(agent.complete(capture_id, said(place, photo())))


def test_a_photo_arrives_once_whenever_somebody_is_killed(committed_world: World, reaper: Reaper) -> None:
    world = committed_world
    agent = world.camera()
    captures = iter([requested(world, agent) for _ in range(40)])
    current: dict[str, UUID] = {}

    def bring() -> None:
        if reaper.at:  # the first try of each round
            current["id"] = next(captures)
        _life(world, agent, current["id"])

    rounds = 0
    for kill_at in each_kill(reaper, bring):
        rounds = kill_at
        where = f"killed at effect {kill_at}"
        with db.reading() as tx:
            row = tx.one("SELECT * FROM captures WHERE id = %s", (current["id"],))
            assert row is not None
            assert row["status"] == "completed", where
            assert tx.value("SELECT count(*) FROM images WHERE storage_key = %s", (row["storage_key"],)) == 1, where
            assert tx.value("SELECT count(*) FROM images") == rounds, where
            assert tx.value("SELECT count(*) FROM storage_erasures") == 0, where
        assert set(pictures.keys(row["image_id"])) <= set(world.bucket.objects), where
    assert rounds > 8, "the kill came nowhere"
    _relay()
    shown = {item["id"] for item in listed(world, status="completed")}
    assert len(shown) == rounds + 1
    assert _captured(world) == shown
    completed = [data["id"] for _, data in world.pushed(kind="capture.completed")]
    assert sorted(completed) == sorted(shown)


def test_a_report_is_one_capture_whenever_somebody_is_killed(committed_world: World, reaper: Reaper) -> None:
    world = committed_world
    agent = world.camera()
    current: dict[str, UUID] = {}

    def bring() -> None:
        if reaper.at:
            current["id"] = ids.new_id()
        place = _alive(agent.say("/captures", reported(photo(), current["id"])), 201)
        _object(world, place)
        _alive(agent.complete(place["capture_id"], said(place, photo())))

    rounds = 0
    for kill_at in each_kill(reaper, bring):
        rounds = kill_at
        with db.reading() as tx:
            counted = tx.one("SELECT count(*) AS captures, count(image_id) AS images FROM captures")
        assert counted == {"captures": rounds, "images": rounds}, f"killed at effect {kill_at}"
    assert rounds > 8, "the kill came nowhere"
    _relay()
    assert _captured(world) == {item["id"] for item in listed(world)}


def test_a_moment_is_one_capture_whenever_its_worker_is_killed(committed_world: World, reaper: Reaper) -> None:
    world = committed_world
    agent = world.camera()
    now = clock.now().replace(microsecond=0)
    with db.transaction() as tx:
        schedule_id = cameras.schedule(tx, agent.id, "rate(1 minute)", starts_at=now - timedelta(days=1))
    _subscribe(world)
    moments = (now + timedelta(minutes=number) for number in range(40))
    current: dict[str, datetime] = {}

    def deliver() -> None:
        if reaper.at:
            current["at"] = next(moments)
        due = clock.rfc3339(current["at"])
        event = queues.event("dispatches", messages.new(dispatching.DUE))
        event["Records"][0]["body"] = f'{{"schedule_id": "{schedule_id}", "due_at": "{due}"}}'
        assert queues.failures(dispatch.handler(event, None)) == []

    rounds = 0
    for kill_at in each_kill(reaper, deliver):
        rounds = kill_at
        with db.reading() as tx:
            assert tx.value("SELECT count(*) FROM captures") == rounds, f"killed at effect {kill_at}"
    assert rounds >= 4, "the kill came nowhere"
    assert len(world.pushed(kind="capture.updated")) == rounds + 1
    _relay()
    assert len({message.id for message in world.sqs.take("push")}) >= rounds


def _subscribe(world: World) -> None:
    """The person's page is open, so that there is something to send."""
    with db.transaction() as tx:
        sockets.connect(tx, "page", "user", world.person.user_id, world.person.session_id)
        sockets.subscribe(tx, "page", f"user:{world.person.user_id}", None)


def test_what_was_refused_is_forgotten_whenever_somebody_is_killed(committed_world: World, reaper: Reaper) -> None:
    """The key of bytes that do not match is spent before the agent hears of it: whoever asks again gets another."""
    world = committed_world
    agent = world.camera()
    captures = iter([requested(world, agent) for _ in range(40)])
    current: dict[str, UUID] = {}
    begun: list[UUID] = []

    def try_with(content: bytes) -> Answer:
        place = _alive(agent.say(f"/captures/{current['id']}/upload-url", announced(photo())))
        world.bucket.objects.setdefault(place["storage_key"], content)
        return agent.complete(current["id"], said(place, photo()))

    def bring() -> None:
        if reaper.at:
            current["id"] = next(captures)
            begun.append(current["id"])
        if world.row("captures", current["id"])["status"] == "completed":
            return
        if len(erased(world)) < 3 * len(begun):  # the photo and its two pictures
            _alive(try_with(b"torn"), 400)
        _alive(try_with(photo()))

    rounds = 0
    for kill_at in each_kill(reaper, bring):
        rounds = kill_at
        where = f"killed at effect {kill_at}"
        with db.reading() as tx:
            row = tx.one("SELECT * FROM captures WHERE id = %s", (current["id"],))
            assert row is not None
            assert row["status"] == "completed", where
            assert tx.value("SELECT count(*) FROM images") == rounds, where
        assert len(erased(world)) == 3 * rounds, where
        assert world.bucket.objects[row["storage_key"]] == photo(), where
    assert rounds > 8, "the kill came nowhere"
