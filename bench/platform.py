"""What a measurement stands on: a real Postgres with the migrations, settings as a function has them, and a caller."""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from darkroom import auth, clock, db, ids
from darkroom.settings import settings
from infra.tools import scratch_postgres as postgres
from tests import api, conftest

PYTHONPATH = os.pathsep.join(("functions", "layers/darkroom", "."))


@dataclass(frozen=True)
class SignedIn:
    """A person and an access token of theirs."""

    id: str
    token: str


@dataclass(frozen=True)
class Platform:
    """The environment of a function on this machine."""

    environment: Mapping[str, str]

    def sign_in(self) -> SignedIn:
        """A new person with a session."""
        user_id, session_id = ids.new_id(), ids.new_id()
        with db.transaction() as tx:
            tx.execute(
                "INSERT INTO users (id, email, name, password_hash) VALUES (%s, %s, 'Bench', 'x')",
                (user_id, f"{user_id}@bench.test"),
            )
            tx.execute(
                "INSERT INTO sessions (id, user_id, expires_at) VALUES (%s, %s, %s + interval '1 day')",
                (session_id, user_id, clock.now()),
            )
        return SignedIn(str(user_id), auth.issue_access(user_id, session_id, "user"))


@contextmanager
def platform(*, durable: bool = False) -> Iterator[Platform]:
    """Start it, point this process at it, and take it down again. `durable` keeps fsync on, as production does."""
    server = postgres.Server(durable=durable)
    server.start()
    try:
        url = postgres.create_migrated(server.url(), "bench")
        environment = {**conftest.ENVIRONMENT, "DATABASE_URL": url, "PYTHONPATH": PYTHONPATH}
        os.environ.update(environment)
        settings.cache_clear()
        yield Platform(environment)
        db.close()
    finally:
        server.stop()


def event(method: str, path: str, *, token: str = "", body: Any = None) -> dict[str, Any]:
    """An API Gateway event."""
    headers = {"authorization": f"Bearer {token}"} if token else {}
    content = None
    if body is not None:
        content = json.dumps(body).encode()
        headers |= {"content-type": "application/json", "content-length": str(len(content))}
    return api.event(method, path, body=content, headers=headers)
