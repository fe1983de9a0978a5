"""A code makes an agent the one that speaks for a device: once, in time, and not by guessing."""

from functools import partial
from typing import Any
from uuid import UUID

import pytest

from captures import agent as agent_api
from captures.service import pairing
from darkroom import db
from tests.api import Answer, Api
from tests.conftest import FrozenTime
from tests.factories.cameras import CAMERAS, Camera
from tests.integration.captures.conftest import Agent, World
from tests.threads import requests_at_once

AGENT = {"version": "0.1.0", "platform": "Linux aarch64", "cameras": CAMERAS}


@pytest.fixture
def stranger() -> Api:
    """Whoever has an address and no token."""
    return Api(agent_api.handler, source_ip="203.0.113.9")


def code_of(world: World, name: str = "Desk") -> tuple[UUID, str]:
    added = world.post("/devices", {"name": name}).json()
    return UUID(added["id"]), added["pairing_code"]


def pair(api: Api, code: str, **options: Any) -> Answer:
    return api.post("/devices/pair", {"pairing_code": code, "agent": AGENT}, **options)


def agent_of(answer: Answer) -> Agent:
    assert answer.status == 201, answer.text
    return Agent(Camera(UUID(answer.json()["device_id"]), answer.json()["device_token"]))


class TestPairing:
    def test_the_right_code_makes_an_agent(self, world: World, stranger: Api) -> None:
        device_id, code = code_of(world)
        answer = pair(stranger, code)
        assert answer.status == 201, answer.text
        paired = answer.json()
        assert set(paired) == {"device_id", "device_token", "websocket_url", "name"}
        assert (paired["device_id"], paired["name"]) == (str(device_id), "Desk")
        assert paired["websocket_url"] == "ws://127.0.0.1:8000/ws"
        assert agent_of(answer).beat().status == 200
        device = world.device(device_id)
        assert device["paired"] is True
        assert device["cameras"] == CAMERAS
        assert (device["agent_version"], device["platform"]) == ("0.1.0", "Linux aarch64")
        assert world.pushed(kind="device.updated")[1][1]["paired"] is True

    @pytest.mark.parametrize("spelled", [str.lower, lambda code: f" {code[:3]}-{code[3:]} ", " ".join])
    def test_a_code_may_be_typed_as_people_type(self, world: World, stranger: Api, spelled: Any) -> None:
        _, code = code_of(world)
        assert pair(stranger, spelled(code)).status == 201

    def test_a_code_works_once(self, world: World, stranger: Api) -> None:
        _, code = code_of(world)
        agent = agent_of(pair(stranger, code))
        assert pair(stranger, code).status == 404
        assert agent.beat().status == 200

    def test_a_code_works_for_ten_minutes(self, world: World, stranger: Api, frozen_time: FrozenTime) -> None:
        _, code = code_of(world)
        _, other = code_of(world)
        frozen_time.advance(599)
        assert pair(stranger, code).status == 201
        frozen_time.advance(1)
        assert pair(stranger, other).status == 404

    def test_a_new_code_ends_the_old_one_and_when_used_the_old_agent(self, world: World, stranger: Api) -> None:
        device_id, code = code_of(world)
        first = agent_of(pair(stranger, code))
        earlier = world.post(f"/devices/{device_id}/pairing").json()["pairing_code"]
        answer = world.post(f"/devices/{device_id}/pairing")
        assert answer.status == 201
        assert (answer.json()["id"], answer.json()["name"]) == (str(device_id), "Desk")
        assert pair(stranger, earlier).status == 404
        assert first.beat().status == 200
        world.execute(
            "INSERT INTO realtime_connections (id, caller_kind, caller_id) VALUES ('socket', 'device', %s)", device_id
        )
        second = agent_of(pair(stranger, answer.json()["pairing_code"]))
        assert first.beat().status == 401
        assert second.beat().status == 200
        assert "realtime.close" in [message.name for message in world.sqs.take("push")]

    def test_a_suspended_persons_device_is_paired_with_nobody(self, world: World, stranger: Api) -> None:
        _, code = code_of(world)
        world.execute("UPDATE users SET suspended_at = now() WHERE id = %s", world.person.user_id)
        assert pair(stranger, code).status == 404

    @pytest.mark.parametrize(
        "body",
        [
            {},
            {"pairing_code": "", "agent": AGENT},
            {"pairing_code": "ABCDEF"},
            {"pairing_code": "ABCDEF", "agent": AGENT | {"extra": 1}},
            {"pairing_code": "ABCDEF", "agent": AGENT | {"cameras": [{"id": "0"}]}},
            {"pairing_code": "ABCDEF", "agent": AGENT | {"cameras": CAMERAS * 33}},
        ],
    )
    def test_what_is_no_request_is_no_guess(self, world: World, stranger: Api, body: dict[str, Any]) -> None:
        for _ in range(12):
            assert stranger.post("/devices/pair", body).status == 400

    def test_a_repeated_key_answers_the_first_answer_again(self, world: World, stranger: Api) -> None:
        _, code = code_of(world)
        first = pair(stranger, code, key="k1")
        again = pair(stranger, code, key="k1")
        assert (again.status, again.json()) == (201, first.json())
        assert agent_of(again).beat().status == 200
        assert pair(stranger, "ABCDEF", key="k1").status == 409


class TestGuessing:
    def test_the_eleventh_failure_from_an_address_is_one_too_many(
        self, world: World, stranger: Api, frozen_time: FrozenTime
    ) -> None:
        _, code = code_of(world)
        for _ in range(10):
            assert pair(stranger, "ABCDEF").status == 404
        refused = pair(stranger, "ABCDEF")
        assert refused.status == 429
        assert 0 < int(refused.headers["retry-after"]) <= 901
        assert pair(stranger, code).status == 429
        assert pair(Api(agent_api.handler, source_ip="203.0.113.10"), code).status == 201
        frozen_time.advance(901)
        assert pair(stranger, "ABCDEF").status == 404

    def test_successes_count_for_nothing(self, world: World, stranger: Api) -> None:
        for number in range(12):
            _, code = code_of(world, f"Camera {number}")
            assert pair(stranger, code).status == 201

    def test_failures_at_once_are_counted_exactly(
        self, committed_world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        api = Api(agent_api.handler)
        assert pair(api, "ABCDEF").status == 404
        answers = requests_at_once([partial(pair, api, "ABCDEF")] * 16, monkeypatch)
        assert sorted(answer.status for answer in answers) == [404] * 9 + [429] * 7


def test_two_who_have_one_code_race_and_one_gets_it(committed_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world = committed_world
    api = Api(agent_api.handler)
    for _ in range(3):
        device_id, code = code_of(world)
        pair(api, "ABCDEF")
        answers = requests_at_once([partial(pair, api, code)] * 6, monkeypatch)
        assert sorted(answer.status for answer in answers) == [201] + [404] * 5
        (winner,) = [answer for answer in answers if answer.status == 201]
        assert agent_of(winner).beat().status == 200
        live = "SELECT count(*) FROM opaque_tokens WHERE subject_id = %s AND revoked_at IS NULL"
        assert world.value(live, device_id) == 1
        world.execute("DELETE FROM throttles")


def test_codes_that_work_no_more_are_forgotten(world: World, frozen_time: FrozenTime) -> None:
    code_of(world)
    frozen_time.advance(300)
    code_of(world)
    frozen_time.advance(301)
    with db.transaction() as tx:
        assert pairing.forget_codes(tx, 100) == 1
    assert world.value("SELECT count(*) FROM device_pairings") == 1
