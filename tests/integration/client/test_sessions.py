"""Staying signed in: tokens that rotate, answers that are lost, and others who share the session."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from darkroom_client import Client, FileTokens, NotSignedIn, Refused, Unreachable
from tests.fakes.public_api import PASSWORD, PublicApi
from tests.integration.client.conftest import IMPATIENT


def test_signing_in_is_kept_and_found_by_the_next(server: PublicApi, client: Client) -> None:
    with Client(server.url + "/photos?x=1", FileTokens(), patience=IMPATIENT) as another:
        assert another.account().email == server.email


def test_a_wrong_password_is_said_and_leaves_no_session(server: PublicApi, state: Path) -> None:
    with Client(server.url) as client:
        with pytest.raises(Refused, match="password is wrong"):
            client.sign_in(server.email, "guess")
        with pytest.raises(NotSignedIn):
            client.account()
    assert server.count("POST", "/auth/login") == 1


def test_an_access_token_that_has_run_out_is_renewed_before_it_is_used(server: PublicApi, client: Client) -> None:
    server.access_seconds = 10  # less than what is left early
    client.sign_in(server.email, PASSWORD)
    before = server.count("POST", "/auth/refresh")
    server.access_seconds = 900
    client.account()
    client.account()
    assert server.count("POST", "/auth/refresh") == before + 1


def test_a_refused_access_token_is_renewed_and_the_call_repeated(server: PublicApi, client: Client) -> None:
    server.expire_access()
    assert client.account().name == "Ada"
    assert server.count("POST", "/auth/refresh") == 1


@pytest.mark.parametrize("fault", ["lose", "drop", 503])
def test_a_lost_answer_to_a_refresh_costs_no_session(server: PublicApi, client: Client, fault: str | int) -> None:
    """The repeat carries the key of the first, and is no second use."""
    server.expire_access()
    server.next("/auth/refresh", fault, fault)
    assert client.account().name == "Ada"
    assert server.sessions_ended_by_replay == 0


def test_killed_between_the_answer_and_keeping_it(
    server: PublicApi, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.expire_access()
    with monkeypatch.context() as patch:

        def killed(*_: object) -> None:
            raise KeyboardInterrupt

        patch.setattr(FileTokens, "write", killed)
        with pytest.raises(KeyboardInterrupt):
            client.account()
    with Client(server.url, FileTokens(), patience=IMPATIENT) as another:
        assert another.account().name == "Ada"
    assert server.sessions_ended_by_replay == 0


def test_many_threads_refresh_once(server: PublicApi, client: Client) -> None:
    server.expire_access()
    with ThreadPoolExecutor(8) as pool:
        assert {each.name for each in pool.map(lambda _: client.account(), range(16))} == {"Ada"}
    assert server.count("POST", "/auth/refresh") == 1


def test_many_processes_do_not_spend_each_others_tokens(server: PublicApi, client: Client) -> None:
    server.access_seconds = 0  # every call refreshes
    ask = (
        "from darkroom_client import Client; import os; [Client(os.environ['DARKROOM_URL']).account() for _ in '1234']"
    )
    server.expire_access()
    running = [subprocess.Popen([sys.executable, "-c", ask]) for _ in range(3)]
    assert [process.wait(60) for process in running] == [0, 0, 0]
    assert server.sessions_ended_by_replay == 0
    assert server.count("POST", "/auth/refresh") >= 12


def test_a_session_that_was_ended_is_forgotten(server: PublicApi, client: Client) -> None:
    with Client(server.url, FileTokens()) as another:
        another.sign_in(server.email, PASSWORD)  # ends the earlier one of this place
        another.sign_out()
    with pytest.raises(NotSignedIn):
        client.account()


def test_a_session_that_ended_elsewhere_asks_to_sign_in(server: PublicApi, client: Client) -> None:
    server.end_sessions()
    with pytest.raises(NotSignedIn, match="session has ended"):
        client.account()
    with pytest.raises(NotSignedIn, match="not signed in"):
        client.account()


def test_nobody_there_is_said_after_some_attempts(state: Path) -> None:
    with (
        Client("http://127.0.0.1:9", patience=IMPATIENT) as client,
        pytest.raises(Unreachable, match="cannot be reach"),
    ):
        client.sign_in("ada@example.com", PASSWORD)
