"""Cameras as their owners have them: adding, pausing, renaming, letting go."""

from typing import Any
from uuid import UUID

import pytest

from captures.service import devices, schedules
from darkroom import auth, db, ids
from darkroom.settings import settings
from tests.factories import cameras
from tests.integration.captures.conftest import World
from tests.threads import requests_at_once


@pytest.fixture
def removed(monkeypatch: pytest.MonkeyPatch) -> list[UUID]:
    """The devices whose schedules were removed."""
    gone: list[UUID] = []
    monkeypatch.setattr(schedules, "remove_all", lambda tx, device_id: gone.append(device_id))
    return gone


def add(world: World, name: str = "Desk") -> dict[str, Any]:
    answer = world.post("/devices", {"name": name})
    assert answer.status == 201, answer.text
    shown: dict[str, Any] = answer.json()
    return shown


class TestAdding:
    def test_a_new_camera_has_a_code_and_nobody_who_speaks_for_it(self, world: World) -> None:
        added = add(world, "  Desk  ")
        assert set(added) == {"id", "name", "pairing_code", "expires_at"}
        assert added["name"] == "Desk"
        assert len(added["pairing_code"]) == 6
        device = world.device(added["id"])
        assert (device["online"], device["paired"], device["paused"]) == (False, False, False)
        assert device["last_seen_at"] is device["last_image"] is device["queued"] is device["disk_free"] is None
        assert device["cameras"] == []
        assert [kind for kind, _ in world.pushed()] == ["device.updated"]

    def test_a_code_rests_as_a_keyed_hash(self, world: World) -> None:
        code = add(world)["pairing_code"]
        with db.reading() as tx:
            (row,) = tx.all("SELECT device_pairings::text AS shown, code_hash FROM device_pairings")
        assert code not in row["shown"]
        assert len(row["code_hash"]) == 32

    @pytest.mark.parametrize(
        "body",
        [
            {},
            *({"name": name} for name in ("", " ", "x" * 121, "two\nlines", "ksed\u202e")),
            {"name": "x", "paused": 1},
        ],
    )
    def test_a_name_is_needed(self, world: World, body: dict[str, Any]) -> None:
        assert world.post("/devices", body).status == 400

    def test_there_is_an_end_to_how_many(self, world: World, environment: pytest.MonkeyPatch, removed: Any) -> None:
        environment.setenv("DEVICES_PER_PERSON", "2")
        settings.cache_clear()
        first = add(world)
        add(world)
        assert world.post("/devices", {"name": "third"}).status == 409
        assert world.other().post("/devices", {"name": "theirs"}).status == 201
        assert world.delete(f"/devices/{first['id']}").status == 204
        add(world)

    def test_two_at_once_do_not_pass_it(
        self, committed_world: World, environment: pytest.MonkeyPatch, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        world = committed_world
        environment.setenv("DEVICES_PER_PERSON", "3")
        settings.cache_clear()
        add(world)
        answers = requests_at_once([lambda: world.post("/devices", {"name": "one more"})] * 5, monkeypatch)
        assert sorted(answer.status for answer in answers) == [201, 201, 409, 409, 409]

    def test_a_repeated_key_adds_one(self, world: World) -> None:
        first = world.post("/devices", {"name": "Desk"}, key="k1").json()
        assert world.post("/devices", {"name": "Desk"}, key="k1").json() == first
        assert len(world.get("/devices").json()["items"]) == 1


class TestReading:
    def test_cameras_are_listed_newest_first_page_by_page(self, world: World) -> None:
        wanted = [str(world.camera(f"Camera {number}").id) for number in range(5)]
        world.execute(
            "UPDATE devices SET created_at = now() + make_interval(secs => right(name, 1)::integer) WHERE user_id = %s",
            world.person.user_id,
        )
        seen: list[str] = []
        cursor = None
        while True:
            page = world.get("/devices", query={"limit": 2} | ({"cursor": cursor} if cursor else {})).json()
            seen += [item["id"] for item in page["items"]]
            cursor = page["next_cursor"]
            if cursor is None:
                break
        assert seen == wanted[::-1]

    def test_a_camera_shows_its_last_photo_that_is_not_in_the_trash(self, world: World) -> None:
        agent = world.camera()
        with db.transaction() as tx:
            older = cameras.photo(tx, agent.id)
            newer = cameras.photo(tx, agent.id)
        assert str(newer.image_id) in world.device(agent.id)["last_image"]["thumbnail_url"]
        world.execute("UPDATE images SET trashed_at = now() WHERE id = %s", newer.image_id)
        (listed,) = world.get("/devices").json()["items"]
        assert str(older.image_id) in listed["last_image"]["url"]

    @pytest.mark.parametrize(("seconds", "is_online"), [(None, False), (5, True), (85, True), (95, False)])
    def test_online_is_a_heartbeat_in_90_seconds(self, world: World, seconds: float | None, is_online: bool) -> None:
        assert world.device(world.camera(heard_seconds_ago=seconds).id)["online"] is is_online

    def test_what_is_anothers_is_unknown(self, world: World) -> None:
        theirs = world.other().camera().id
        for path in (str(theirs), str(ids.new_id()), "no-id"):
            assert world.get(f"/devices/{path}").status == 404
            assert world.patch(f"/devices/{path}", {"paused": True}).status == 404
            assert world.delete(f"/devices/{path}").status == 404
            assert world.post(f"/devices/{path}/pairing").status == 404

    def test_nobody_is_let_in_without_a_persons_token(self, world: World) -> None:
        agent = world.camera()
        for token in (None, "nonsense", agent.token):
            assert world.get("/devices", token=token).status == 401
            assert world.patch(f"/devices/{agent.id}", {"name": 7}, token=token).status == 401


class TestChanging:
    def test_a_new_name(self, world: World) -> None:
        agent = world.camera()
        answer = world.patch(f"/devices/{agent.id}", {"name": "Window"})
        assert (answer.status, answer.json()["name"]) == (200, "Window")
        assert world.pushed() == [("device.updated", answer.json())]
        assert world.pushed(f"device:{agent.id}") == []

    def test_nothing_new_is_told_to_nobody(self, world: World) -> None:
        agent = world.camera()
        for body in ({}, {"name": "Desk"}, {"paused": False}):
            assert world.patch(f"/devices/{agent.id}", body).status == 200
        assert world.pushed() == []
        assert world.row("devices", agent.id)["revision"] == 1

    @pytest.mark.parametrize("body", [{"name": None}, {"paused": None}, {"paused": "yes"}, {"id": "x"}])
    def test_what_cannot_be(self, world: World, body: dict[str, Any]) -> None:
        assert world.patch(f"/devices/{world.camera().id}", body).status == 400

    def test_pausing_ends_what_waits_and_tells_the_agent_nothing_but_that(self, world: World) -> None:
        agent = world.camera()
        waiting = [world.capture(agent.id, status) for status in ("requested", "dispatched")]
        brought = world.capture(agent.id, "uploading")
        answer = world.patch(f"/devices/{agent.id}", {"paused": True})
        assert (answer.status, answer.json()["paused"]) == (200, True)
        assert world.pushed(f"device:{agent.id}") == [
            ("device.command", {"type": "paused", "revision": 2, "paused": True})
        ]
        for capture_id in waiting:
            row = world.row("captures", capture_id)
            assert (row["status"], row["error"]) == ("expired", devices.PAUSED)
        assert world.row("captures", brought)["status"] == "uploading"
        told = world.pushed()
        assert [(kind, data["id"]) for kind, data in told] == [
            ("capture.updated", str(waiting[0])),
            ("capture.updated", str(waiting[1])),
            ("device.updated", str(agent.id)),
        ]
        assert told[0][1]["status"] == "expired"
        assert told[-1][1] == answer.json()

    def test_what_waits_until_the_camera_is_back_waits_through_the_pause(self, world: World) -> None:
        agent = world.camera()
        world.patch(f"/devices/{agent.id}", {"paused": True})
        asked = world.post("/captures", {"device_id": str(agent.id), "when_online": True}).json()["id"]
        assert agent.poll().json()["commands"][-1]["type"] != "capture"
        assert [kind for kind, _ in world.pushed(f"device:{agent.id}")] == ["device.command"]
        world.patch(f"/devices/{agent.id}", {"paused": False})
        commands = [data for _, data in world.pushed(f"device:{agent.id}")]
        assert [command["type"] for command in commands] == ["paused", "paused", "capture"]
        assert commands[-1]["capture_id"] == asked
        assert agent.poll().json()["commands"][-1]["capture_id"] == asked

    def test_a_pause_is_kept_with_its_beginning_and_its_end(self, world: World) -> None:
        agent = world.camera()
        for paused in (True, True, False, False, True):
            assert world.patch(f"/devices/{agent.id}", {"paused": paused}).json()["paused"] is paused
        with db.reading() as tx:
            pauses = tx.all("SELECT * FROM device_pauses WHERE device_id = %s ORDER BY began_at", (agent.id,))
        assert len(pauses) == 2
        assert pauses[0]["began_at"] <= pauses[0]["ended_at"] <= pauses[1]["began_at"]
        assert pauses[1]["ended_at"] is None
        assert world.row("devices", agent.id)["revision"] == 4
        assert [data["paused"] for _, data in world.pushed(f"device:{agent.id}")] == [True, False, True]

    def test_the_switch_thrown_by_two_at_once_is_thrown_once(
        self, committed_world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        world = committed_world
        agent = world.camera()
        world.device(agent.id)
        pause = [lambda: world.patch(f"/devices/{agent.id}", {"paused": True})] * 4
        assert {answer.status for answer in requests_at_once(pause, monkeypatch)} == {200}
        assert world.value("SELECT count(*) FROM device_pauses") == 1
        assert world.row("devices", agent.id)["revision"] == 2


class TestRemoving:
    def test_its_token_ends_at_once_and_its_socket_is_closed(self, world: World, removed: list[UUID]) -> None:
        agent = world.camera()
        world.execute(
            "INSERT INTO realtime_connections (id, caller_kind, caller_id) VALUES ('socket', 'device', %s)", agent.id
        )
        assert agent.beat().status == 200
        assert world.delete(f"/devices/{agent.id}").status == 204
        assert agent.beat().status == 401
        assert agent.poll().status == 401
        assert [message.name for message in world.sqs.take("push")] == ["realtime.close"]
        assert removed == [agent.id]
        assert world.get(f"/devices/{agent.id}").status == 404
        assert world.get("/devices").json()["items"] == []
        assert world.delete(f"/devices/{agent.id}").status == 404
        assert removed == [agent.id]

    def test_a_photo_that_it_was_bringing_will_not_come(self, world: World, removed: list[UUID]) -> None:
        agent = world.camera()
        brought = world.capture(agent.id, "uploading")
        assert world.delete(f"/devices/{agent.id}").status == 204
        row = world.row("captures", brought)
        assert (row["status"], row["error"]) == ("failed", devices.REMOVED)

    def test_its_captures_stay_and_what_waits_comes_to_nothing(self, world: World, removed: list[UUID]) -> None:
        agent = world.camera()
        with db.transaction() as tx:
            photo = cameras.photo(tx, agent.id)
        waiting = world.capture(agent.id)
        assert world.delete(f"/devices/{agent.id}").status == 204
        assert world.row("captures", photo.capture_id)["status"] == "completed"
        row = world.row("captures", waiting)
        assert (row["status"], row["error"]) == ("expired", devices.REMOVED)
        assert [(kind, data["id"]) for kind, data in world.pushed()] == [
            ("capture.updated", str(waiting)),
            ("device.deleted", str(agent.id)),
        ]

    def test_its_code_pairs_nobody(self, world: World, removed: list[UUID]) -> None:
        added = add(world)
        assert world.delete(f"/devices/{added['id']}").status == 204
        assert world.value("SELECT count(*) FROM device_pairings") == 0

    def test_other_peoples_tokens_go_on(self, world: World, removed: list[UUID]) -> None:
        agent, another = world.camera(), world.camera()
        assert world.delete(f"/devices/{agent.id}").status == 204
        assert another.beat().status == 200
        with db.reading() as tx:
            assert auth.identify(tx, another.token).id == another.id
