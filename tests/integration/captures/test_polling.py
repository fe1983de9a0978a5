"""GET /agent/commands: what there is to do, as soon as there is any."""

from collections.abc import Callable
from typing import Any

import pytest

from captures.service import devices, polling, schedules
from darkroom import clock, db, ids
from darkroom.settings import settings
from tests.conftest import FrozenTime
from tests.factories import cameras
from tests.integration.captures.conftest import Agent, World
from tests.threads import at_once, own_connections


@pytest.fixture(autouse=True)
def planned(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What the schedules of every device are to do."""
    plan: list[dict[str, Any]] = []
    monkeypatch.setattr(schedules, "day_ahead", lambda tx, device_id: plan)
    return plan


class Waiting:
    """Time, for a poll: it passes only where the poll waits, and `happens` happens then."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.waited = 0.0
        self.happens: dict[float, Callable[[], object]] = {}
        monkeypatch.setattr(polling, "monotonic", lambda: self.waited)
        monkeypatch.setattr(polling, "sleep", self.sleep)

    def sleep(self, seconds: float) -> None:
        self.waited += seconds
        for moment in sorted(self.happens):
            if moment <= self.waited:
                self.happens.pop(moment)()


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Waiting:
    return Waiting(monkeypatch)


def kinds(answer: dict[str, Any]) -> list[str]:
    return [command["type"] for command in answer["commands"]]


def change(world: World, agent: Agent, **changes: Any) -> None:
    """As a request amid another one, which one handler cannot serve."""
    with db.transaction() as tx:
        devices.change(tx, world.person.user_id, agent.id, changes)


def remove(world: World, agent: Agent) -> None:
    with db.transaction() as tx:
        devices.delete(tx, world.person.user_id, agent.id)


def asked(agent: Agent, wait: int = 0, **query: Any) -> dict[str, Any]:
    answer = agent.poll(wait, **query)
    assert answer.status == 200, answer.text
    commands: dict[str, Any] = answer.json()
    return commands


class TestCaptures:
    def test_a_capture_is_told_until_it_moves_on(self, world: World) -> None:
        agent = world.camera()
        capture_id = world.capture(agent.id)
        row = world.row("captures", capture_id)
        wanted = {
            "type": "capture",
            "capture_id": str(capture_id),
            "requested_at": clock.rfc3339(row["requested_at"]),
            "expires_at": clock.rfc3339(row["expires_at"]),
            "schedule_id": None,
            "due_at": None,
        }
        first = asked(agent, revision=1)
        assert first == {"commands": [wanted], "revision": 1, "poll_after": 0}
        row = world.row("captures", capture_id)
        assert (row["status"], row["dispatched_at"] is not None) == ("dispatched", True)
        # A repeat alone is nothing to hurry for.
        assert asked(agent, 20, revision=1) == {"commands": [wanted], "revision": 1, "poll_after": 1}
        assert [(kind, data["status"]) for kind, data in world.pushed()] == [("capture.updated", "dispatched")]
        world.execute("UPDATE captures SET status = 'uploading' WHERE id = %s", capture_id)
        assert asked(agent, revision=1)["commands"] == []

    def test_what_is_over_or_anothers_is_not_told(self, world: World) -> None:
        agent = world.camera()
        world.capture(world.camera().id)
        world.capture(agent.id, expires_in=-1)
        for status in ("uploading", "failed", "expired"):
            world.capture(agent.id, status)
        assert asked(agent, revision=1)["commands"] == []

    def test_several_come_in_the_order_of_their_asking(self, world: World, frozen_time: FrozenTime) -> None:
        agent = world.camera()
        wanted = []
        for _ in range(3):
            wanted.append(str(world.capture(agent.id)))
            frozen_time.advance(1)
        assert [command["capture_id"] for command in asked(agent, revision=1)["commands"]] == wanted

    def test_a_scheduled_one_says_so(self, world: World) -> None:
        agent = world.camera()
        with db.transaction() as tx:
            schedule_id = cameras.schedule(tx, agent.id)
            cameras.capture(tx, agent.id, schedule_id=schedule_id, due_at=clock.now())
        (command,) = asked(agent, revision=1)["commands"]
        assert command["schedule_id"] == str(schedule_id)
        assert command["due_at"].endswith("Z")

    def test_two_polls_at_once_tell_of_a_capture_once_to_its_owner(
        self, committed_world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        world = committed_world
        agent = world.camera()
        for _ in range(5):
            world.capture(agent.id)
        with own_connections(monkeypatch):
            answers = at_once([lambda: polling.poll(agent.id, 0, 1)] * 4)
        assert [len(answer["commands"]) for answer in answers] == [5] * 4
        assert len(world.pushed(kind="capture.updated")) == 5


class TestWaiting:
    def test_nothing_comes_when_the_wait_ends(self, world: World, time: Waiting) -> None:
        agent = world.camera()
        assert asked(agent, 20, revision=1) == {"commands": [], "revision": 1, "poll_after": 0}
        assert time.waited == 20
        assert world.row("devices", agent.id)["polled_at"] is not None

    def test_a_poll_that_does_not_wait_is_nobody_waiting(self, world: World, time: Waiting) -> None:
        agent = world.camera()
        assert asked(agent, revision=1)["commands"] == []
        assert time.waited == 0
        assert world.row("devices", agent.id)["polled_at"] is None

    def test_a_capture_that_is_asked_meanwhile_is_told_at_once(self, world: World, time: Waiting) -> None:
        agent = world.camera()
        time.happens[7] = lambda: world.capture(agent.id)
        assert kinds(asked(agent, 20, revision=1)) == ["capture"]
        assert time.waited == 7

    def test_a_pause_meanwhile_is_told_at_once(self, world: World, time: Waiting) -> None:
        agent = world.camera()
        time.happens[3] = lambda: change(world, agent, paused=True)
        told = asked(agent, 20, revision=1)
        assert (time.waited, kinds(told), told["revision"]) == (3, ["paused", "schedules"], 2)

    def test_a_removal_meanwhile_is_told_at_once(
        self, world: World, time: Waiting, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(schedules, "remove_all", lambda tx, device_id: None)
        agent = world.camera()
        time.happens[3] = lambda: remove(world, agent)
        assert agent.poll(20, revision=1).status == 401
        assert time.waited == 3

    def test_a_suspension_of_the_owner_meanwhile_is_told_at_once(self, world: World, time: Waiting) -> None:
        agent, owner = world.camera(), world.person.user_id
        time.happens[3] = lambda: world.execute("UPDATE users SET suspended_at = now() WHERE id = %s", owner)
        assert agent.poll(20, revision=1).status == 401
        assert time.waited == 3

    def test_who_was_replaced_meanwhile_hears_nothing_more(self, world: World, time: Waiting) -> None:
        agent = world.camera()

        def replace() -> None:
            world.execute("UPDATE devices SET paired_at = paired_at + interval '1 second' WHERE id = %s", agent.id)
            world.capture(agent.id)

        time.happens[3] = replace
        assert agent.poll(20, revision=1).status == 401

    def test_no_transaction_is_held(self, committed_world: World, time: Waiting) -> None:
        agent = committed_world.camera()
        seen = []

        def look() -> None:
            seen.append(db.connection().info.transaction_status.name)

        time.happens[3] = look
        asked(agent, 5, revision=1)
        assert seen == ["IDLE"]

    @pytest.mark.parametrize("query", [{"wait": 26}, {"wait": -1}, {"wait": "x"}, {"wait": 1, "revision": -1}])
    def test_what_cannot_be(self, world: World, query: dict[str, Any]) -> None:
        assert world.camera().poll(**query).status == 400

    def test_a_persons_token_is_no_agents(self, world: World) -> None:
        agent = world.camera()
        agent.token = world.person.token
        assert agent.poll().status == 401


class TestRevisions:
    def test_who_says_what_they_know_is_told_where_it_differs(
        self, world: World, planned: list[dict[str, Any]], time: Waiting
    ) -> None:
        agent = world.camera()
        soon, schedule_id = clock.now().replace(microsecond=0), ids.new_id()
        planned.append({"id": schedule_id, "name": "Hourly", "next": [soon]})
        for _ in range(2):
            told = asked(agent, 20, revision=0)
            assert told["commands"] == [
                {"type": "paused", "revision": 1, "paused": False},
                {
                    "type": "schedules",
                    "revision": 1,
                    "schedules": [{"id": str(schedule_id), "name": "Hourly", "next": [clock.rfc3339(soon)]}],
                },
            ]
            assert told["poll_after"] == 0
        assert time.waited == 0
        assert asked(agent, revision=1)["commands"] == []

    def test_who_says_nothing_is_told_once(self, world: World, time: Waiting) -> None:
        agent = world.camera()
        assert kinds(asked(agent)) == ["paused", "schedules"]
        assert asked(agent, 20)["commands"] == []
        assert time.waited == 20

    def test_and_again_when_something_changed(self, world: World) -> None:
        agent = world.camera()
        asked(agent)
        world.execute("UPDATE devices SET revision = revision + 1 WHERE id = %s", agent.id)
        told = asked(agent)
        assert (kinds(told), told["revision"]) == (["paused", "schedules"], 2)
        assert asked(agent)["commands"] == []

    def test_and_again_after_six_hours(self, world: World) -> None:
        agent = world.camera()
        asked(agent)
        world.execute("UPDATE devices SET told_at = told_at - interval '361 minutes' WHERE id = %s", agent.id)
        assert kinds(asked(agent)) == ["paused", "schedules"]

    def test_and_again_after_an_outage_before_it_sends_a_heartbeat(self, world: World) -> None:
        agent = world.camera()
        asked(agent)
        world.execute(
            """UPDATE devices SET last_seen_at = now() - interval '10 minutes', told_at = now() - interval '8 minutes'
                WHERE id = %s""",
            agent.id,
        )
        assert kinds(asked(agent)) == []  # told after it was known to be silent
        world.execute("UPDATE devices SET told_at = now() - interval '11 minutes' WHERE id = %s", agent.id)
        assert kinds(asked(agent)) == ["paused", "schedules"]
        assert kinds(asked(agent)) == []

    def test_and_again_after_an_outage_that_a_heartbeat_ended(self, world: World) -> None:
        agent = world.camera()
        asked(agent)
        world.execute("UPDATE devices SET last_seen_at = now() - interval '10 minutes' WHERE id = %s", agent.id)
        agent.beat()
        assert kinds(asked(agent)) == ["paused", "schedules"]

    def test_an_agent_that_never_beats_is_not_told_without_end(self, world: World, time: Waiting) -> None:
        agent = world.camera(heard_seconds_ago=None)
        assert kinds(asked(agent)) == ["paused", "schedules"]
        assert asked(agent, 5)["commands"] == []


class TestPausing:
    def test_a_paused_camera_is_asked_for_nothing(self, world: World, time: Waiting) -> None:
        agent = world.camera(is_paused=True)
        world.capture(agent.id)
        assert asked(agent, 5, revision=1)["commands"] == []
        assert time.waited == 5
        told = asked(agent)
        assert told["commands"][0] == {"type": "paused", "revision": 1, "paused": True}
        assert kinds(told) == ["paused", "schedules"]


class TestSharing:
    def test_when_many_poll_waits_become_shorter_and_pauses_longer(
        self, world: World, time: Waiting, environment: pytest.MonkeyPatch
    ) -> None:
        environment.setenv("POLL_ENVIRONMENTS", "2")
        settings.cache_clear()
        agent = world.camera()
        for _ in range(3):
            world.execute("UPDATE devices SET polled_at = now() WHERE id = %s", world.camera().id)
        world.execute("UPDATE devices SET polled_at = now() - interval '31 seconds' WHERE id = %s", world.camera().id)
        assert asked(agent, 20, revision=1) == {"commands": [], "revision": 1, "poll_after": 10}
        assert time.waited == 10
