"""SageMaker's contract, with the looking itself replaced: what is answered to whom, and what never ends the service."""

import base64
import http.client
import json
import logging
import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from infra.sagemaker.faces import looking, server
from infra.sagemaker.faces.looking import Unreadable


@pytest.fixture
def serving(monkeypatch: pytest.MonkeyPatch) -> Iterator[server.Server]:
    monkeypatch.setattr(looking, "find", lambda photo: {"faces": [], "bytes": len(photo)})
    monkeypatch.setattr(looking, "compare", lambda one, other: {"one": one.decode(), "other": other.decode()})
    made = server.Server("127.0.0.1", 0)
    thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield made
    made.shutdown()
    thread.join()
    made.server_close()


def ask(
    serving: server.Server, body: bytes = b"", kind: str | None = "image/jpeg", path: str = "/invocations", **more: str
) -> tuple[int, dict[str, Any]]:
    connection = http.client.HTTPConnection("127.0.0.1", serving.server_port, timeout=10)
    headers = ({"content-type": kind} if kind else {}) | {name.replace("_", "-"): value for name, value in more.items()}
    connection.request("POST", path, body, headers)
    answer = connection.getresponse()
    document = json.loads(answer.read())
    connection.close()
    return answer.status, document


def test_it_says_that_it_is_there(serving: server.Server) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", serving.server_port, timeout=10)
    for _ in range(2):  # on one connection
        connection.request("GET", "/ping")
        answer = connection.getresponse()
        assert (answer.status, answer.read()) == (200, b"{}")
    connection.request("GET", "/")
    assert connection.getresponse().status == 404
    connection.close()


@pytest.mark.parametrize("kind", [None, "image/jpeg", "image/heic", "application/octet-stream", "Image/PNG; q=1"])
def test_a_photo_is_looked_at(serving: server.Server, kind: str | None) -> None:
    assert ask(serving, b"photo", kind) == (200, {"faces": [], "bytes": 5})


def test_two_photos_are_compared(serving: server.Server) -> None:
    body = json.dumps({name: base64.b64encode(name.encode()).decode() for name in ("one", "other")})
    assert ask(serving, body.encode(), "application/json") == (200, {"one": "one", "other": "other"})


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"7", b"[]", b"{}", b'{"one": 1, "other": 2}', b'{"one": "!", "other": ""}', b"[" * 100_000, b"\xff"],
)
def test_what_is_no_pair_is_refused(serving: server.Server, body: bytes) -> None:
    assert ask(serving, body, "application/json")[0] == 400


def test_what_cannot_be_is_refused_before_it_is_read(serving: server.Server) -> None:
    assert ask(serving, b"text", "text/plain")[0] == 415
    assert ask(serving, b"photo", path="/elsewhere")[0] == 404
    assert ask(serving, b"", content_length="20000001")[0] == 413
    assert ask(serving, b"", "application/json", content_length="53400000")[0] == 413
    assert ask(serving, b"", content_length="9" * 5_000)[0] == 413
    for strange in ("-1", "", "٣", "1e3"):
        with socket.create_connection(("127.0.0.1", serving.server_port), timeout=10) as raw:
            raw.sendall(f"POST /invocations HTTP/1.1\r\nContent-Length: {strange}\r\n\r\n".encode())
            assert raw.recv(100).startswith(b"HTTP/1.1 411")


def test_an_unreadable_photo_is_the_callers_mistake(serving: server.Server, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_photo: bytes) -> dict[str, Any]:
        raise Unreadable("not a photo")

    monkeypatch.setattr(looking, "find", refuse)
    assert ask(serving, b"x") == (400, {"error": "not a photo"})


def test_a_fault_of_ours_ends_one_request_and_names_nothing_of_the_photo(
    serving: server.Server, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(photo: bytes) -> dict[str, Any]:
        raise MemoryError(photo)

    with monkeypatch.context() as failing, caplog.at_level(logging.INFO):
        failing.setattr(looking, "find", fail)
        status, document = ask(serving, b"secret-photo")
    assert status == 500
    assert "secret" not in caplog.text + str(document)
    assert "MemoryError" in caplog.text
    assert ask(serving, b"photo")[0] == 200


def test_photos_do_not_pile_up(serving: server.Server, monkeypatch: pytest.MonkeyPatch) -> None:
    enough = threading.Event()

    def wait(_photo: bytes) -> dict[str, Any]:
        enough.wait(10)
        return {}

    monkeypatch.setattr(looking, "find", wait)
    statuses: list[int] = []
    asking = [threading.Thread(target=lambda: statuses.append(ask(serving, b"x")[0])) for _ in range(12)]
    for each in asking:
        each.start()
    while len(statuses) < 4:  # those over the eight that are held hear so at once
        asking[0].join(0.01)
    assert set(statuses) == {503}
    enough.set()
    for each in asking:
        each.join()
    assert sorted(statuses) == [200] * 8 + [503] * 4


def test_a_caller_that_stops_in_the_middle_disturbs_nobody(serving: server.Server) -> None:
    for said in (b"", b"\xff\xfe\r\n\r\n", b"POST /invocations HTTP/1.1\r\ncontent-length: 100\r\n\r\nshort"):
        with socket.create_connection(("127.0.0.1", serving.server_port), timeout=10) as raw:
            raw.sendall(said)
    assert ask(serving, b"photo")[0] == 200
