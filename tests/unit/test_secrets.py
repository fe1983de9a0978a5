"""Secrets: read once, read again in time, and an outage of the store is survived."""

import json
from typing import Any

import pytest

from darkroom import aws, secrets
from darkroom.settings import settings


class Store:
    """Stands in for Secrets Manager."""

    def __init__(self) -> None:
        self.document = {"token_key": "one"}
        self.calls = 0
        self.is_down = False

    def __call__(self, service: str, target: str, body: dict[str, Any]) -> dict[str, Any]:
        self.calls += 1
        assert (service, target, body) == ("secretsmanager", "secretsmanager.GetSecretValue", {"SecretId": "arn:s"})
        if self.is_down:
            raise aws.AwsError("secretsmanager", "InternalServiceError", "down", 500)
        return {"SecretString": json.dumps(self.document)}


@pytest.fixture
def store(environment: pytest.MonkeyPatch, monkeypatch: pytest.MonkeyPatch) -> Store:
    environment.delenv("SECRETS_JSON")
    environment.setenv("SECRETS_ARN", "arn:s")
    settings.cache_clear()
    secrets.forget()
    store = Store()
    monkeypatch.setattr(aws, "call", store)
    return store


def move_time(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    monkeypatch.setattr("darkroom.secrets.time.monotonic", lambda: seconds)


def test_they_are_read_once_and_again_after_ten_minutes(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    move_time(monkeypatch, 1_000)
    assert secrets.secret("token_key") == "one"
    store.document = {"token_key": "two"}
    move_time(monkeypatch, 1_599)
    assert secrets.secret("token_key") == "one"
    assert store.calls == 1
    move_time(monkeypatch, 1_600)
    assert secrets.secret("token_key") == "two"


def test_what_was_read_outlives_an_outage(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    move_time(monkeypatch, 1_000)
    secrets.secret("token_key")
    store.is_down = True
    move_time(monkeypatch, 2_000)
    assert secrets.secret("token_key") == "one"
    secrets.forget()
    with pytest.raises(aws.AwsError):
        secrets.secret("token_key")


def test_a_missing_secret_is_an_error_unless_it_may_be_missing(store: Store) -> None:
    with pytest.raises(LookupError, match="nothing"):
        secrets.secret("nothing")
    assert secrets.secret("nothing", "") == ""


def test_an_empty_secret_is_a_missing_one(store: Store) -> None:
    store.document = {"token_key": ""}
    with pytest.raises(LookupError):
        secrets.secret("token_key")


def test_the_environment_stands_in_for_the_store() -> None:
    assert secrets.secret("api_secret") == "test-api-secret"
