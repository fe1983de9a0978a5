"""Passwords at rest."""

import pytest
from hypothesis import given
from hypothesis import settings as effort
from hypothesis import strategies as st

from accounts import passwords
from darkroom.settings import settings


@pytest.fixture(autouse=True)
def cheap(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("PASSWORD_HASH_COST", "4")
    settings.cache_clear()


def test_the_cost_is_a_setting(environment: pytest.MonkeyPatch) -> None:
    assert passwords.hashed("x").startswith("$2b$04$")
    environment.setenv("PASSWORD_HASH_COST", "5")
    settings.cache_clear()
    assert passwords.hashed("x").startswith("$2b$05$")


def test_the_cost_is_high_where_nobody_says_otherwise(environment: pytest.MonkeyPatch) -> None:
    environment.delenv("PASSWORD_HASH_COST")
    settings.cache_clear()
    assert passwords.hashed("x").startswith("$2b$12$")


def test_a_hash_of_another_cost_is_still_understood(environment: pytest.MonkeyPatch) -> None:
    kept = passwords.hashed("correct horse")
    environment.setenv("PASSWORD_HASH_COST", "5")
    settings.cache_clear()
    assert passwords.matches("correct horse", kept)


@effort(max_examples=25, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=128), st.integers(0, 127))
def test_every_character_counts(password: str, place: int) -> None:
    kept = passwords.hashed(password)
    assert passwords.matches(password, kept)
    place = min(place, len(password))
    assert not passwords.matches(password[:place] + "§" + password[place:], kept)


def test_a_nul_does_not_end_a_password() -> None:
    assert not passwords.matches("horse\x00battery", passwords.hashed("horse\x00staple"))
