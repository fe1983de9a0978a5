"""Metrics as CloudWatch's embedded metric format: a log line that becomes numbers, without a call to anything."""

import json
import sys
from typing import Literal

from darkroom import clock
from darkroom.settings import settings

NAMESPACE = "Darkroom"

Unit = Literal["Count", "Milliseconds", "Bytes", "Seconds", "None"]


def put(name: str, value: float, unit: Unit = "Count", **dimensions: str) -> None:
    """One value of one metric, by its dimensions and over all of them (alarms cannot add up what they do not name).
    Dimensions are few and have few values each: every combination is billed."""
    line = {
        "_aws": {
            "Timestamp": int(clock.now().timestamp() * 1000),
            "CloudWatchMetrics": [
                {
                    "Namespace": NAMESPACE,
                    "Dimensions": [["Stage"], ["Stage", *dimensions]] if dimensions else [["Stage"]],
                    "Metrics": [{"Name": name, "Unit": unit}],
                }
            ],
        },
        "Stage": settings().stage,
        **dimensions,
        name: value,
    }
    sys.stdout.write(json.dumps(line) + "\n")
