"""Whether cameras live, and who is told when they do not: their owners, once an outage."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any
from uuid import UUID

import pytest

from captures import watch
from captures.service import captures, heartbeats
from darkroom import db
from tests.factories.cameras import CAMERAS
from tests.integration.captures.conftest import Agent, World
from tests.threads import at_once, own_connections


def sweep(limit: int = 100) -> int:
    with db.transaction() as tx:
        return heartbeats.tell_of_silent(tx, limit)


def confirmed(world: World) -> World:
    """Somebody who may have mail."""
    world.execute("UPDATE users SET email_confirmed_at = now() WHERE id = %s", world.person.user_id)
    return world


def silence(world: World, device_id: UUID, seconds: float = 91) -> None:
    world.execute(
        "UPDATE devices SET last_seen_at = now() - make_interval(secs => %s) WHERE id = %s", seconds, device_id
    )


class TestBeating:
    def test_a_heartbeat_says_how_it_is_and_hears_what_it_compares(self, world: World) -> None:
        agent = world.camera(heard_seconds_ago=None)
        world.capture(agent.id)
        world.capture(agent.id, "dispatched")
        world.capture(agent.id, expires_in=-1)
        world.capture(agent.id, "uploading")
        answer = agent.beat(disk_free=5, queued=2**40, cameras=[{"id": "1", "name": "Back"}])
        assert answer.status == 200, answer.text
        heard = answer.json()
        assert set(heard) == {"server_time", "paused", "revision", "waiting"}
        assert (heard["paused"], heard["revision"], heard["waiting"]) == (False, 1, 2)
        assert abs((datetime.now(UTC) - datetime.fromisoformat(heard["server_time"])).total_seconds()) < 60
        assert heard["server_time"].endswith("Z")
        device = world.device(agent.id)
        assert (device["online"], device["disk_free"], device["queued"]) == (True, 5, 2**40)
        assert device["cameras"] == [{"id": "1", "name": "Back"}]

    def test_a_paused_camera_hears_so(self, world: World) -> None:
        agent = world.camera(is_paused=True)
        world.capture(agent.id)
        heard = agent.beat().json()
        assert (heard["paused"], heard["waiting"]) == (True, 0)

    def test_only_what_its_owner_would_see_is_told(self, world: World) -> None:
        agent = world.camera(heard_seconds_ago=None)
        agent.beat()
        assert [data["online"] for _, data in world.pushed(kind="device.updated")] == [True]
        agent.beat()
        agent.beat(disk_free=7)
        assert len(world.pushed()) == 1
        agent.beat(queued=2)
        agent.beat(queued=2, cameras=[])
        assert [data["queued"] for _, data in world.pushed()] == [0, 2, 2]
        silence(world, agent.id)
        agent.beat(queued=2, cameras=[])
        assert len(world.pushed()) == 4

    @pytest.mark.parametrize(
        "said", [{"queued": -1}, {"disk_free": "5"}, {"cameras": None}, {"cameras": CAMERAS * 33}, {"extra": 1}]
    )
    def test_what_cannot_be(self, world: World, said: dict[str, Any]) -> None:
        assert world.camera().beat(**said).status == 400

    def test_a_persons_token_is_no_agents(self, world: World) -> None:
        agent = world.camera()
        for token in (world.person.token, None, "nonsense"):
            assert agent.say("/heartbeat", {"wrong": 1}, token=token).status == 401


class TestOutages:
    def test_the_owner_is_told_once_an_outage(self, world: World) -> None:
        agent = confirmed(world).camera("Window <b>")
        silence(world, agent.id, 89)
        assert sweep() == 0
        silence(world, agent.id)
        assert [sweep(), sweep()] == [1, 0]
        (mail,) = world.mails("device_offline")
        assert (mail["name"], mail["device"]) == ("Ada", "Window <b>")
        assert mail["url"] == f"http://127.0.0.1:8000/captures/cameras/{agent.id}"
        assert mail["last_seen_at"].endswith("Z")
        assert [data["online"] for _, data in world.pushed(kind="device.updated")] == [False]
        agent.beat()
        assert world.row("devices", agent.id)["is_away"] is False
        assert sweep() == 0
        silence(world, agent.id, 120)
        assert sweep() == 1
        assert len(world.mails("device_offline")) == 2

    def test_many_are_told_part_by_part(self, world: World) -> None:
        for _ in range(5):
            silence(confirmed(world), world.camera().id)
        assert [sweep(2), sweep(2), sweep(2), sweep(2)] == [2, 2, 1, 0]
        assert len(world.mails("device_offline")) == 5

    def test_never_seen_is_no_outage(self, world: World) -> None:
        confirmed(world).camera(heard_seconds_ago=None)
        assert sweep() == 0

    def test_an_unconfirmed_address_gets_no_mail_but_open_pages_are_told(self, world: World) -> None:
        silence(world, world.camera().id)
        assert sweep() == 1
        assert world.mails("device_offline") == []
        assert len(world.pushed()) == 1

    def test_a_suspended_person_is_told_nothing(self, world: World) -> None:
        silence(confirmed(world), world.camera().id)
        world.execute("UPDATE users SET suspended_at = now() WHERE id = %s", world.person.user_id)
        assert [sweep(), sweep()] == [1, 0]
        assert world.mails("device_offline") == []
        assert world.pushed() == []

    def test_a_removed_camera_may_be_silent(self, world: World) -> None:
        agent = confirmed(world).camera()
        silence(world, agent.id)
        world.execute("UPDATE devices SET deleted_at = now() WHERE id = %s", agent.id)
        assert sweep() == 0

    def test_a_paused_camera_is_written_about_when_its_pause_ends(self, world: World) -> None:
        agent = confirmed(world).camera(is_paused=True)
        silence(world, agent.id)
        assert sweep() == 1
        assert world.mails("device_offline") == []
        assert len(world.pushed(kind="device.updated")) == 1
        world.patch(f"/devices/{agent.id}", {"paused": False})
        assert [sweep(), sweep()] == [1, 0]
        assert len(world.mails("device_offline")) == 1
        for paused, found in ((True, 0), (False, 1)):
            world.patch(f"/devices/{agent.id}", {"paused": paused})
            assert sweep() == found
        assert len(world.mails("device_offline")) == 1


class TestAtOnce:
    def test_sweeps_at_once_tell_each_outage_once(
        self, committed_world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        worlds = [confirmed(committed_world), *[confirmed(committed_world.other()) for _ in range(3)]]
        for _ in range(6):
            for world in worlds:
                silence(world, world.camera().id)

        def sweep_all() -> int:
            told = 0
            while found := sweep(5):
                told += found
            return told

        with own_connections(monkeypatch):
            # Whoever finds every row locked leaves them to whoever has them, and to the next minute.
            swept = sum(at_once([sweep_all] * 4)) + sweep(100)
        assert swept == 24
        for world in worlds:
            assert len(world.mails("device_offline")) == 6
            assert len(world.pushed(kind="device.updated")) == 6

    def test_a_heartbeat_amid_a_sweep_ends_online(
        self, committed_world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        world = confirmed(committed_world)
        agents = [world.camera(heard_seconds_ago=200) for _ in range(8)]
        said = heartbeats.Said(CAMERAS, 5, 0)

        def beat(agent: Agent) -> int:
            with db.transaction() as tx:
                return heartbeats.heard(tx, agent.id, said).revision

        work: list[Callable[[], int]] = [partial(beat, agent) for agent in agents]
        with own_connections(monkeypatch):
            at_once([*work, sweep, sweep])
        for agent in agents:
            assert world.device(agent.id)["online"] is True
            assert world.row("devices", agent.id)["is_away"] is False
        assert sweep() == 0
        last = {data["id"]: data["online"] for _, data in world.pushed(kind="device.updated")}
        assert set(last.values()) == {True}


def test_each_minute_every_silent_camera_is_found(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "_BATCH", 2)
    monkeypatch.setattr(captures, "expire", lambda tx, limit: 0)
    for _ in range(5):
        silence(confirmed(world), world.camera().id)
    world.post("/devices", {"name": "Desk"})
    world.execute("UPDATE device_pairings SET expires_at = now() - interval '1 minute'")
    assert watch.handler({}, None) == {"away": 5, "expired": 0, "codes": 1}
    assert watch.handler({}, None) == {"away": 0, "expired": 0, "codes": 0}
    assert len(world.mails("device_offline")) == 5
