"""Refreshing, signing out, and what is no token of ours."""

import base64
import time
from collections.abc import Callable
from typing import Any

import jwt
import pytest

from darkroom import auth, crypto, db, ids
from tests.conftest import FrozenTime
from tests.integration.accounts.conftest import Member, World, all_at_once


def test_a_refresh_token_works_once_and_brings_the_next(world: World) -> None:
    member = world.member()
    first = world.refresh(member.refresh)
    assert first.status == 200
    assert first.json().keys() == {"access_token", "refresh_token", "token_type", "expires_in"}
    assert first.json()["refresh_token"] != member.refresh
    assert world.is_signed_in(first.json()["access_token"])
    assert world.refresh(first.json()["refresh_token"]).status == 200


def test_a_replayed_token_ends_its_family(world: World) -> None:
    member, elsewhere = world.member(), world.login().json()
    newest = world.refresh(member.refresh).json()
    assert world.refresh(member.refresh).status == 401
    assert world.refresh(newest["refresh_token"]).status == 401
    for access in (member.access, newest["access_token"]):
        assert not world.is_signed_in(access)
    assert world.is_signed_in(elsewhere["access_token"])
    with db.reading() as tx:
        assert tx.value("SELECT revoked_reason FROM sessions WHERE revoked_at IS NOT NULL") == "replay"


def test_of_many_uses_at_once_one_succeeds_and_the_family_ends(
    committed_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    member = committed_world.member()
    answers = all_at_once([lambda: committed_world.refresh(member.refresh)] * 6, monkeypatch)
    assert sorted(answer.status for answer in answers) == [200] + [401] * 5
    winner = next(answer.json() for answer in answers if answer.status == 200)
    assert not committed_world.is_signed_in(winner["access_token"])
    assert committed_world.refresh(winner["refresh_token"]).status == 401


def test_an_answer_that_was_lost_is_asked_for_again_by_its_key(world: World) -> None:
    member = world.member()
    first, again = (world.post("/auth/refresh", {"refresh_token": member.refresh}, key="refresh-1") for _ in range(2))
    assert first.status == again.status == 200
    assert again.json() == first.json()
    assert world.refresh(first.json()["refresh_token"]).status == 200
    thief = world.from_address("203.0.113.9")
    assert thief.post("/auth/refresh", {"refresh_token": member.refresh}, key="refresh-1").status == 401
    assert not world.is_signed_in(first.json()["access_token"])


def test_two_tabs_with_one_key_share_one_answer(committed_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    member = committed_world.member()

    def tab() -> Any:
        return committed_world.post("/auth/refresh", {"refresh_token": member.refresh}, key="refresh-1")

    statuses = [answer.status for answer in all_at_once([tab] * 3, monkeypatch)]
    assert set(statuses) <= {200, 409}
    assert 200 in statuses
    shared = tab()
    assert shared.status == 200
    assert committed_world.is_signed_in(shared.json()["access_token"])


def test_sessions_end_after_thirty_days_without_use(world: World, frozen_time: FrozenTime) -> None:
    member = world.member()
    frozen_time.advance(29 * 86_400)
    kept = world.refresh(member.refresh)
    assert kept.status == 200
    frozen_time.advance(30 * 86_400)
    assert world.refresh(kept.json()["refresh_token"]).status == 401


def test_a_role_is_what_it_is_now(world: World) -> None:
    member = world.member()
    with db.transaction() as tx:
        tx.execute("UPDATE users SET role = 'admin'")
    assert world.get("/admin/users", token=member.access).status == 200
    with db.transaction() as tx:
        tx.execute("UPDATE users SET role = 'user'")
    assert world.get("/admin/users", token=member.access).status == 403


@pytest.mark.parametrize("body", [{}, {"refresh_token": ""}, {"refresh_token": 1}, {"refresh_token": "x" * 501}])
@pytest.mark.parametrize("path", ["/auth/refresh", "/auth/logout"])
def test_what_is_no_refresh_token_is_refused(world: World, path: str, body: dict[str, Any]) -> None:
    assert world.post(path, body).status == 400


def test_signing_out_ends_the_session_at_once_and_no_other(world: World) -> None:
    member, elsewhere = world.member(), world.login().json()
    answer = world.post("/auth/logout", {"refresh_token": member.refresh})
    assert (answer.status, answer.body) == (204, b"")
    assert not world.is_signed_in(member.access)
    assert world.refresh(member.refresh).status == 401
    assert world.is_signed_in(elsewhere["access_token"])


@pytest.mark.parametrize("token", ["unknown", "é", "a.b.c"])
def test_signing_out_with_what_opens_nothing_is_done_already(world: World, token: str) -> None:
    assert world.post("/auth/logout", {"refresh_token": token}).status == 204
    assert world.refresh(token).status == 401


def test_signing_out_twice_is_done_already(world: World) -> None:
    member = world.member()
    for _ in range(2):
        assert world.post("/auth/logout", {"refresh_token": member.refresh}).status == 204


# --- access tokens --------------------------------------------------------------------------------------------------

SIGNED_IN_ROUTES = [
    ("GET", "/users/me"),
    ("PATCH", "/users/me"),
    ("DELETE", "/users/me"),
    ("GET", "/users/me/stats"),
    ("GET", "/users/me/earnings"),
    ("GET", "/users/me/export"),
    ("PUT", "/users/me/phone"),
    ("DELETE", "/users/me/phone"),
    ("POST", "/users/me/phone/confirm"),
    ("POST", "/users/me/push-subscriptions"),
    ("DELETE", "/users/me/push-subscriptions"),
    ("POST", "/auth/confirm-email/resend"),
    ("GET", "/admin/users"),
    ("PATCH", "/admin/users/0190c1a5-7b1e-7000-8000-000000000000"),
]


@pytest.mark.parametrize(("method", "path"), SIGNED_IN_ROUTES)
@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer x"}, {"Authorization": "Basic YTpi"}])
def test_401_comes_before_any_look_at_the_body(world: World, method: str, path: str, headers: dict[str, str]) -> None:
    answer = world.call(method, path, content=b"{not json", headers=headers)
    assert answer.status == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert answer.headers["content-type"] == "application/problem+json"


def _forge(member: Member, change: dict[str, Any], key: bytes, algorithm: str) -> str:
    claims = jwt.decode(member.access, options={"verify_signature": False})
    return jwt.encode({**claims, **change}, key, algorithm)


def _unsigned(member: Member) -> str:
    header = base64.urlsafe_b64encode(b'{"alg":"none","typ":"JWT"}').rstrip(b"=").decode()
    return f"{header}.{member.access.split('.')[1]}."


OUR_KEY: Callable[[], bytes] = lambda: crypto.derived_key("access tokens")  # noqa: E731 - known when a test runs

FORGERIES: dict[str, Callable[[Member], str]] = {
    "alg none": _unsigned,
    "another key": lambda m: _forge(m, {}, b"k" * 32, "HS256"),
    "another algorithm": lambda m: _forge(m, {}, OUR_KEY() * 2, "HS512"),
    "another audience": lambda m: _forge(m, {"aud": "elsewhere"}, OUR_KEY(), "HS256"),
    "another kind": lambda m: _forge(m, {"kind": "refresh"}, OUR_KEY(), "HS256"),
    "expired": lambda m: _forge(m, {"exp": int(time.time()) - 1}, OUR_KEY(), "HS256"),
    "no expiry": lambda m: _forge(m, {"exp": None}, OUR_KEY(), "HS256"),
    "another session": lambda m: _forge(m, {"sid": str(ids.new_id())}, OUR_KEY(), "HS256"),
    "another person": lambda m: _forge(m, {"sub": str(ids.new_id())}, OUR_KEY(), "HS256"),
    "signature cut": lambda m: m.access[:-1],
    "no signature": lambda m: m.access.rpartition(".")[0] + ".",
    "refresh token": lambda m: m.refresh,
    "not ascii": lambda m: m.access + "é",
    "endless": lambda m: m.access + "x" * 10_000,
}


@pytest.mark.parametrize("how", FORGERIES)
def test_what_is_no_access_token_of_ours_is_401(world: World, how: str) -> None:
    member = world.member()
    assert world.get("/users/me", token=FORGERIES[how](member)).status == 401
    assert world.is_signed_in(member.access)


def test_an_access_token_lasts_fifteen_minutes(world: World, frozen_time: FrozenTime) -> None:
    member = world.member()
    frozen_time.advance(899)
    assert world.is_signed_in(member.access)
    frozen_time.advance(1)
    assert not world.is_signed_in(member.access)


@pytest.mark.parametrize("kind", ["device", "order", "upload"])
def test_a_token_of_another_kind_is_401(world: World, kind: str) -> None:
    member = world.member()
    with db.transaction() as tx:
        token = auth.issue_opaque(tx, kind, member.uuid)
    assert world.get("/users/me", token=token).status == 401
