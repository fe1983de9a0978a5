"""A forgotten password: the link, and what it does."""

from typing import Any

import pytest

from darkroom import db
from darkroom.settings import settings
from tests.conftest import FrozenTime
from tests.fakes import queues
from tests.integration.accounts.conftest import PASSWORD, World, all_at_once, token_of

NEW = "a new password"


def confirm(world: World, token: str, password: str = NEW) -> int:
    return world.post("/auth/password-reset/confirm", {"token": token, "password": password}).status


def test_the_link_sets_the_password_and_ends_every_session(world: World) -> None:
    member, elsewhere = world.member(), world.login().json()
    assert confirm(world, world.reset_token()) == 204
    for access in (member.access, elsewhere["access_token"]):
        assert not world.is_signed_in(access)
    assert world.refresh(member.refresh).status == 401
    assert world.login().status == 401
    assert world.login(password=NEW).status == 200
    [told] = world.mails("password_changed")
    assert told["reset_url"] == "http://127.0.0.1:8000/password-reset"


def test_the_mails_link_ends_in_the_token(world: World) -> None:
    world.register()
    world.post("/auth/password-reset", {"email": "ADA@example.com"})
    world.work_off_notices()
    [given] = world.mails("password_reset")
    assert given["reset_url"].startswith("http://127.0.0.1:8000/password-reset?token=")
    with db.reading() as tx:
        assert tx.value("SELECT count(*) FROM one_time_tokens WHERE purpose = 'password reset'") == 1


def test_known_and_unknown_addresses_are_told_alike_and_take_the_same_steps(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.register()
    world.sqs.sent.clear()
    steps: list[list[str]] = []
    run = db.Tx._work

    def counted(self: db.Tx, rows: Any, work: Any) -> Any:
        steps[-1].append("statement")
        return run(self, rows, work)

    monkeypatch.setattr(db.Tx, "_work", counted)
    answers, calls = [], []
    for email in ("ada@example.com", "nobody@example.com"):
        steps.append([])
        world.sqs.calls.clear()
        answers.append(world.post("/auth/password-reset", {"email": email}))
        calls.append(list(world.sqs.calls))
    assert [answer.status for answer in answers] == [202, 202]
    assert answers[0].body == answers[1].body
    assert steps[0] == steps[1]
    assert calls[0] == calls[1] != []
    world.work_off_notices()
    assert len(world.mails("password_reset")) == 1
    assert world.mails("password_reset", "nobody@example.com") == []


def test_a_message_that_comes_twice_mails_once(world: World) -> None:
    from accounts import notify

    world.register()
    world.post("/auth/password-reset", {"email": "ada@example.com"})
    [message] = world.sqs.take("notices")
    assert set(message.data) == {"user_id"}
    for _ in range(2):
        assert queues.failures(notify.handler(queues.event("notices", message), None)) == []
    assert len(world.mails("password_reset")) == 1


def test_a_link_works_once_and_takes_the_others_with_it(world: World) -> None:
    world.register()
    older, token = world.reset_token(), world.reset_token()
    assert confirm(world, token) == 204
    assert confirm(world, token, "yet another password") == 400
    assert confirm(world, older, "yet another password") == 400
    assert world.login(password=NEW).status == 200


def test_of_many_uses_at_once_one_succeeds(committed_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    committed_world.register()
    token = committed_world.reset_token()

    def use(number: int) -> Any:
        body = {"token": token, "password": f"password number {number}"}
        return committed_world.post("/auth/password-reset/confirm", body)

    answers = all_at_once([lambda n=n: use(n) for n in range(4)], monkeypatch)  # type: ignore[misc]
    assert sorted(answer.status for answer in answers) == [204, 400, 400, 400]
    [winner] = [number for number, answer in enumerate(answers) if answer.status == 204]
    assert committed_world.login(password=f"password number {winner}").status == 200


def test_a_link_lasts_an_hour(world: World, frozen_time: FrozenTime) -> None:
    world.register()
    timely = world.reset_token()
    frozen_time.advance(3_599)
    assert confirm(world, timely) == 204
    world.post("/auth/password-reset", {"email": "ada@example.com"})
    world.work_off_notices()
    late = token_of(world.mails("password_reset")[-1]["reset_url"])
    frozen_time.advance(3_600)
    assert confirm(world, late) == 400


@pytest.mark.parametrize("password", ["short", "x" * 129, "", None, 1234567890])
def test_a_refused_password_does_not_spend_the_link(world: World, password: Any) -> None:
    world.register()
    token = world.reset_token()
    assert confirm(world, token, password) == 400
    assert confirm(world, token) == 204


def test_a_forged_link_and_one_of_another_kind_are_refused(world: World) -> None:
    world.register()
    confirmation = token_of(world.mails("confirm_email")[0]["confirm_url"])
    for token in ("x", "é", confirmation, world.reset_token()[:-1]):
        answer = world.post("/auth/password-reset/confirm", {"token": token, "password": NEW})
        assert answer.status == 400
        assert answer.json()["errors"][0]["field"] == "token"
    assert world.login().status == 200


def test_trying_links_is_limited_by_address(world: World) -> None:
    world.register()
    assert [confirm(world, f"guess-{number}") for number in range(51)] == [400] * 50 + [429]
    assert confirm(world.from_address("203.0.113.9"), world.reset_token()) == 204


def test_requests_past_the_limits_are_answered_and_send_nothing(
    world: World, environment: pytest.MonkeyPatch, frozen_time: FrozenTime
) -> None:
    environment.setenv("PASSWORD_RESETS_PER_ACCOUNT_HOUR", "2")
    environment.setenv("PASSWORD_RESETS_PER_ADDRESS_HOUR", "4")
    settings.cache_clear()
    world.register()
    for _ in range(6):
        assert world.post("/auth/password-reset", {"email": "ada@example.com"}).status == 202
    assert len(world.sqs.sent["notices"]) == 4
    world.work_off_notices()
    assert len(world.mails("password_reset")) == 2
    frozen_time.advance(3_601)
    assert world.reset_token()


def test_a_reset_proves_the_address(world: World) -> None:
    world.register()
    assert confirm(world, world.reset_token()) == 204
    access = world.login(password=NEW).json()["access_token"]
    assert world.get("/users/me", token=access).json()["email_confirmed"]


def test_a_suspended_person_stays_out(world: World) -> None:
    world.register()
    with db.transaction() as tx:
        tx.execute("UPDATE users SET suspended_at = now()")
    assert confirm(world, world.reset_token()) == 204
    assert world.login(password=NEW).status == 403


@pytest.mark.parametrize("body", [{}, {"email": "x"}, {"email": None}, {"email": "a@example.com", "name": "x"}])
def test_what_is_no_request_is_refused(world: World, body: Any) -> None:
    assert world.post("/auth/password-reset", body).status == 400


def test_no_token_rests_in_clear(world: World) -> None:
    world.register(password=PASSWORD)
    token = world.reset_token()
    with db.reading() as tx:
        for table in ("one_time_tokens", "emails", "outbox"):
            rows = tx.all(f"SELECT row_to_json(t)::text AS row FROM {table} t")
            assert rows or table == "outbox"
            assert all(token not in row["row"] and token.encode().hex() not in row["row"] for row in rows)
