"""POST /auth/register and the confirmation of the address."""

from typing import Any

import pytest

from darkroom import db
from darkroom.settings import settings
from tests.conftest import FrozenTime
from tests.integration.accounts.conftest import PASSWORD, World, all_at_once, token_of

REGISTRATION = {"email": "ada@example.com", "password": PASSWORD, "name": "Ada"}


def test_registering_answers_the_person_and_nothing_secret(world: World) -> None:
    answer = world.post("/auth/register", {**REGISTRATION, "email": " Ada@Example.COM ", "name": "  Ada  Lovelace "})
    assert answer.status == 201
    assert answer.json().keys() == {"id", "email", "name", "role", "email_confirmed", "phone", "created_at"}
    assert (answer.json()["email"], answer.json()["name"]) == ("ada@example.com", "Ada  Lovelace")
    assert (answer.json()["role"], answer.json()["email_confirmed"]) == ("user", False)
    assert answer.json()["created_at"].endswith("Z")


@pytest.mark.parametrize(
    "change",
    [
        {"email": "not an address"},
        {"email": "ada@localhost"},
        {"email": "ada@exa mple.com"},
        {"email": "@example.com"},
        {"email": "ada@example.com\nbcc: eve@example.com"},
        {"email": "a" * 65 + "@example.com"},
        {"email": "ada@" + "a" * 250 + ".com"},
        {"email": "\ud800@example.com"},
        {"email": None},
        {"email": ["ada@example.com"]},
        {"password": "123456789"},
        {"password": "x" * 129},
        {"password": 1234567890},
        {"password": "\ud800" * 10},
        {"name": ""},
        {"name": " \t "},
        {"name": "\u200d"},
        {"name": "A\x07da"},
        {"name": "Ada\x00"},
        {"name": "Ada\u202eadA"},
        {"name": "x" * 201},
        {"name": {"first": "Ada"}},
        {"role": "admin"},
        {"id": "0190"},
    ],
)
def test_what_cannot_be_an_account_is_refused_by_field(world: World, change: dict[str, Any]) -> None:
    answer = world.post("/auth/register", {**REGISTRATION, **change})
    assert answer.status == 400, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["errors"]
    assert PASSWORD not in answer.text
    assert world.login().status == 401


@pytest.mark.parametrize("missing", ["email", "password", "name"])
def test_every_field_is_needed(world: World, missing: str) -> None:
    answer = world.post("/auth/register", {name: value for name, value in REGISTRATION.items() if name != missing})
    assert answer.status == 400
    assert [error["field"] for error in answer.json()["errors"]] == [missing]


@pytest.mark.parametrize("content", [b"{", b"", b"[]", b"null", b'"x"', b"\xff\xfe", b'{"email": NaN}', b"[" * 100_000])
def test_a_malformed_body_is_refused(world: World, content: bytes) -> None:
    assert world.call("POST", "/auth/register", content=content).status == 400


def test_an_oversized_body_is_refused(world: World) -> None:
    content = b'{"email": "' + b"a" * 6_000_001 + b'"}'
    assert world.call("POST", "/auth/register", content=content).status == 413


@pytest.mark.parametrize("again", ["ada@example.com", "ADA@EXAMPLE.COM", "Ada@example.com "])
def test_an_address_has_one_account(world: World, again: str) -> None:
    assert world.register().status == 201
    answer = world.register(again, password="another password", name="Eve")
    assert answer.status == 409
    assert answer.json()["errors"][0]["field"] == "email"
    assert world.login(password="another password").status == 401


def test_two_registrations_of_one_address_at_once_make_one_account(
    committed_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = all_at_once([committed_world.register] * 4, monkeypatch)
    assert sorted(answer.status for answer in answers) == [201, 409, 409, 409]
    with db.reading() as tx:
        assert tx.value("SELECT count(*) FROM users") == 1
        assert tx.value("SELECT count(*) FROM emails") == 1


def test_a_repeat_by_its_key_answers_the_first_answer(world: World) -> None:
    first = world.post("/auth/register", REGISTRATION, key="k-1")
    again = world.post("/auth/register", REGISTRATION, key="k-1")
    assert (first.status, again.status) == (201, 201)
    assert again.json() == first.json()
    assert world.post("/auth/register", {**REGISTRATION, "name": "Eve"}, key="k-1").status == 409
    assert len(world.mails("confirm_email")) == 1


def test_passwords_count_to_the_end_and_in_every_script(world: World) -> None:
    long = "p" * 127
    assert world.register("long@example.com", long + "a").status == 201
    assert world.login("long@example.com", long + "b").status == 401
    assert world.login("long@example.com", long + "a").status == 200
    assert world.register("scripts@example.com", "пароль-密码-🔑x").status == 201
    assert world.login("scripts@example.com", "пароль-密码-🔑x").status == 200
    composed, decomposed = "caf\u00e9-caf\u00e9", "cafe\u0301-cafe\u0301"
    assert world.register("accents@example.com", composed + "x").status == 201
    assert world.login("accents@example.com", decomposed + "x").status == 200


def test_the_hash_at_rest_is_bcrypt_of_the_set_cost(world: World) -> None:
    world.register()
    with db.reading() as tx:
        kept = tx.value("SELECT password_hash FROM users")
    assert kept.startswith("$2b$04$")
    assert PASSWORD not in kept


def test_registrations_of_one_address_are_limited(world: World, environment: pytest.MonkeyPatch) -> None:
    environment.setenv("REGISTRATIONS_PER_ADDRESS_HOUR", "2")
    settings.cache_clear()
    assert [world.register(f"p{number}@example.com").status for number in range(3)] == [201, 201, 429]
    assert world.from_address("203.0.113.9").register("p9@example.com").status == 201


# --- confirming the address -----------------------------------------------------------------------------------------


def test_the_mails_link_confirms_the_address_and_says_so_again(world: World) -> None:
    member = world.member()
    token = token_of(world.mails("confirm_email")[0]["confirm_url"])
    assert not world.get("/users/me", token=member.access).json()["email_confirmed"]
    for _ in range(2):
        assert world.post("/auth/confirm-email", {"token": token}).status == 204
    assert world.get("/users/me", token=member.access).json()["email_confirmed"]


def test_a_link_that_is_late_or_forged_or_of_another_kind_confirms_nothing(
    world: World, frozen_time: FrozenTime
) -> None:
    member = world.member()
    token = token_of(world.mails("confirm_email")[0]["confirm_url"])
    for wrong in ("x", token + "x", token[:-1], world.reset_token()):
        assert world.post("/auth/confirm-email", {"token": wrong}).status == 400
    frozen_time.advance(24 * 3600)
    assert world.post("/auth/confirm-email", {"token": token}).status == 400
    member = member._replace(access=world.login().json()["access_token"])
    assert not world.get("/users/me", token=member.access).json()["email_confirmed"]


def test_a_link_confirms_the_address_it_was_sent_to_alone(world: World) -> None:
    world.member()
    token = token_of(world.mails("confirm_email")[0]["confirm_url"])
    with db.transaction() as tx:
        tx.execute("UPDATE users SET email = 'ada@elsewhere.example'")
    assert world.post("/auth/confirm-email", {"token": token}).status == 400
    with db.reading() as tx:
        assert tx.value("SELECT email_confirmed_at FROM users") is None


def test_the_link_is_sent_again_to_whom_needs_it(world: World, environment: pytest.MonkeyPatch) -> None:
    environment.setenv("CONFIRMATIONS_PER_ACCOUNT_HOUR", "2")
    settings.cache_clear()
    member = world.member()
    statuses = [world.post("/auth/confirm-email/resend", token=member.access).status for _ in range(3)]
    assert statuses == [202, 202, 429]
    mails = world.mails("confirm_email")
    assert len(mails) == 3
    assert world.post("/auth/confirm-email", {"token": token_of(mails[-1]["confirm_url"])}).status == 204
    assert world.post("/auth/confirm-email/resend", token=member.access).status == 409
    assert world.post("/auth/confirm-email/resend").status == 401
