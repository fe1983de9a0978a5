"""Faults are planned for each service, used up in order, and refused when nobody knows them."""

import pytest

from infra.local.stand_ins.framework import SERVICES, Desk, UnknownFault


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
