"""Settings: typed from the environment, secrets never shown."""

import dataclasses

import pytest

from darkroom.settings import Settings, settings


def test_the_environment_decides(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("STAGE", "prod")
    environment.setenv("DATABASE_PORT", "6543")
    environment.setenv("QUEUE_URL_PREFIX", "https://sqs/1/darkroom-prod-")
    settings.cache_clear()
    current = settings()
    assert current.stage == "prod"
    assert not current.is_local
    assert current.database_port == 6543
    assert current.queue_url("mail") == "https://sqs/1/darkroom-prod-mail"
    assert settings() is current


def test_what_is_unset_or_empty_has_its_default(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("DATABASE_PORT", "")
    settings.cache_clear()
    assert settings().database_port == 5432
    assert settings().access_token_seconds == 900


def test_a_number_that_is_none_stops_the_start(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("DATABASE_PORT", "many")
    settings.cache_clear()
    with pytest.raises(ValueError, match="many"):
        settings()


def test_settings_cannot_change() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        settings().stage = "prod"  # type: ignore[misc]  # that is the point


def test_secrets_are_not_shown() -> None:
    shown = repr(
        Settings(
            secrets_json="s3cret",
            aws_secret_access_key="s3cret",
            aws_session_token="s3cret",
            aws_container_authorization_token="s3cret",
        )
    )
    assert "s3cret" not in shown
