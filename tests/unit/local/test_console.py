"""The console keeps the conventions of the API: problems, no redirects, and a bad plan that changes nothing."""

import asyncio
from pathlib import Path
from typing import Any, cast

import httpx
import pytest

from infra.local.console.app import Console
from infra.local.home import Home
from infra.local.stand_ins.framework import Desk


@pytest.fixture
def console(tmp_path: Path) -> Console:
    """A console of a stack that is still starting: it has mails and stand-ins, and nothing deployed."""
    unused = cast("Any", None)
    return Console(home=Home(tmp_path), endpoint="", database="", environments=unused, desk=Desk([]), logs=unused)


def ask(console: Console, method: str, path: str, content: bytes | None = None) -> httpx.Response:
    async def call() -> httpx.Response:
        transport = httpx.ASGITransport(cast("Any", console), raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            return await client.request(method, path, content=content)

    return asyncio.run(call())


def problem(answer: httpx.Response, status: int) -> None:
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert answer.json()["status"] == status


@pytest.mark.parametrize("path", ["/_local", "/_local/", "/_local/mails", "/_local/mails/", "/_local/stand-ins/mail/"])
def test_a_trailing_slash_changes_nothing(console: Console, path: str) -> None:
    assert ask(console, "GET", path).status_code == 200


def test_what_it_does_not_know_or_cannot_do_is_a_problem(console: Console) -> None:
    problem(ask(console, "GET", "/_local/nothing"), 404)
    problem(ask(console, "GET", "/_local/stand-ins/nobody"), 404)
    answer = ask(console, "GET", "/_local/stand-ins/mail/faults")
    problem(answer, 405)
    assert answer.headers["allow"] == "POST"
    problem(ask(console, "GET", "/_local/queues"), 500)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b"{}",
        b'{"next": null}',
        b'{"next": "500"}',
        b'{"next": {"500": 1}}',
        b'{"next": ["nonsense"]}',
        b"\xff",
        b"[" * 100_000,
    ],
)
def test_a_plan_that_is_none_is_a_400_and_changes_nothing(console: Console, content: bytes) -> None:
    path = "/_local/stand-ins/mail"
    assert ask(console, "POST", path + "/faults", b'{"next": ["timeout", "500"]}').status_code == 200
    problem(ask(console, "POST", path + "/faults", content), 400)
    assert ask(console, "GET", path).json() == {"calls": [], "faults": ["timeout", "500"]}
