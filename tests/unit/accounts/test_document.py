"""The routes as the OpenAPI document tells of them: clients are generated from it."""

import re
from typing import Any

import pytest

from accounts.api import app


@pytest.fixture(scope="module")
def operations() -> list[dict[str, Any]]:
    return [operation for path in app.openapi()["paths"].values() for operation in path.values()]


def test_every_operation_has_a_name_of_its_own_and_says_who_may(operations: list[dict[str, Any]]) -> None:
    names = [operation["operationId"] for operation in operations]
    assert len(set(names)) == len(names) == 22
    for operation in operations:
        assert re.fullmatch(r"[a-z]+([A-Z][a-z]+)+", operation["operationId"])
        [who] = re.findall(r"\((anyone|user|admin|whoever holds it)\)", operation["summary"])
        assert bool(operation.get("security")) == (who in {"user", "admin"}), operation["operationId"]


def test_every_refusal_is_a_problem_and_none_is_422(operations: list[dict[str, Any]]) -> None:
    for operation in operations:
        assert "422" not in operation["responses"]
        for status, answer in operation["responses"].items():
            if status == "default" or int(status) >= 400:
                assert "application/problem+json" in answer["content"], (operation["operationId"], status)
