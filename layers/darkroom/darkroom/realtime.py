"""Telling people's open pages what has just happened: `realtime.push(tx, topic, type, data)`, in one line.

A push is part of the caller's transaction: it takes the topic's next sequence under that topic's row lock (so that
sequences have no gaps and follow the order of commits), keeps the event for an hour, and wakes the push worker through
the outbox when somebody listens. The lock is held until the commit, so push near the end of a transaction, and a
person's own topic (`user:…`) after a narrower one (`job:…`): two transactions then never wait for each other in a ring.

Who may listen is decided here as well, one rule for each kind of topic: see TOPIC_RULES.
"""

import json
import re
from collections.abc import Mapping
from typing import Any, Final, LiteralString
from uuid import UUID

from darkroom import log, messages, outbox
from darkroom.db import Tx

QUEUE: Final = "push"
DELIVER: Final = "realtime.deliver"
CLOSE: Final = "realtime.close"

# API Gateway refuses frames above 128 KB; type, topic, sequence and time need less than this leaves.
DATA_BYTES_MAX: Final = 120_000
_CLOSED_A_MESSAGE: Final = 100

_TOPIC = re.compile(r"([a-z]{1,32}):([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})")

# Who may subscribe, by the topic's prefix: a condition on the caller (`kind`, `caller_id`) and the topic's `subject`.
# A product that brings a new kind of topic adds its line here, about its own tables; products never import each other,
# and the one function that answers sockets asks only this table. An unknown prefix is nobody's.
TOPIC_RULES: Final[Mapping[str, LiteralString]] = {
    "user": "%(kind)s = 'user' AND %(caller_id)s = %(subject)s",
    "job": "%(kind)s = 'user' AND EXISTS (SELECT FROM jobs WHERE id = %(subject)s AND user_id = %(caller_id)s)",
    "device": "%(kind)s = 'device' AND %(caller_id)s = %(subject)s",
    "upload": "%(kind)s = 'upload' AND %(caller_id)s = %(subject)s",
    "order": "%(kind)s = 'order' AND %(caller_id)s = %(subject)s",
}

_STORE: Final[LiteralString] = """
    WITH counted AS (
        INSERT INTO realtime_topics AS t (topic, last_sequence, last_at)
        VALUES (%(topic)s, 1, clock_timestamp())
        ON CONFLICT (topic) DO UPDATE SET last_sequence = t.last_sequence + 1, last_at = clock_timestamp()
        RETURNING topic, last_sequence, last_at)
    INSERT INTO realtime_messages (topic, sequence, type, data, at)
    SELECT topic, last_sequence, %(type)s, %(data)s::jsonb, last_at FROM counted
    RETURNING sequence"""


def push(tx: Tx, topic: str, type: str, data: Mapping[str, Any]) -> int:  # noqa: A002 - the frame's own word
    """Send an event to everyone who listens to `topic`, once this transaction commits; the event's sequence.

    `data` too large for a frame is replaced by `{"omitted": true}`: a page then reads the thing itself again.
    """
    if not _TOPIC.fullmatch(topic):
        raise ValueError(f"not a topic: {topic}")
    encoded = json.dumps(data, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    if len(encoded.encode()) > DATA_BYTES_MAX:
        log.warning("realtime.event_omitted", topic=topic, type=type, length=len(encoded))
        encoded = '{"omitted":true}'
    sequence = int(tx.value(_STORE, {"topic": topic, "type": type, "data": encoded}))
    # A statement of its own, because it must see who subscribed while the first one waited for the topic's lock.
    # A subscriber takes the same lock, so this sees the subscription or the subscription's replay sees this event.
    if tx.value("SELECT EXISTS (SELECT FROM realtime_subscriptions WHERE topic = %(topic)s)", {"topic": topic}):
        wake(tx, topic)
    return sequence


def wake(tx: Tx, topic: str, delay: int = 0) -> None:
    """Have the push worker look who is behind this topic."""
    outbox.send(tx, QUEUE, messages.new(DELIVER, {"topic": topic}), delay)


def may_subscribe(tx: Tx, kind: str, caller_id: UUID, topic: str) -> bool:
    """Whether this caller may listen to this topic. Malformed, unknown and foreign topics are all alike: no."""
    spelled = _TOPIC.fullmatch(topic)
    rule = TOPIC_RULES.get(spelled[1]) if spelled else None
    if spelled is None or rule is None:
        return False
    who = {"kind": kind, "caller_id": caller_id, "subject": UUID(spelled[2])}
    return bool(tx.value("SELECT " + rule, who))


def end_session(tx: Tx, session_id: UUID) -> None:
    """Close the sockets of one sign-in: after a sign-out, or when a refresh token was replayed."""
    _close(tx, "DELETE FROM realtime_connections WHERE session_id = %(id)s RETURNING id", {"id": session_id})


def end_caller(tx: Tx, kind: str, caller_id: UUID) -> None:
    """Close every socket of a caller: a suspended, deleted or re-passworded person, a revoked device."""
    _close(
        tx,
        "DELETE FROM realtime_connections WHERE caller_kind = %(kind)s AND caller_id = %(id)s RETURNING id",
        {"kind": kind, "id": caller_id},
    )


def end_owned(tx: Tx, owner_id: UUID) -> None:
    """Close every socket of the things that are a person's (their cameras), whose tokens open nothing any more."""
    _close(
        tx,
        """DELETE FROM realtime_connections AS c USING opaque_tokens AS t
            WHERE t.owner_id = %(id)s AND t.kind = c.caller_kind AND t.subject_id = c.caller_id
        RETURNING c.id""",
        {"id": owner_id},
    )


def _close(tx: Tx, forget: LiteralString, which: Mapping[str, Any]) -> None:
    """Forget the connections (nothing is delivered any more once this commits), then have them closed."""
    gone = [row["id"] for row in tx.all(forget, which)]
    for start in range(0, len(gone), _CLOSED_A_MESSAGE):
        batch = gone[start : start + _CLOSED_A_MESSAGE]
        outbox.send(tx, QUEUE, messages.new(CLOSE, {"connection_ids": batch}))


def wake_lagging(tx: Tx) -> int:
    """Have deliveries that a crash left behind done again. The relay calls this each minute; how many topics."""
    lagging = tx.all(
        """
        SELECT DISTINCT s.topic FROM realtime_subscriptions s
        JOIN realtime_topics t ON t.topic = s.topic AND t.last_sequence > s.last_sent
        JOIN realtime_live_connections c ON c.id = s.connection_id
        WHERE s.leased_until < now() AND t.last_at < now() - interval '30 seconds'
        LIMIT 1000"""
    )
    for row in lagging:
        wake(tx, row["topic"])
    return len(lagging)


def sweep(tx: Tx) -> int:
    """Forget what is over: spent tickets, events older than an hour, dead sockets, silent topics. Cleanup calls this.

    API Gateway ends a socket after two hours, whatever it says in between. A topic's counter is forgotten after a day
    of silence; a client that still holds a sequence of it learns so from `subscribed` (see functions/realtime).
    """
    statements: tuple[LiteralString, ...] = (
        "DELETE FROM realtime_tickets WHERE expires_at < now()",
        "DELETE FROM realtime_messages WHERE at < now() - interval '1 hour'",
        """DELETE FROM realtime_connections c WHERE c.connected_at < now() - interval '130 minutes'
           OR NOT EXISTS (SELECT FROM realtime_live_connections l WHERE l.id = c.id)""",
        """DELETE FROM realtime_topics t WHERE t.last_at < now() - interval '1 day'
           AND NOT EXISTS (SELECT FROM realtime_subscriptions s WHERE s.topic = t.topic)""",
    )
    return sum(tx.execute(statement) for statement in statements)
