"""The action of the alarms on depth and age: bounded, reversed, and by how the alarms stand now."""

import json
from typing import Any

import pytest

from darkroom import aws, clients
from darkroom.settings import settings
from restorations import scale

SCALING = {"restorations": {"source": "5d4a", "usual": 10, "most": 40}}


class Aws:
    """CloudWatch and Lambda, as far as they are asked."""

    def __init__(self) -> None:
        self.ringing: set[str] = set()
        self.changes: list[tuple[str, int]] = []

    def call(self, service: str, target: str, body: dict[str, Any]) -> dict[str, Any]:
        assert (service, target) == ("monitoring", "GraniteServiceVersion20100801.DescribeAlarms")
        assert body["StateValue"] == "ALARM"
        return {"MetricAlarms": [{"AlarmName": name} for name in body["AlarmNames"] if name in self.ringing]}

    def update_event_source_mapping(self, *, UUID: str, ScalingConfig: dict[str, int]) -> None:  # noqa: N803
        self.changes.append((UUID, ScalingConfig["MaximumConcurrency"]))


@pytest.fixture
def cloud(environment: pytest.MonkeyPatch, monkeypatch: pytest.MonkeyPatch) -> Aws:
    cloud = Aws()
    environment.setenv("SCALING", json.dumps(SCALING))
    settings.cache_clear()
    monkeypatch.setattr(aws, "call", cloud.call)
    monkeypatch.setattr(clients, "functions", lambda: cloud)
    return cloud


def changed(alarm: str, state: str) -> dict[str, Any]:
    return {
        "source": "aws.cloudwatch",
        "detail-type": "CloudWatch Alarm State Change",
        "detail": {"alarmName": alarm, "state": {"value": state}},
    }


def test_more_workers_while_an_alarm_rings_and_as_many_as_usual_after(cloud: Aws) -> None:
    cloud.ringing = {"darkroom-local-restorations-depth"}
    assert scale.handler(changed("darkroom-local-restorations-depth", "ALARM"), None) == {"restorations": 40}
    cloud.ringing = set()
    assert scale.handler(changed("darkroom-local-restorations-depth", "OK"), None) == {"restorations": 10}
    assert cloud.changes == [("5d4a", 40), ("5d4a", 10)]


def test_one_alarm_is_over_and_the_other_still_rings(cloud: Aws) -> None:
    cloud.ringing = {"darkroom-local-restorations-age"}
    assert scale.handler(changed("darkroom-local-restorations-depth", "OK"), None) == {"restorations": 40}


def test_an_event_that_comes_late_or_twice_changes_nothing(cloud: Aws) -> None:
    for _ in range(2):
        assert scale.handler(changed("darkroom-local-restorations-age", "ALARM"), None) == {"restorations": 10}


def test_a_queue_that_nobody_scales_is_an_error_and_changes_nothing(cloud: Aws) -> None:
    with pytest.raises(KeyError):
        scale.handler(changed("darkroom-local-mail-age", "ALARM"), None)
    assert cloud.changes == []
