"""A deployment's own function: keys that are missing are made, migrations applied, CloudFormation told how it went."""

import json
from collections.abc import Iterator
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import pytest

from darkroom import aws, secrets
from darkroom.settings import settings
from operations import deployment, migrate

ARN = "arn:aws:secretsmanager:us-east-1:000000000000:secret:darkroom/dev"


class Vault:
    """Secrets Manager with one secret."""

    def __init__(self) -> None:
        self.document: dict[str, str] = {}
        self.writes = 0

    def call(self, service: str, target: str, body: dict[str, Any]) -> dict[str, Any]:
        assert (service, body["SecretId"]) == ("secretsmanager", ARN)
        if target.endswith(".PutSecretValue"):
            assert body["ClientRequestToken"]
            self.document = json.loads(body["SecretString"])
            self.writes += 1
            return {}
        return {"SecretString": json.dumps(self.document)}


@pytest.fixture
def vault(environment: pytest.MonkeyPatch, monkeypatch: pytest.MonkeyPatch) -> Vault:
    vault = Vault()
    monkeypatch.setattr(aws, "call", vault.call)
    environment.setenv("SECRETS_ARN", ARN)
    environment.delenv("SECRETS_JSON", raising=False)
    settings.cache_clear()
    secrets.forget()
    return vault


@pytest.fixture
def cloudformation(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """The address that CloudFormation gives, and what is put there."""
    told: list[dict[str, Any]] = []

    class Address(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            told.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
            assert self.path == "/answer?signature=x"
            assert self.headers["content-type"] == ""
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: Any) -> None: ...

    monkeypatch.setattr(deployment, "HTTPSConnection", HTTPConnection)
    with HTTPServer(("127.0.0.1", 0), Address) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"https://127.0.0.1:{server.server_port}/answer?signature=x", told
        server.shutdown()
        thread.join()


def event(kind: str, address: str) -> dict[str, Any]:
    return {
        "RequestType": kind,
        "ResponseURL": address,
        "StackId": "stack",
        "RequestId": "request",
        "LogicalResourceId": "Deployed",
    }


@pytest.fixture
def migrated(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the migrations would apply; test_migrations.py has them really run."""
    applied = ["0001_ground_floor"]
    monkeypatch.setattr(migrate, "handler", lambda _event, _context: {"applied": applied})
    return applied


def test_missing_keys_are_made_and_those_there_stay(vault: Vault, migrated: list[str]) -> None:
    vault.document = {"edge_secret": "made by CloudFormation", "sendgrid_api_key": "an operator's"}
    assert deployment.handler({}, None) == {"applied": migrated}
    first = dict(vault.document)
    assert first["edge_secret"] == "made by CloudFormation"
    assert first["sendgrid_api_key"] == "an operator's"
    assert len(first["token_key"]) >= 48
    assert len({first["token_key"], first["api_secret"]}) == 2
    deployment.handler({}, None)
    assert vault.document == first
    assert vault.writes == 1


@pytest.mark.parametrize("kind", ["Create", "Update"])
def test_cloudformation_is_told_of_success(
    vault: Vault, migrated: list[str], cloudformation: tuple[str, list[dict[str, Any]]], kind: str
) -> None:
    address, told = cloudformation
    deployment.handler(event(kind, address), None)
    assert told == [
        {
            "Status": "SUCCESS",
            "Data": {"Applied": "0001_ground_floor"},
            "PhysicalResourceId": "deployed",
            "StackId": "stack",
            "RequestId": "request",
            "LogicalResourceId": "Deployed",
        }
    ]


def test_a_migration_that_fails_fails_the_deployment(
    vault: Vault, monkeypatch: pytest.MonkeyPatch, cloudformation: tuple[str, list[dict[str, Any]]]
) -> None:
    def fail(_event: Any, _context: Any) -> None:
        raise RuntimeError("password=hunter2 is wrong")

    monkeypatch.setattr(migrate, "handler", fail)
    address, told = cloudformation
    deployment.handler(event("Update", address), None)
    assert told[0]["Status"] == "FAILED"
    assert "RuntimeError" in told[0]["Reason"]
    assert "hunter2" not in told[0]["Reason"]  # the reason is shown to whoever may see the stack


def test_removing_the_stack_touches_neither_data_nor_keys(
    vault: Vault, cloudformation: tuple[str, list[dict[str, Any]]]
) -> None:
    address, told = cloudformation
    deployment.handler(event("Delete", address), None)
    assert told[0]["Status"] == "SUCCESS"
    assert vault.writes == 0
