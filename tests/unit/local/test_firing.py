"""A schedule's name means that one, and those of products which have one of their own."""

import asyncio
from typing import Any

import pytest

from infra.local.console import firing, views

KNOWN: list[dict[str, Any]] = [
    {"name": "cleanup", "schedule": "restorations-cleanup", "function": "darkroom-local-restorations-cleanup"},
    {"name": "cleanup", "schedule": "cleanup", "function": "darkroom-local-operations-cleanup"},
    {"name": "tidy", "schedule": "tidy", "function": "darkroom-local-galleries-tidy"},
    {"name": "watch", "schedule": "restorations-watch", "function": "darkroom-local-restorations-watch"},
    {"name": "capture-1", "schedule": "capture-1", "function": ""},
]


@pytest.mark.parametrize(
    ("name", "schedules"),
    [
        ("cleanup", ["cleanup", "restorations-cleanup"]),
        ("restorations-cleanup", ["restorations-cleanup"]),
        ("tidy", ["tidy"]),
        ("watch", ["restorations-watch"]),
        ("capture-1", ["capture-1"]),
        ("up", []),
        ("1", ["capture-1"]),
        ("", []),
    ],
)
def test_what_a_name_means(name: str, schedules: list[str]) -> None:
    assert [row["schedule"] for row in firing.named(KNOWN, name)] == schedules
    assert [row["schedule"] for row in firing.named(views.told_apart(KNOWN), name)] == schedules


def test_no_two_are_shown_under_one_name() -> None:
    shown = [row["name"] for row in views.told_apart(KNOWN)]
    assert shown == ["capture-1", "cleanup", "restorations-cleanup", "tidy", "watch"]


class Environments:
    def __init__(self, failing: str = "") -> None:
        self.failing = failing

    def knows(self, function: str) -> bool:
        return bool(function)

    async def invoke(self, function: str, payload: bytes) -> Any:
        class Outcome:
            error = "Unhandled" if function == self.failing else None
            body = f'"{function}"'.encode()

        return Outcome()


def fire(name: str, failing: str = "") -> dict[str, Any]:
    rows = [{**row, "target": {}, "arn": "arn"} for row in firing.named(KNOWN, name)]
    return asyncio.run(firing.fire_all(rows, Environments(failing), ""))  # type: ignore[arg-type]


def test_one_schedule_answers_as_it_always_has() -> None:
    assert fire("tidy") == {"name": "tidy", "error": None, "result": "darkroom-local-galleries-tidy"}


def test_several_are_told_beside_the_first() -> None:
    answer = fire("cleanup")
    assert (answer["error"], answer["result"]) == (None, "darkroom-local-operations-cleanup")
    assert [each["result"] for each in answer["also"]] == ["darkroom-local-restorations-cleanup"]
    assert fire("cleanup", failing="darkroom-local-restorations-cleanup")["error"] == "Unhandled"
