"""Tickets: for any kind of caller, once, within a minute."""

from collections.abc import Callable

import pytest

from darkroom import auth, db, ids
from darkroom.crypto import token_hash
from realtime import api
from tests import threads
from tests.api import Api
from tests.integration.realtime.conftest import World, device

client = Api(api.handler)


@pytest.mark.parametrize("kind", ["user", "device", "order", "upload"])
def test_any_kind_of_caller_gets_a_ticket_that_opens_a_socket(world: World, kind: str) -> None:
    caller = world.sign_in() if kind == "user" else auth.Caller(kind, ids.new_id())
    answer = client.post("/realtime/tickets", token=world.token(caller))
    assert answer.status == 201
    ticket = answer.json()
    assert ticket["expires_in"] == 60
    assert world.connect("first=", ticket=ticket["ticket"]) == 200
    with db.reading() as tx:
        bound = tx.one("SELECT caller_kind, caller_id, session_id FROM realtime_connections")
    assert bound == {"caller_kind": kind, "caller_id": caller.id, "session_id": caller.session_id}


def test_nobody_gets_none(world: World) -> None:
    answer = client.post("/realtime/tickets")
    assert answer.status == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert client.post("/realtime/tickets", token="nobody-knows-this-token").status == 401


def test_a_ticket_opens_one_socket(world: World, ada: auth.Caller) -> None:
    ticket = world.ticket(ada)
    assert world.connect("first=", ticket=ticket) == 200
    assert world.connect("second=", ticket=ticket) == 401


def test_of_sockets_that_share_a_ticket_at_the_same_moment_one_opens(
    world: World, ada: auth.Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticket = world.ticket(ada)

    def opening(number: int) -> Callable[[], int]:
        return lambda: world.connect(f"c{number}", ticket=ticket)

    with threads.own_connections(monkeypatch):
        statuses = threads.at_once([opening(number) for number in range(8)])
    assert sorted(statuses) == [200] + [401] * 7


def test_a_late_ticket_opens_nothing(world: World, ada: auth.Caller) -> None:
    ticket = world.ticket(ada)
    with db.transaction() as tx:
        seconds = tx.value("SELECT extract(epoch FROM expires_at - now()) FROM realtime_tickets")
        assert 55 < seconds <= 60
        tx.execute("UPDATE realtime_tickets SET expires_at = now() - interval '1 millisecond'")
    assert world.connect("first=", ticket=ticket) == 401


@pytest.mark.parametrize("ticket", ["", "x", "x" * 10_000, "\x00", "ticket' OR true --"])
def test_a_forged_ticket_opens_nothing(world: World, ticket: str) -> None:
    assert world.connect("first=", ticket=ticket) == 401


def test_no_ticket_rests_in_the_clear(world: World, ada: auth.Caller) -> None:
    ticket = world.ticket(ada)
    with db.reading() as tx:
        assert tx.value("SELECT token_hash FROM realtime_tickets") == token_hash(ticket)


@pytest.mark.parametrize(
    "ending",
    [
        "UPDATE sessions SET revoked_at = now()",
        "UPDATE sessions SET expires_at = now()",
        "UPDATE users SET suspended_at = now()",
        "UPDATE users SET deleted_at = now(), email = NULL",
    ],
)
def test_a_ticket_dies_with_the_sign_in_that_got_it(world: World, ada: auth.Caller, ending: str) -> None:
    ticket = world.ticket(ada)
    with db.transaction() as tx:
        tx.execute(ending)
    assert world.connect("first=", ticket=ticket) == 401


def test_a_revoked_devices_ticket_opens_nothing(world: World) -> None:
    agent = device()
    world.token(agent)
    ticket = world.ticket(agent)
    with db.transaction() as tx:
        auth.revoke_opaque(tx, "device", agent.id)
    assert world.connect("first=", ticket=ticket) == 401


def test_a_client_that_sets_headers_needs_no_ticket(world: World, ada: auth.Caller) -> None:
    agent = device()
    assert world.connect("a=", headers={"Authorization": f"Bearer {world.token(ada)}"}) == 200
    assert world.connect("b=", headers={"authorization": f"bearer {world.token(agent)}"}) == 200
    assert world.connect("c=", headers={"Authorization": "Basic YTpi"}) == 401
    assert world.connect("d=", headers={"Authorization": "Bearer nobody-knows-this-token"}) == 401
    assert world.connect("e=") == 401
