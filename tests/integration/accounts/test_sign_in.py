"""POST /auth/login: who gets in, and what guessing costs."""

from typing import Any

import pytest

from accounts import passwords
from accounts.service import password_reset
from darkroom import db
from tests.conftest import FrozenTime
from tests.integration.accounts.conftest import PASSWORD, World, all_at_once

WRONG = "wrong horse battery"


def test_signing_in_answers_tokens(world: World) -> None:
    world.register()
    answer = world.login("  ADA@example.com ")
    assert answer.status == 200
    assert answer.json().keys() == {"access_token", "refresh_token", "token_type", "expires_in"}
    assert (answer.json()["token_type"], answer.json()["expires_in"]) == ("bearer", 900)
    assert world.is_signed_in(answer.json()["access_token"])


def test_tokens_are_not_kept_in_clear(world: World) -> None:
    member = world.member()
    with db.reading() as tx:
        rows = tx.all("SELECT encode(token_hash, 'escape') AS kept FROM refresh_tokens")
    assert len(rows) == 1
    assert member.refresh not in rows[0]["kept"]


@pytest.mark.parametrize("username", ["eve@example.com", "not an address", "x", "ada@example.com\x07", "a" * 320])
def test_a_wrong_person_and_a_wrong_password_are_told_alike(world: World, username: str) -> None:
    world.register()
    wrong_password, wrong_person = world.login(password=WRONG), world.login(username)
    assert (wrong_password.status, wrong_person.status) == (401, 401)
    told, other = wrong_password.json(), wrong_person.json()
    assert {**told, "request_id": ""} == {**other, "request_id": ""}
    assert wrong_password.headers.keys() == wrong_person.headers.keys()


def test_a_wrong_person_costs_the_same_work(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Time is what the work takes; the work is one bcrypt of the set cost, for whoever asks."""
    import bcrypt

    world.register()
    worked: list[str] = []
    check = bcrypt.checkpw

    def counted(password: bytes, hashed: bytes) -> bool:
        worked.append(hashed.decode()[:7])
        return check(password, hashed)

    monkeypatch.setattr(bcrypt, "checkpw", counted)
    for username in ("ada@example.com", "nobody@example.com", "not an address"):
        assert world.login(username, WRONG).status == 401
    assert worked == ["$2b$04$"] * 3


def test_no_password_opens_what_has_no_hash() -> None:
    assert not passwords.matches("", None)
    assert not passwords.matches(PASSWORD, None)


@pytest.mark.parametrize(
    "body",
    [
        {"username": "ada@example.com"},
        {"password": PASSWORD},
        {"username": "ada@example.com", "password": PASSWORD, "remember": True},
        {"username": 1, "password": PASSWORD},
        {"username": "ada@example.com", "password": None},
        {"username": "ada@example.com", "password": ""},
        {"username": "ada@example.com", "password": "x" * 1_001},
        {"username": "ada@example.com", "password": "\ud800" * 10},
        [],
    ],
)
def test_what_is_no_sign_in_is_refused(world: World, body: Any) -> None:
    assert world.post("/auth/login", body).status == 400


# --- guessing -------------------------------------------------------------------------------------------------------


def test_the_eleventh_attempt_after_ten_failures_is_refused_even_if_right(world: World) -> None:
    world.register()
    assert [world.login(password=WRONG).status for _ in range(10)] == [401] * 10
    for password in (PASSWORD, WRONG):
        answer = world.login(password=password)
        assert answer.status == 429
        assert 1 <= int(answer.headers["retry-after"]) <= 901


def test_nobody_is_locked_out_from_elsewhere(world: World) -> None:
    world.register()
    stranger = world.from_address("203.0.113.9")
    assert [stranger.login(password=WRONG).status for _ in range(11)] == [401] * 10 + [429]
    assert world.login().status == 200


def test_other_spellings_of_an_address_are_no_further_guesses(world: World) -> None:
    world.register()
    spellings = ["ada@example.com", "ADA@example.com", " ada@EXAMPLE.com", "Ada@example.com "] * 3
    assert [world.login(each, WRONG).status for each in spellings][9:] == [401, 429, 429]


def test_an_address_that_the_client_claims_counts_for_nothing(world: World) -> None:
    world.register()
    for number in range(11):
        claimed = {
            "X-Forwarded-For": f"203.0.113.{number}",
            "CloudFront-Viewer-Address": f"203.0.113.{number}:4711",
            "X-Edge-Secret": "guessed",
            "Forwarded": f"for=203.0.113.{number}",
        }
        answer = world.post("/auth/login", {"username": "ada@example.com", "password": WRONG}, headers=claimed)
    assert answer.status == 429


def test_the_window_slides(world: World, frozen_time: FrozenTime) -> None:
    world.register()
    for _ in range(10):
        world.login(password=WRONG)
        frozen_time.advance(60)
    refused = world.login()
    assert refused.status == 429
    frozen_time.advance(int(refused.headers["retry-after"]))
    assert world.login().status == 200


def test_a_success_clears_the_count(world: World) -> None:
    world.register()
    for _ in range(2):
        assert [world.login(password=WRONG).status for _ in range(9)] == [401] * 9
        assert world.login().status == 200


def test_a_reset_clears_the_count(world: World) -> None:
    world.register()
    assert [world.login(password=WRONG).status for _ in range(11)][-1] == 429
    body = {"token": world.reset_token(), "password": "a new password"}
    assert world.post("/auth/password-reset/confirm", body).status == 204
    assert world.login(password="a new password").status == 200


def test_fifty_failures_over_all_accounts_close_the_address(world: World) -> None:
    world.register()
    statuses = [world.login(f"p{number}@example.com", WRONG).status for number in range(51)]
    assert statuses == [401] * 50 + [429]
    assert world.login().status == 429
    assert world.from_address("203.0.113.9").login().status == 200


def test_successes_do_not_count_for_the_address(world: World) -> None:
    world.register()
    assert [world.login(f"p{number}@example.com", WRONG).status for number in range(49)] == [401] * 49
    assert [world.login().status for _ in range(3)] == [200] * 3
    assert [world.login("q@example.com", WRONG).status for _ in range(2)] == [401, 429]


def test_a_storm_of_guesses_gets_no_more_than_ten(committed_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    committed_world.register()
    storm = [lambda: committed_world.login(password=WRONG)] * 24
    statuses = sorted(answer.status for answer in all_at_once(storm, monkeypatch))
    assert statuses == [401] * 10 + [429] * 14
    assert committed_world.login().status == 429


def test_honest_sign_ins_at_once_all_get_in(committed_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    committed_world.register()
    answers = all_at_once([committed_world.login] * 6, monkeypatch)
    assert [answer.status for answer in answers] == [200] * 6
    assert len({answer.json()["refresh_token"] for answer in answers}) == 6


# --- who may not ----------------------------------------------------------------------------------------------------


def test_a_suspended_person_learns_so_with_the_right_password_only(world: World) -> None:
    world.register()
    with db.transaction() as tx:
        tx.execute("UPDATE users SET suspended_at = now()")
    assert world.login().status == 403
    assert world.login(password=WRONG).status == 401
    with db.reading() as tx:
        assert tx.value("SELECT count(*) FROM sessions") == 0


def test_a_reset_during_a_sign_in_wins(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The old password was right when it was looked at, and is not when the session would be made."""
    world.register()
    token = world.reset_token()
    matches = passwords.matches

    def reset_meanwhile(password: str, kept: str | None) -> bool:
        monkeypatch.setattr(passwords, "matches", matches)
        with db.transaction() as tx:
            password_reset.confirm(tx, token, "a new password", "203.0.113.9")
        return matches(password, kept)

    monkeypatch.setattr(passwords, "matches", reset_meanwhile)
    assert world.login().status == 401
    with db.reading() as tx:
        assert tx.value("SELECT count(*) FROM sessions WHERE revoked_at IS NULL") == 0


def test_nothing_is_held_while_a_password_is_hashed(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.register()
    depths: list[bool] = []
    units: list[db.Tx] = []
    begin = db.Tx.__init__

    def remembered(self: db.Tx, *, writes: bool) -> None:
        begin(self, writes=writes)
        units.append(self)

    monkeypatch.setattr(db.Tx, "__init__", remembered)
    for name in ("hashed", "matches"):
        work = getattr(passwords, name)

        def watched(*given: Any, work: Any = work) -> Any:
            depths.append(any(unit.is_open for unit in units))
            return work(*given)

        monkeypatch.setattr(passwords, name, watched)
    token = world.reset_token()
    units.clear()
    assert world.login().status == 200
    assert world.register("eve@example.com").status == 201
    body = {"token": token, "password": PASSWORD}
    assert world.post("/auth/password-reset/confirm", body).status == 204
    assert depths == [False, False, False]
