"""The management API's client: right signatures, kept connections, and every answer means something."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from botocore import auth as botocore_auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from darkroom import aws
from realtime.gateway import Gateway, Outcome
from tests.fakes.sockets import Sockets


@pytest.fixture
def sockets() -> Iterator[Sockets]:
    with Sockets().serving() as fake:
        yield fake


@pytest.fixture
def gateway(sockets: Sockets) -> Iterator[Gateway]:
    sockets.open("UXgT4d5NFiACEkw=")
    client = Gateway(sockets.endpoint)
    yield client
    client.release()


def test_the_signature_is_botocores_own(monkeypatch: pytest.MonkeyPatch) -> None:
    at = datetime(2026, 11, 21, 10, tzinfo=UTC)
    url = "https://a1b2.execute-api.us-east-1.amazonaws.com/ws/@connections/UXgT4d5NFiACEkw%3D"
    request = AWSRequest("POST", url, headers={"Content-Type": "application/json"}, data=b'{"type":"pong"}')
    monkeypatch.setattr(botocore_auth, "get_current_datetime", lambda *_, **__: at.replace(tzinfo=None))
    botocore_auth.SigV4Auth(Credentials("testing", "testing"), "execute-api", "us-east-1").add_auth(request)
    ours = aws.sign("POST", url, "execute-api", {"Content-Type": "application/json"}, b'{"type":"pong"}', at=at)
    assert ours["Authorization"] == request.headers["Authorization"]


def test_frames_arrive_in_order_at_the_connections_own_address(sockets: Sockets, gateway: Gateway) -> None:
    assert gateway.post("UXgT4d5NFiACEkw=", [b'{"n":1}', b'{"n":2}', b'{"n":3}']) == (3, Outcome.SENT)
    assert sockets.frames["UXgT4d5NFiACEkw="] == [{"n": 1}, {"n": 2}, {"n": 3}]
    assert set(sockets.paths) == {"/ws/@connections/UXgT4d5NFiACEkw%3D"}


def test_a_gone_connection_is_told_apart(gateway: Gateway) -> None:
    assert gateway.post("gone=", [b"{}"]) == (0, Outcome.GONE)


@pytest.mark.parametrize("status", [500, 503, 0])
def test_a_fault_is_tried_once_more(sockets: Sockets, gateway: Gateway, status: int) -> None:
    sockets.faults = [status]
    assert gateway.post("UXgT4d5NFiACEkw=", [b"{}"]) == (1, Outcome.SENT)


@pytest.mark.parametrize("faults", [[500, 500], [0, 0, 0], [429], [403]])
def test_what_lasts_comes_later_and_nothing_overtakes(sockets: Sockets, gateway: Gateway, faults: list[int]) -> None:
    assert gateway.post("UXgT4d5NFiACEkw=", [b'{"n":1}']) == (1, Outcome.SENT)
    sockets.faults = faults
    assert gateway.post("UXgT4d5NFiACEkw=", [b'{"n":2}', b'{"n":3}']) == (0, Outcome.LATER)
    assert sockets.frames["UXgT4d5NFiACEkw="] == [{"n": 1}]


def test_kept_connections_that_were_all_closed_meanwhile_cost_no_frame(sockets: Sockets, gateway: Gateway) -> None:
    """A storm keeps many open; the other side closes them after some silence. None of them may count as a failure."""
    sockets.open("a", "b")
    letters = [(one, [b"{}"]) for one in "ab" * 20]
    for _ in range(2):
        assert list(gateway.post_each(letters)) == [(1, Outcome.SENT)] * len(letters)
        sockets.hang_up()
        assert gateway.post("a", [b"{}"]) == (1, Outcome.SENT)


def test_a_frame_that_is_too_large_does_not_block_the_next(sockets: Sockets, gateway: Gateway) -> None:
    sockets.faults = [413]
    assert gateway.post("UXgT4d5NFiACEkw=", [b'{"n":1}', b'{"n":2}']) == (2, Outcome.SENT)
    assert sockets.frames["UXgT4d5NFiACEkw="] == [{"n": 2}]


def test_nobody_there_is_later() -> None:
    assert Gateway("http://127.0.0.1:9/ws").post("UXgT4d5NFiACEkw=", [b"{}"]) == (0, Outcome.LATER)


def test_many_sockets_are_served_side_by_side_but_not_all_at_once(sockets: Sockets, gateway: Gateway) -> None:
    connections = [f"c{number}" for number in range(200)]
    sockets.open(*connections)
    outcomes = gateway.post_each([(connection, [b"{}"]) for connection in connections])
    assert list(outcomes) == [(1, Outcome.SENT)] * 200
    assert sockets.most_at_once <= 32


def test_closing(sockets: Sockets, gateway: Gateway) -> None:
    sockets.open("a", "b")
    gateway.close_each(["a", "b", "gone"])
    assert sorted(sockets.closed) == ["a", "b"]
