"""Credentials: the environment's, or the container endpoint's under SnapStart, fetched again before they end."""

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest

from darkroom import aws, clock
from darkroom.aws import identity
from darkroom.settings import settings
from tests.conftest import FrozenTime
from tests.fakes.http_server import Server


@pytest.fixture
def endpoint(environment: pytest.MonkeyPatch) -> Iterator[Server]:
    with Server() as server:
        environment.delenv("AWS_ACCESS_KEY_ID")
        environment.delenv("AWS_SECRET_ACCESS_KEY")
        environment.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", f"{server.url}/v2/credentials?x=1")
        environment.setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN", "token-of-this-environment")
        settings.cache_clear()
        identity.forget()
        yield server
        identity.forget()


def document(key: str, minutes: int) -> bytes:
    ends = clock.now() + timedelta(minutes=minutes)
    return json.dumps(
        {"AccessKeyId": key, "SecretAccessKey": "s3cret", "Token": "t", "Expiration": clock.rfc3339(ends)}
    ).encode()


def test_the_environments_come_first(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("AWS_SESSION_TOKEN", "session")
    settings.cache_clear()
    assert aws.credentials() == aws.Credentials("testing", "testing", "session")


def test_the_container_endpoints_are_fetched_once_and_again_before_they_end(
    endpoint: Server, frozen_time: FrozenTime
) -> None:
    endpoint.answer(200, document("first", 60))
    assert aws.credentials()[:3] == ("first", "s3cret", "t")
    frozen_time.advance(54 * 60)
    assert aws.credentials().access_key == "first"
    frozen_time.advance(60)
    endpoint.answer(200, document("second", 60))
    assert aws.credentials().access_key == "second"
    assert [seen.path for seen in endpoint.seen] == ["/v2/credentials?x=1"] * 2
    assert endpoint.seen[0].headers["authorization"] == "token-of-this-environment"


def test_a_moments_failure_is_tried_again(endpoint: Server) -> None:
    endpoint.answer(500, b"")
    endpoint.drop()
    endpoint.answer(200, document("third", 60))
    assert aws.credentials().access_key == "third"


def test_a_lasting_failure_is_an_error(endpoint: Server) -> None:
    for _ in range(3):
        endpoint.answer(500, b"")
    with pytest.raises(LookupError, match="500"):
        aws.credentials()


def test_no_credentials_at_all_is_an_error(environment: pytest.MonkeyPatch) -> None:
    environment.delenv("AWS_ACCESS_KEY_ID")
    settings.cache_clear()
    identity.forget()
    with pytest.raises(LookupError):
        aws.credentials()


def test_a_secret_key_is_not_shown() -> None:
    assert "s3cret" not in repr(aws.Credentials("AKID", "s3cret", "t0ken"))
    assert "t0ken" not in repr(aws.Credentials("AKID", "s3cret", "t0ken"))
