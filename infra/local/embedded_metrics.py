"""Metrics that functions write into their logs, brought to the emulator's CloudWatch as CloudWatch Logs does on AWS."""

import asyncio
from collections.abc import Mapping
from typing import Any

from infra.local import emulated_aws

_PAUSE_SECONDS = 2.0
_KEPT = 5_000  # while the emulator is away


def datums(line: Mapping[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """Namespace and datum of each metric and each set of dimensions that a line of the embedded format names."""
    head, found = line["_aws"], []
    for directive in head["CloudWatchMetrics"]:
        for names in directive["Dimensions"]:
            dimensions = [{"Name": name, "Value": str(line[name])} for name in names]
            for metric in directive["Metrics"]:
                datum = {
                    "MetricName": metric["Name"],
                    "Dimensions": dimensions,
                    "Timestamp": head["Timestamp"] / 1000,
                    "Value": float(line[metric["Name"]]),
                    "Unit": metric.get("Unit", "None"),
                }
                found.append((directive["Namespace"], datum))
    return found


class EmbeddedMetrics:
    """Collects lines and brings them in few calls."""

    def __init__(self, endpoint: str) -> None:
        self._endpoint = endpoint
        self._waiting: dict[str, list[dict[str, Any]]] = {}

    def take(self, line: Mapping[str, Any]) -> None:
        for namespace, datum in datums(line):
            several = self._waiting.setdefault(namespace, [])
            several.append(datum)
            del several[:-_KEPT]

    async def run(self) -> None:
        while True:
            await asyncio.sleep(_PAUSE_SECONDS)
            waiting, self._waiting = self._waiting, {}
            for namespace, several in waiting.items():
                try:
                    await asyncio.to_thread(self._bring, namespace, several)
                except Exception:  # noqa: BLE001 - the emulator is starting again; numbers are no messages
                    self._waiting.setdefault(namespace, [])[:0] = several[-_KEPT:]

    def _bring(self, namespace: str, several: list[dict[str, Any]]) -> None:
        client = emulated_aws.client("cloudwatch", self._endpoint)
        for start in range(0, len(several), 500):
            client.put_metric_data(Namespace=namespace, MetricData=several[start : start + 500])
