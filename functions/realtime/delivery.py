"""Giving sockets what their topics said: live, after `since`, and again after a failure, all by the same few lines.

Each subscription has a mark, the last event its socket was given, and a lease. Whoever delivers leases the sockets that
are behind, sends each everything newer in order, moves the marks, and looks again until nobody is behind. So
- a push that is late, repeated or out of order does no harm: it only says that there may be something to do;
- two deliveries at once do not send twice, and none is lost: who finds a lease taken leaves the work to its holder, who
  looks again after giving the lease back;
- a socket that cannot be reached rests for less time than the queue takes to try again: a retry that came during the
  rest would find nothing due and be taken for done. A delivery that fails gives its leases back for the same reason;
- a delivery that dies leaves a lease that runs out, and the relay's `wake_lagging`, or the queue, does it again. Only
  then, or when it fails, can a socket be given an event twice, with the same sequence.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Protocol

from darkroom import db, log
from darkroom.worker import FIRST_PAUSE_SECONDS
from realtime import frames, queries
from realtime.gateway import Outcome, Posted

_REST_SECONDS = FIRST_PAUSE_SECONDS / 2


class Sockets(Protocol):
    """What delivery needs of API Gateway (realtime.gateway, or a fake)."""

    def post_each(self, letters: Sequence[tuple[str, Sequence[bytes]]]) -> Iterable[Posted]:
        """Send each connection its frames, in order; how far each came."""


class Undelivered(Exception):
    """Some sockets could not be reached just now."""


def deliver(sockets: Sockets, topic: str) -> None:
    """Bring every socket that listens to `topic` up to date."""
    late = 0
    while True:
        with db.reading() as tx:
            due = queries.claim_due(tx, topic)
        if not due:
            break
        try:
            late += _serve(sockets, topic, due)
        except Exception:
            _settle(topic, due[0].leased_until, [(one.connection_id, one.last_sent) for one in due])
            raise
    if late:
        raise Undelivered(f"{late} sockets of {topic}")


def _serve(sockets: Sockets, topic: str, due: Sequence[queries.Due]) -> int:
    """Send what is due and move the marks; how many sockets have to wait for another try."""
    with db.reading() as tx:
        events = queries.events_after(tx, topic, min(one.last_sent for one in due))
    sequences = [event.sequence for event in events]
    encoded = [frames.event(topic, event.sequence, event.type, event.at, event.data) for event in events]
    first = [bisect_right(sequences, one.last_sent) for one in due]
    letters = [(one.connection_id, encoded[start:]) for one, start in zip(due, first, strict=True)]
    served, waiting, gone = [], [], []
    for one, start, posted in zip(due, first, sockets.post_each(letters), strict=True):
        mark = sequences[start + posted.taken - 1] if posted.taken else one.last_sent
        if posted.outcome is Outcome.SENT:
            # Events that cleanup took away since are passed over: nothing of them can be sent any more.
            caught_up = mark if queries.is_full(events) else max(mark, one.last_sequence)
            served.append((one.connection_id, caught_up))
        elif posted.outcome is Outcome.GONE and not one.is_young:
            gone.append(one.connection_id)
        else:  # a socket is unknown to API Gateway until its $connect has been answered
            waiting.append((one.connection_id, mark))
    if gone:
        with db.reading() as tx:
            queries.disconnect(tx, gone)
        log.info("realtime.gone", connections=len(gone))
    _settle(topic, due[0].leased_until, served)
    _settle(topic, due[0].leased_until, waiting, _REST_SECONDS)
    return len(waiting)


def _settle(topic: str, leased_until: datetime, marks: Sequence[tuple[str, int]], rest_seconds: float = 0) -> None:
    if marks:
        with db.reading() as tx:
            queries.settle(tx, topic, marks, leased_until, rest_seconds)
