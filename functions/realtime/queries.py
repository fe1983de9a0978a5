"""Every SQL statement of the sockets: tickets, connections, subscriptions, deliveries."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from darkroom.db import Tx

LEASE_SECONDS = 30
_BATCH = 500
_EVENTS = 200


class Connected(NamedTuple):
    """Whoever stands behind an open socket."""

    caller_kind: str
    caller_id: UUID


class Subscription(NamedTuple):
    """Where a new subscription stands, and the lease under which its replay is prepared."""

    last_sent: int
    leased_until: datetime


class Due(NamedTuple):
    """A socket that is behind its topic, leased to whoever read this."""

    connection_id: str
    is_young: bool
    last_sent: int
    last_sequence: int
    leased_until: datetime


class Event(NamedTuple):
    """Something that a topic said."""

    sequence: int
    type: str
    data: Any
    at: datetime


def create_ticket(
    tx: Tx, token_hash: bytes, *, kind: str, caller_id: UUID, session_id: UUID | None, seconds: int
) -> None:
    tx.execute(
        """
        INSERT INTO realtime_tickets (token_hash, caller_kind, caller_id, session_id, expires_at)
        VALUES (%(hash)s, %(kind)s, %(caller_id)s, %(session_id)s, now() + %(seconds)s * interval '1 second')""",
        {"hash": token_hash, "kind": kind, "caller_id": caller_id, "session_id": session_id, "seconds": seconds},
    )


def connect_with_ticket(tx: Tx, connection_id: str, token_hash: bytes) -> bool:
    """Spend the ticket on this connection, in one statement: of two connections that try at once, one gets a row."""
    return bool(
        tx.execute(
            """
            WITH spent AS (
                DELETE FROM realtime_tickets WHERE token_hash = %(hash)s AND expires_at > now()
                RETURNING caller_kind, caller_id, session_id)
            INSERT INTO realtime_connections (id, caller_kind, caller_id, session_id)
            SELECT %(id)s, caller_kind, caller_id, session_id FROM spent""",
            {"id": connection_id, "hash": token_hash},
        )
    )


def connect(tx: Tx, connection_id: str, kind: str, caller_id: UUID, session_id: UUID | None) -> None:
    tx.execute(
        """
        INSERT INTO realtime_connections (id, caller_kind, caller_id, session_id)
        VALUES (%(id)s, %(kind)s, %(caller_id)s, %(session_id)s)""",
        {"id": connection_id, "kind": kind, "caller_id": caller_id, "session_id": session_id},
    )


def connected(tx: Tx, connection_id: str) -> Connected | None:
    """The caller bound to this connection, as long as what it was opened with still holds."""
    return tx.one(
        """
        SELECT caller_kind, caller_id FROM realtime_live_connections WHERE id = %(id)s""",
        {"id": connection_id},
        into=Connected,
    )


def other_subscriptions(tx: Tx, connection_id: str, topic: str) -> int:
    """To how many topics but this one the connection listens."""
    count: int = tx.value(
        "SELECT count(*) FROM realtime_subscriptions WHERE connection_id = %(id)s AND topic <> %(topic)s",
        {"id": connection_id, "topic": topic},
    )
    return count


def disconnect(tx: Tx, connection_ids: Sequence[str]) -> None:
    """Forget these connections and what they listened to."""
    tx.execute("DELETE FROM realtime_connections WHERE id = ANY(%(ids)s)", {"ids": list(connection_ids)})


def subscribe(
    tx: Tx, topic: str, connection_id: str, since: int | None, hold_seconds: int = LEASE_SECONDS
) -> Subscription:
    """Listen to a topic from after `since`, or from now on, with deliveries held off for a while.

    The topic's row is locked first, as a push does: whatever was pushed before is committed and counted here, whatever
    is pushed after sees this subscription. The mark cannot stand before what is still kept, nor after what was said.
    """
    tx.execute(
        """
        INSERT INTO realtime_topics (topic, last_at) VALUES (%(topic)s, clock_timestamp())
        ON CONFLICT (topic) DO UPDATE SET last_at = clock_timestamp()""",
        {"topic": topic},
    )
    row = tx.one(
        """
        INSERT INTO realtime_subscriptions (topic, connection_id, last_sent, leased_until)
        SELECT t.topic, %(id)s,
               CASE WHEN %(since)s::bigint IS NULL THEN t.last_sequence
                    ELSE least(t.last_sequence, greatest(%(since)s::bigint, coalesce(
                        (SELECT min(sequence) - 1 FROM realtime_messages m WHERE m.topic = t.topic),
                        t.last_sequence))) END,
               clock_timestamp() + %(hold)s * interval '1 second'
        FROM realtime_topics t WHERE t.topic = %(topic)s
        ON CONFLICT (topic, connection_id)
            DO UPDATE SET last_sent = excluded.last_sent, leased_until = excluded.leased_until
        RETURNING last_sent, leased_until""",
        {"topic": topic, "id": connection_id, "since": since, "hold": hold_seconds},
        into=Subscription,
    )
    assert row is not None
    return row


def unsubscribe(tx: Tx, topic: str, connection_id: str) -> None:
    tx.execute(
        "DELETE FROM realtime_subscriptions WHERE topic = %(topic)s AND connection_id = %(id)s",
        {"topic": topic, "id": connection_id},
    )


def claim_due(tx: Tx, topic: str) -> list[Due]:
    """Lease sockets that are behind this topic and that nobody is serving. Those of ended sign-ins are never due."""
    return tx.all(
        """
        WITH due AS (
            SELECT s.connection_id, t.last_sequence, c.connected_at > now() - interval '10 seconds' AS is_young
            FROM realtime_subscriptions s
            JOIN realtime_topics t ON t.topic = s.topic AND t.last_sequence > s.last_sent
            JOIN realtime_live_connections c ON c.id = s.connection_id
            WHERE s.topic = %(topic)s AND s.leased_until < now()
            LIMIT %(batch)s
            FOR UPDATE OF s SKIP LOCKED)
        UPDATE realtime_subscriptions s SET leased_until = now() + %(lease)s * interval '1 second'
        FROM due WHERE s.topic = %(topic)s AND s.connection_id = due.connection_id
        RETURNING s.connection_id, due.is_young, s.last_sent, due.last_sequence, s.leased_until""",
        {"topic": topic, "lease": LEASE_SECONDS, "batch": _BATCH},
        into=Due,
    )


def events_after(tx: Tx, topic: str, sequence: int) -> list[Event]:
    """What a topic said after `sequence`, in order; at most EVENTS of them, the rest is claimed again."""
    return tx.all(
        """
        SELECT sequence, type, data, at FROM realtime_messages
        WHERE topic = %(topic)s AND sequence > %(sequence)s ORDER BY sequence LIMIT %(limit)s""",
        {"topic": topic, "sequence": sequence, "limit": _EVENTS},
        into=Event,
    )


def is_full(events: Sequence[Event]) -> bool:
    """Whether `events_after` may have left some out."""
    return len(events) == _EVENTS


def settle(tx: Tx, topic: str, marks: Sequence[tuple[str, int]], leased_until: datetime, rest_seconds: float) -> None:
    """Move the marks of sockets and give their lease back after `rest_seconds`. A lost lease moves nothing."""
    tx.execute(
        """
        UPDATE realtime_subscriptions s
        SET last_sent = d.last_sent,
            leased_until = CASE WHEN %(rest)s = 0 THEN '-infinity'
                                ELSE clock_timestamp() + %(rest)s * interval '1 second' END
        FROM unnest(%(ids)s::text[], %(marks)s::bigint[]) AS d (connection_id, last_sent)
        WHERE s.topic = %(topic)s AND s.connection_id = d.connection_id AND s.leased_until = %(lease)s""",
        {
            "topic": topic,
            "ids": [connection_id for connection_id, _ in marks],
            "marks": [last_sent for _, last_sent in marks],
            "lease": leased_until,
            "rest": rest_seconds,
        },
    )
