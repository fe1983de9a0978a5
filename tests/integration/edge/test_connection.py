"""HTTP on kept connections: what breaks is mended where that is safe, and told in words where not."""

import http.client
from collections.abc import Iterator
from typing import Any

import pytest

from darkroom_agent.connection import Connections
from darkroom_agent.errors import Stopped, Unreachable
from tests.fakes.http_server import Server


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as running:
        yield running


@pytest.fixture
def connections() -> Iterator[Connections]:
    made = Connections(5)
    yield made
    made.close()


def test_a_connection_is_kept(server: Server, connections: Connections) -> None:
    for _ in range(3):
        assert connections.request("GET", f"{server.url}/a?b=c", timeout=5).status == 200
    assert {seen.path for seen in server.seen} == {"/a?b=c"}
    assert len({seen.peer for seen in server.seen}) == 1


def test_one_that_the_server_closed_meanwhile_is_replaced(server: Server, connections: Connections) -> None:
    connections.request("GET", server.url, timeout=5)
    server.hang_up()
    assert connections.request("PUT", server.url, b"photo", timeout=5).status == 200
    assert server.seen[-1].body == b"photo"


def test_a_server_that_hangs_up_again_is_unreachable(server: Server, connections: Connections) -> None:
    server.answer(200)
    server.drop()
    server.drop()
    connections.request("GET", server.url, timeout=5)
    with pytest.raises(Unreachable, match="cannot be reached"):
        connections.request("GET", server.url, timeout=5)


def test_a_server_that_is_silent_is_asked_once(server: Server, connections: Connections) -> None:
    connections.request("GET", server.url, timeout=5)
    server.stall()
    with pytest.raises(Unreachable, match="in time"):
        connections.request("GET", server.url, timeout=0.1)
    assert len(server.seen) == 2


@pytest.mark.parametrize("url", ["ftp://x/y", "http:///y", "http://127.0.0.1:port/", "http://127.0.0.1:99999/"])
def test_an_address_that_is_none_is_unreachable(connections: Connections, url: str) -> None:
    with pytest.raises(Unreachable):
        connections.request("GET", url, timeout=5)


def test_ended_it_begins_nothing(server: Server, connections: Connections) -> None:
    connections.abort()
    with pytest.raises(Stopped):
        connections.request("GET", server.url, timeout=5)
    assert server.seen == []


def test_a_body_goes_in_pieces_with_its_length(
    server: Server, connections: Connections, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The timeout is for each piece: on a slow line a photo may take as long as it takes."""
    sent: list[int] = []
    send = http.client.HTTPConnection.send

    def counted(self: http.client.HTTPConnection, data: Any) -> None:
        if not hasattr(data, "read"):
            sent.append(len(data))
        send(self, data)

    monkeypatch.setattr(http.client.HTTPConnection, "send", counted)
    content = bytes(range(256)) * 4_000
    connections.request("PUT", server.url, content, {"content-length": "7"}, timeout=5)
    assert server.seen[-1].body == content
    assert max(sent) < 100_000


def test_an_answer_that_comes_before_the_body_was_read_is_heard(
    server: Server, connections: Connections, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = http.client.HTTPConnection.request

    def broken(self: http.client.HTTPConnection, *arguments: Any, **more: Any) -> None:
        request(self, *arguments, **more)
        raise BrokenPipeError

    monkeypatch.setattr(http.client.HTTPConnection, "request", broken)
    server.answer(403)
    assert connections.request("PUT", server.url, b"photo", timeout=5).status == 403
    assert len(server.seen) == 1
