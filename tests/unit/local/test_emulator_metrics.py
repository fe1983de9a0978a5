"""What the emulator's CloudWatch knows of queues, and when its alarms ring."""

import json
from typing import Any

import pytest

from infra.local import embedded_metrics
from infra.local.emulator_metrics import breaches, depth, event_of

NOW = 1_000.0


def message(sent: float, visible: float, received: int = 0) -> dict[str, Any]:
    return {"sent_at": sent, "visible_at": visible, "receive_count": received}


def test_a_queue_is_as_old_as_its_oldest_message_that_waits_or_is_worked_on() -> None:
    waiting, worked_on, delayed = message(940, 940), message(900, 1_200, 1), message(100, 1_700)
    assert depth([waiting], NOW) == (1, 0, 60)
    assert depth([waiting, worked_on], NOW) == (1, 1, 100)
    assert depth([waiting, delayed], NOW) == (1, 0, 60)
    assert depth([delayed], NOW) == (0, 0, 0)
    assert depth([], NOW) == (0, 0, 0)


@pytest.mark.parametrize(
    ("values", "missing", "needed", "state"),
    [
        ([10.0], "notBreaching", None, "ALARM"),
        ([9.9], "notBreaching", None, "OK"),
        ([12.0, None], "notBreaching", None, "OK"),
        ([12.0, 11.0], "notBreaching", None, "ALARM"),
        ([12.0, None, 30.0], "notBreaching", 2, "ALARM"),
        ([None], "notBreaching", None, "OK"),
        ([None], "breaching", None, "ALARM"),
        ([None], None, None, None),
    ],
)
def test_an_alarm_rings_when_enough_periods_cross_its_threshold(
    values: list[float | None], missing: str | None, needed: int | None, state: str | None
) -> None:
    alarm = {
        "ComparisonOperator": "GreaterThanOrEqualToThreshold",
        "Threshold": 10,
        "TreatMissingData": missing,
        "DatapointsToAlarm": needed,
    }
    assert breaches(alarm, values) == state


def test_an_operator_that_is_not_known_says_nothing() -> None:
    assert breaches({"ComparisonOperator": "LessThanLowerThreshold"}, [1.0]) is None


def test_a_change_is_an_event_as_cloudwatch_writes_it() -> None:
    event = event_of({"AlarmName": "a", "AlarmArn": "arn:a"}, "OK", "ALARM", "high", "2026-11-26T12:00:00Z")
    assert (event["Source"], event["DetailType"]) == ("aws.cloudwatch", "CloudWatch Alarm State Change")
    detail = json.loads(event["Detail"])
    assert detail["alarmName"] == "a"
    assert (detail["state"]["value"], detail["previousState"]["value"]) == ("ALARM", "OK")


def test_a_line_of_the_embedded_format_becomes_a_datum_for_each_set_of_dimensions() -> None:
    line = {
        "_aws": {
            "Timestamp": 1_795_000_000_000,
            "CloudWatchMetrics": [
                {
                    "Namespace": "Darkroom",
                    "Dimensions": [["Stage"], ["Stage", "Kind"]],
                    "Metrics": [{"Name": "RestorationsFailed", "Unit": "Count"}],
                }
            ],
        },
        "Stage": "local",
        "Kind": "provider",
        "RestorationsFailed": 2,
    }
    found = embedded_metrics.datums(line)
    assert [namespace for namespace, _ in found] == ["Darkroom", "Darkroom"]
    assert [[d["Value"] for d in datum["Dimensions"]] for _, datum in found] == [["local"], ["local", "provider"]]
    assert {datum["Value"] for _, datum in found} == {2.0}
