"""Faults are planned for each service, used up in order, and refused when nobody knows them."""

import asyncio
from typing import Any, cast

import httpx
import pytest

from infra.local.stand_ins.framework import PREFIX, SERVICES, Call, Desk, Reply, StandIn, UnknownFault


@pytest.mark.parametrize("service", SERVICES)
def test_every_service_can_be_told_to_fail_and_fails_in_that_order(service: str) -> None:
    desk = Desk([])
    desk.plan(service, ["timeout", "500"])
    assert desk.describe(service)["faults"] == ["timeout", "500"]
    assert [desk.take_fault(service) for _ in range(3)] == ["timeout", "500", None]


def test_a_plan_replaces_the_one_before_and_an_empty_one_clears() -> None:
    desk = Desk([])
    desk.plan("stripe", ["500"])
    desk.plan("stripe", ["429", "empty"])
    assert desk.describe("stripe")["faults"] == ["429", "empty"]
    desk.plan("stripe", [])
    assert desk.take_fault("stripe") is None


def test_special_faults_belong_to_their_service_and_a_refused_plan_changes_nothing() -> None:
    desk = Desk([])
    desk.plan("replicate", ["nsfw", "lost_webhook"])
    with pytest.raises(UnknownFault):
        desk.plan("stripe", ["nsfw"])
    with pytest.raises(UnknownFault):
        desk.plan("replicate", ["nonsense"])
    assert desk.describe("replicate")["faults"] == ["nsfw", "lost_webhook"]


def test_calls_are_remembered_for_their_service() -> None:
    desk = Desk([])
    desk.record("gemini", "POST", "/v1/x", 200)
    (call,) = desk.describe("gemini")["calls"]
    assert (call["method"], call["path"], call["status"]) == ("POST", "/v1/x", 200)
    assert call["at"].endswith("Z")
    assert desk.describe("stripe")["calls"] == []


class _Waits(StandIn):
    """A provider that does something later than it is called."""

    service = "stripe"
    own_faults = frozenset({"lost_webhook"})

    def can_fail(self, path: str) -> bool:
        return path.startswith("/v1/")

    async def answer(self, call: Call) -> Reply:
        return Reply(200, (call.fault or "").encode())


def _call(desk: Desk, path: str) -> httpx.Response:
    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(cast("Any", desk))
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            return await client.get(f"{PREFIX}stripe{path}")

    return asyncio.run(ask())


def test_a_fault_of_what_happens_later_is_not_used_up_by_calls() -> None:
    stand_in = _Waits()
    desk = Desk([stand_in])
    desk.plan("stripe", ["lost_webhook", "500", "lost_answer"])
    assert _call(desk, "/page").status_code == 200
    assert _call(desk, "/v1/things").status_code == 500
    assert _call(desk, "/v1/things").text == "lost_answer"
    assert _call(desk, "/v1/things").text == ""
    assert stand_in.take_fault(frozenset({"late_webhook"})) is None
    assert stand_in.take_fault(stand_in.own_faults) == "lost_webhook"
    assert desk.describe("stripe")["faults"] == []
