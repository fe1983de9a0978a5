"""Open pages against the running stack: tickets, topics, live events, what was missed, and the end of a sign-in."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import httpx
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

_PATIENCE_SECONDS = 30


class Person:
    """Somebody who is signed in."""

    def __init__(self, stack: Mapping[str, Any]) -> None:
        self.websocket = str(stack["websocket"])
        self.client = httpx.Client(base_url=stack["api"], timeout=_PATIENCE_SECONDS)
        credentials = {"email": f"{uuid4()}@example.com", "password": "correct horse battery"}
        registered = self.client.post("/auth/register", json={**credentials, "name": "Ada"})
        assert registered.status_code == 201, registered.text
        self.id: str = registered.json()["id"]
        signed_in = self.client.post(
            "/auth/login", json={"username": credentials["email"], "password": credentials["password"]}
        ).json()
        self.token: str = signed_in["access_token"]
        self.refresh_token: str = signed_in["refresh_token"]
        self.client.headers["Authorization"] = f"Bearer {self.token}"

    def ticket(self) -> str:
        answer = self.client.post("/realtime/tickets")
        assert answer.status_code == 201, answer.text
        assert answer.json()["expires_in"] == 60
        ticket: str = answer.json()["ticket"]
        return ticket

    @contextmanager
    def page(self) -> Iterator["Page"]:
        with connect(f"{self.websocket}?ticket={self.ticket()}", proxy=None) as socket:
            yield Page(socket)


class Page:
    """An open socket."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket

    def says(self, frame: object) -> None:
        self.socket.send(frame if isinstance(frame, str | bytes) else json.dumps(frame))

    def hears(self) -> dict[str, Any]:
        frame: dict[str, Any] = json.loads(self.socket.recv(timeout=_PATIENCE_SECONDS))
        return frame

    def asks(self, frame: object) -> dict[str, Any]:
        self.says(frame)
        return self.hears()

    def hears_until_the_job_ends(self) -> list[dict[str, Any]]:
        events = [self.hears()]
        while events[-1]["data"]["status"] not in {"completed", "failed"}:
            events.append(self.hears())
        return events


@pytest.fixture
def ada(stack: Mapping[str, Any]) -> Iterator[Person]:
    person = Person(stack)
    yield person
    person.client.close()


def test_a_ticket_opens_one_socket(ada: Person) -> None:
    address = f"{ada.websocket}?ticket={ada.ticket()}"
    with connect(address, proxy=None) as socket:
        assert Page(socket).asks({"action": "ping"}) == {"type": "pong"}
    with pytest.raises(InvalidStatus), connect(address, proxy=None):
        pass


@pytest.mark.parametrize("query", ["", "?ticket=", "?ticket=forged", "?token=x"])
def test_nobody_connects_without_one(ada: Person, query: str) -> None:
    with pytest.raises(InvalidStatus), connect(ada.websocket + query, proxy=None):
        pass


def test_a_client_that_sets_headers_needs_no_ticket(ada: Person) -> None:
    headers = {"Authorization": f"Bearer {ada.token}"}
    with connect(ada.websocket, additional_headers=headers, proxy=None) as socket:
        page, topic = Page(socket), f"user:{ada.id}"
        assert page.asks({"action": "subscribe", "topic": topic})["type"] == "subscribed"


def test_a_topic_is_the_callers_or_unknown(ada: Person, stack: Mapping[str, Any]) -> None:
    stranger = Person(stack)
    with ada.page() as page:
        own = page.asks({"action": "subscribe", "topic": f"user:{ada.id}"})
        assert (own["type"], own["topic"]) == ("subscribed", f"user:{ada.id}")
        for topic in (f"user:{stranger.id}", f"job:{uuid4()}", "nonsense:1", "job:7"):
            answer = page.asks({"action": "subscribe", "topic": topic})
            assert (answer["type"], answer["topic"], answer["status"]) == ("error", topic, 404)
    stranger.client.close()


@pytest.mark.parametrize(
    "frame", ["", "{", "[]", '{"action":"dance"}', '{"action":"subscribe"}', '{"action":"ping","x":1}']
)
def test_a_malformed_frame_is_answered_and_the_socket_stays(ada: Person, frame: str) -> None:
    with ada.page() as page:
        if frame:
            answer = page.asks(frame)
            assert (answer["type"], answer["status"]) == ("error", 400)
        assert page.asks({"action": "ping"}) == {"type": "pong"}


def unsigned(job: dict[str, Any]) -> dict[str, Any]:
    """A job whose link is told by what it leads to: each function signs as itself."""
    return job | {"result": job["result"] | {"url": job["result"]["url"].partition("?")[0]}}


def test_a_job_moves_by_itself_and_what_was_missed_can_be_asked_for(ada: Person) -> None:
    job = ada.client.get("/users/me/export")
    assert job.status_code == 202, job.text
    topic = f"job:{job.json()['job_id']}"
    with ada.page() as page:
        assert page.asks({"action": "subscribe", "topic": topic, "since": 0})["since"] == 0
        events = page.hears_until_the_job_ends()
    assert [event["sequence"] for event in events] == list(range(1, len(events) + 1))
    last = events[-1]["data"]
    assert (last["status"], last["progress"]["done"]) == ("completed", last["progress"]["total"])
    asked = ada.client.get(f"/jobs/{last['job_id']}/status").json()
    assert unsigned(last) == unsigned(asked)
    with ada.page() as later:
        assert later.asks({"action": "subscribe", "topic": topic, "since": 1})["since"] == 1
        assert later.hears_until_the_job_ends() == events[1:]
    with ada.page() as latest:
        assert latest.asks({"action": "subscribe", "topic": topic})["since"] == len(events)
        assert latest.asks({"action": "ping"}) == {"type": "pong"}


def test_signing_out_ends_the_socket(ada: Person) -> None:
    with ada.page() as page:
        assert page.asks({"action": "subscribe", "topic": f"user:{ada.id}"})["type"] == "subscribed"
        assert ada.client.post("/auth/logout", json={"refresh_token": ada.refresh_token}).status_code == 204
        with pytest.raises(ConnectionClosed):
            page.hears()
