"""People who register, sign in and read their mail, through the Lambda's own handler."""

import asyncio
import re
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple
from uuid import UUID

import pytest

from accounts import api as accounts_api
from accounts import notify
from darkroom import db, mail
from darkroom.settings import settings
from tests.api import Answer, Api, event
from tests.fakes import queues
from tests.fakes.queues import Queues
from tests.threads import at_once, own_connections

PASSWORD = "correct horse battery"


class Member(NamedTuple):
    id: str
    email: str
    access: str
    refresh: str

    @property
    def uuid(self) -> UUID:
        return UUID(self.id)


class World(Api):
    """The API of accounts with its queues and mails."""

    def __init__(self, sqs: Queues, source_ip: str = "198.51.100.7") -> None:
        super().__init__(accounts_api.handler, source_ip)
        self.sqs = sqs

    def from_address(self, source_ip: str) -> "World":
        return World(self.sqs, source_ip)

    def register(self, email: str = "ada@example.com", password: str = PASSWORD, name: str = "Ada") -> Answer:
        return self.post("/auth/register", {"email": email, "password": password, "name": name})

    def login(self, username: str = "ada@example.com", password: str = PASSWORD) -> Answer:
        return self.post("/auth/login", {"username": username, "password": password})

    def refresh(self, token: str) -> Answer:
        return self.post("/auth/refresh", {"refresh_token": token})

    def member(self, email: str = "ada@example.com", *, role: str = "user", name: str = "Ada") -> Member:
        """A person who has registered and signed in."""
        registered = self.register(email, name=name)
        assert registered.status == 201, registered.text
        if role != "user":
            with db.transaction() as tx:
                tx.execute("UPDATE users SET role = %s WHERE email = %s", (role, email))
        tokens = self.login(email).json()
        return Member(registered.json()["id"], email, tokens["access_token"], tokens["refresh_token"])

    def is_signed_in(self, access: str) -> bool:
        return self.get("/users/me", token=access).status == 200

    def work_off_notices(self) -> None:
        """What the notices worker does when its messages arrive."""
        for message in self.sqs.take("notices"):
            assert queues.failures(notify.handler(queues.event("notices", message), None)) == []

    def mails(self, template: str, to: str = "ada@example.com") -> list[dict[str, Any]]:
        """What these mails were given, oldest first."""
        with db.reading() as tx:
            rows = tx.all(
                "SELECT id, data FROM emails WHERE template = %s AND to_address = %s ORDER BY id", (template, to)
            )
        return [mail.open_data(row["id"], row["data"]) for row in rows]

    def reset_token(self, email: str = "ada@example.com") -> str:
        """Ask for a reset and read the mail's link."""
        assert self.post("/auth/password-reset", {"email": email}).status == 202
        self.work_off_notices()
        return token_of(self.mails("password_reset", email)[-1]["reset_url"])


def all_at_once(work: list[Callable[[], Answer]], monkeypatch: pytest.MonkeyPatch) -> list[Answer]:
    """Requests begun at the same moment, each in an execution environment of its own: connection and event loop."""

    def in_environment(call: Callable[[], Answer]) -> Answer:
        loop = asyncio.new_event_loop()
        asyncio.set_event_loop(loop)
        try:
            return call()
        finally:
            asyncio.set_event_loop(None)
            loop.close()

    accounts_api.handler(event("GET", "/api/v1/users/me"), None)  # the adapter is made by the first call
    with own_connections(monkeypatch):
        return at_once([partial(in_environment, call) for call in work])


def token_of(link: str) -> str:
    found = re.search(r"\?token=([\w-]+)$", link)
    assert found, link
    return found[1]


@pytest.fixture
def sqs(monkeypatch: pytest.MonkeyPatch) -> Queues:
    return Queues().install(monkeypatch)


@pytest.fixture(autouse=True)
def accounts_settings(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("PASSWORD_HASH_COST", "4")
    for queue in ("ERASURES", "NOTICES"):
        environment.setenv(f"QUEUE_{queue}_URL", f"http://127.0.0.1:4566/000000000000/{queue.lower()}")
    settings.cache_clear()


@pytest.fixture
def world(rolled_back_db: None, sqs: Queues) -> World:
    """Everything is undone when the test ends."""
    return World(sqs)


@pytest.fixture
def committed_world(committed_db: str, sqs: Queues) -> World:
    """Real commits, and as many connections as there are threads."""
    return World(sqs)
