"""The rules of sockets: who gets a ticket, who may connect, what a frame does."""

from uuid import UUID

from darkroom import crypto, events, realtime
from darkroom.db import Tx
from darkroom.errors import NotFound, TooMany, Unauthorized
from realtime import queries
from realtime.queries import Subscription

TICKET_SECONDS = 60
SUBSCRIPTIONS_MAX = 200


def issue_ticket(tx: Tx, kind: str, caller_id: UUID, session_id: UUID | None) -> str:
    """A ticket for this caller. Only its hash is kept, so that no log and no backup opens a socket."""
    ticket, hashed = crypto.new_token()
    queries.create_ticket(tx, hashed, kind=kind, caller_id=caller_id, session_id=session_id, seconds=TICKET_SECONDS)
    return ticket


def connect_with_ticket(tx: Tx, connection_id: str, ticket: str) -> None:
    if not queries.connect_with_ticket(tx, connection_id, crypto.token_hash(ticket)):
        raise Unauthorized("This ticket is spent, late or unknown. Please ask for a new one.")
    _welcome(tx, connection_id)


def connect(tx: Tx, connection_id: str, kind: str, caller_id: UUID, session_id: UUID | None) -> None:
    queries.connect(tx, connection_id, kind, caller_id, session_id)
    _welcome(tx, connection_id)


def _welcome(tx: Tx, connection_id: str) -> None:
    """A device listens to its own topic from the start, without asking, and whoever has something for it is told."""
    caller = _caller(tx, connection_id)  # who signed out since the ticket was given does not get in
    if caller.caller_kind == "device":
        queries.subscribe(tx, f"device:{caller.caller_id}", connection_id, since=None, hold_seconds=0)
        events.publish(tx, events.DEVICE_CONNECTED, device_id=caller.caller_id)


def subscribe(tx: Tx, connection_id: str, topic: str, since: int | None) -> Subscription:
    """Listen to a topic. Deliveries are held off until `subscribed` has been sent."""
    caller = _caller(tx, connection_id)
    if not realtime.may_subscribe(tx, caller.caller_kind, caller.caller_id, topic):
        raise NotFound("There is no such topic, or it is not yours.")
    if queries.other_subscriptions(tx, connection_id, topic) >= SUBSCRIPTIONS_MAX:
        raise TooMany(f"A connection listens to {SUBSCRIPTIONS_MAX} topics at most.")
    return queries.subscribe(tx, topic, connection_id, since)


def unsubscribe(tx: Tx, connection_id: str, topic: str) -> None:
    """Stop listening. Whoever was not listening is not told apart."""
    _caller(tx, connection_id)
    queries.unsubscribe(tx, topic, connection_id)


def _caller(tx: Tx, connection_id: str) -> queries.Connected:
    caller = queries.connected(tx, connection_id)
    if caller is None:
        raise Unauthorized("This connection's sign-in has ended. Please sign in and connect again.")
    return caller
