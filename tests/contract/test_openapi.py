"""The committed document is what the code says, and it says what the conventions promise."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from infra.tools import openapi

DOCUMENT: dict[str, Any] = json.loads(openapi.DOCUMENT.read_text())
OPERATIONS = [
    pytest.param(path, method, operation, id=operation["operationId"])
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
]
# What conventions.md opens to everyone.
OPEN_TO_ALL = re.compile(
    r"/api/v1/(auth/(register|login|refresh|logout|password-reset.*|.*confirm.*)|health|openapi\.json|shared/.*"
    r"|webhooks/.*|devices/pair|upload.*|checkout|orders/.*|download/.*|jobs/process(/failed)?)"
)


def test_the_committed_document_has_not_drifted() -> None:
    assert openapi.main(["--check"]) == 0, "run `make generate` and commit functions/operations/openapi.json"


def test_drift_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    stale = tmp_path / "openapi.json"
    assert openapi.main(["--check"], stale) == 1
    stale.write_text("{}")
    assert openapi.main(["--check"], stale) == 1
    assert "make generate" in capsys.readouterr().err
    assert openapi.main([], stale) == 0
    assert openapi.main(["--check"], stale) == 0


def test_it_is_openapi_3_1_of_every_product() -> None:
    assert DOCUMENT["openapi"].startswith("3.1")
    assert {"accounts.api", "galleries.api", "galleries.shared", "galleries.webhook"} <= set(openapi.apps())


@pytest.mark.parametrize(("path", "method", "operation"), OPERATIONS)
def test_every_operation_says_what_the_conventions_promise(path: str, method: str, operation: dict[str, Any]) -> None:
    assert path.startswith("/api/v1/")
    assert not path.endswith("/")
    assert re.fullmatch(r"[a-z][A-Za-z]+", operation["operationId"])
    assert operation["summary"]
    answers = operation["responses"]
    assert "422" not in answers
    assert "application/problem+json" in answers["default"]["content"]
    if "requestBody" in operation:
        assert "400" in answers
    assert bool(operation.get("security")) or OPEN_TO_ALL.fullmatch(path), "needs a signed-in caller"
    if operation.get("security"):
        assert "401" in answers
    if any(parameter["in"] == "path" for parameter in operation.get("parameters", ())):
        assert "404" in answers
    if "(admin)" in operation["summary"]:
        assert "403" in answers
    if method == "post":
        assert any(parameter["name"] == "Idempotency-Key" for parameter in operation["parameters"])


@pytest.mark.parametrize("name", sorted(DOCUMENT["components"]["schemas"]))
def test_every_schema_is_used_and_strict_where_it_comes_in(name: str) -> None:
    text = json.dumps(DOCUMENT)
    assert f'"#/components/schemas/{name}"' in text
    for path in DOCUMENT["paths"].values():
        for operation in path.values():
            body = json.dumps(operation.get("requestBody", {}))
            if f'"#/components/schemas/{name}"' in body:
                assert DOCUMENT["components"]["schemas"][name].get("additionalProperties") is False


def test_every_reference_leads_somewhere() -> None:
    for kind, name in re.findall(r'"#/components/(\w+)/([^"]+)"', json.dumps(DOCUMENT)):
        assert name in DOCUMENT["components"][kind]


def test_names_that_clash_are_an_error() -> None:
    def product(path: str, operation_id: str, shape: str) -> dict[str, Any]:
        return {
            "paths": {path: {"get": {"operationId": operation_id}}},
            "components": {"schemas": {"Thing": {"type": shape}}},
        }

    alike = openapi.merged([product("/a", "getA", "object"), product("/b", "getB", "object")])
    assert list(alike["paths"]) == ["/a", "/b"]
    for other, words in (
        (product("/b", "getB", "string"), "Thing"),
        (product("/b", "getA", "object"), "getA"),
        (product("/a", "getC", "object"), "/a"),
    ):
        with pytest.raises(openapi.Clash, match=words):
            openapi.merged([product("/a", "getA", "object"), other])


@pytest.mark.parametrize("operation_id", ["checkOut", "requestCapture", "createSchedule"])
def test_what_a_body_names_may_be_unknown(operation_id: str) -> None:
    paths: dict[str, dict[str, Any]] = DOCUMENT["paths"]
    [operation] = [each for path in paths.values() for each in path.values() if each["operationId"] == operation_id]
    assert "404" in operation["responses"]
