"""Open pages for tests: people who sign in, sockets that connect, and a queue that is worked off on demand."""

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from darkroom import auth, clock, db, ids
from darkroom.settings import settings
from realtime import push as push_worker
from realtime import service, sockets
from realtime.gateway import Gateway
from tests.factories.people import person
from tests.fakes import queues
from tests.fakes.queues import Queues
from tests.fakes.sockets import Sockets

_EVENTS = Path(__file__).parents[2] / "events"


class World:
    """Sockets, the push queue and who is signed in, on a database with real commits."""

    def __init__(self, pages: Sockets, sqs: Queues) -> None:
        self.pages = pages
        self.sqs = sqs

    def sign_in(self) -> auth.Caller:
        with db.transaction() as tx:
            user_id, session_id = person(tx), ids.new_id()
            tx.execute(
                "INSERT INTO sessions (id, user_id, expires_at) VALUES (%s, %s, %s + interval '1 day')",
                (session_id, user_id, clock.now()),
            )
        return auth.Caller("user", user_id, "user", session_id)

    def token(self, caller: auth.Caller) -> str:
        if caller.kind == "user":
            assert caller.session_id is not None
            return auth.issue_access(caller.id, caller.session_id, "user")
        with db.transaction() as tx:
            return auth.issue_opaque(tx, caller.kind, caller.id)

    def ticket(self, caller: auth.Caller) -> str:
        with db.transaction() as tx:
            return service.issue_ticket(tx, caller.kind, caller.id, caller.session_id)

    def connect(self, connection_id: str, *, ticket: str | None = None, headers: dict[str, str] | None = None) -> int:
        """The status that API Gateway would answer the handshake by."""
        event = _event("websocket_connect", connection_id)
        event["queryStringParameters"] = {"ticket": ticket} if ticket is not None else None
        event["headers"].update(headers or {})
        status: int = sockets.handler(event, None)["statusCode"]
        if status == 200:
            self.pages.open(connection_id)
        return status

    def open(self, caller: auth.Caller, connection_id: str = "UXgT4d5NFiACEkw=") -> str:
        """A socket that has been open for a while."""
        assert self.connect(connection_id, ticket=self.ticket(caller)) == 200
        self.age(connection_id)
        return connection_id

    def age(self, connection_id: str, interval: str = "1 minute") -> None:
        with db.transaction() as tx:
            tx.execute(
                "UPDATE realtime_connections SET connected_at = now() - %s::interval WHERE id = %s",
                (interval, connection_id),
            )

    def disconnect(self, connection_id: str) -> None:
        assert sockets.handler(_event("websocket_disconnect", connection_id), None)["statusCode"] == 200

    def send(self, connection_id: str, frame: object) -> dict[str, Any]:
        """A client's frame (text as it is, anything else as JSON), and the frame that answers it."""
        body = frame if isinstance(frame, str) else json.dumps(frame)
        return self.send_raw(connection_id, body=body)

    def tell(self, connection_id: str, frame: object) -> None:
        """A client's frame that need not be answered."""
        event = _event("websocket_message", connection_id)
        event["body"] = json.dumps(frame)
        assert sockets.handler(event, None) == {"statusCode": 200}

    def send_raw(self, connection_id: str, **fields: Any) -> dict[str, Any]:
        event = _event("websocket_message", connection_id)
        event.update(fields)
        received = self.pages.frames[connection_id]
        before = len(received)
        assert sockets.handler(event, None) == {"statusCode": 200}
        return received[before]

    def work(self) -> list[str]:
        """Let the push worker have what waits on its queue; what it sends back."""
        waiting = self.sqs.take("push")
        return queues.failures(push_worker.handler(queues.event("push", *waiting), None)) if waiting else []

    def sequences(self, connection_id: str) -> list[int]:
        return [event["sequence"] for event in self.pages.events(connection_id)]


def _event(name: str, connection_id: str) -> dict[str, Any]:
    event: dict[str, Any] = copy.deepcopy(json.loads((_EVENTS / f"{name}.json").read_text()))
    event["requestContext"]["connectionId"] = connection_id
    return event


@pytest.fixture
def world(committed_db: str, environment: pytest.MonkeyPatch) -> Iterator[World]:
    with Sockets().serving() as pages:
        environment.setenv("WEBSOCKET_ENDPOINT", pages.endpoint)
        settings.cache_clear()
        yield World(pages, Queues().install(environment))
        Gateway.current().release()


@pytest.fixture
def ada(world: World) -> auth.Caller:
    return world.sign_in()


def topic_of(caller: auth.Caller) -> str:
    return f"{caller.kind}:{caller.id}"


@pytest.fixture
def topic(ada: auth.Caller) -> str:
    return topic_of(ada)


@pytest.fixture
def page(world: World, ada: auth.Caller) -> str:
    """Ada's open page."""
    return world.open(ada)


def device(device_id: UUID | None = None) -> auth.Caller:
    return auth.Caller("device", device_id or ids.new_id())
