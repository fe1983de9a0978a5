"""The long poll: what there is to do for a device, as soon as there is any.

A poll that waits holds an execution environment and no transaction: it looks twice a second, by one small statement,
and writes only once there is something to answer. So it takes no unit of work from its route. An answer that gets lost
costs nothing, because commands are repeated: captures until they move on, schedules and pause to whoever says by
`revision` what they know, and to everybody else after an outage and some hours.
"""

from math import ceil
from time import monotonic, sleep
from typing import Any, Final, NamedTuple
from uuid import UUID

from captures.queries import polls, waiting
from captures.service import commands, schedules, telling
from darkroom import db
from darkroom.db import Tx
from darkroom.errors import Unauthorized
from darkroom.settings import settings

_LOOK_SECONDS: Final = 0.5
_POLLING_SECONDS: Final = 30  # a little longer than the longest wait: who polled since then comes again
_AT_ONCE: Final = 100  # captures in one answer; the others come with the next
_REPEATED_SECONDS: Final = 1  # until an agent asks again that was told nothing new
_CROWD: Final = 100  # times the environments: there is no wait left to be shortened


class Share(NamedTuple):
    """How long a poll may wait, and how long its agent is to stay away afterwards."""

    wait: float
    poll_after: int


def poll(device_id: UUID, wait: int, revision: int | None) -> dict[str, Any]:
    """`{commands, revision, poll_after}`. `revision` is what the agent knows of its schedules and pause; without it we
    go by what it was told."""
    share = _begin(device_id, wait)
    until = monotonic() + share.wait
    state = first = _look(device_id)
    while not (state.is_asked or _is_news(state, revision)):
        left = until - monotonic()
        if left <= 0:
            return {"commands": [], "revision": state.revision, "poll_after": share.poll_after}
        sleep(min(_LOOK_SECONDS, left))
        state = _look(device_id)
        if state.paired_at != first.paired_at:
            raise Unauthorized  # somebody else speaks for the device now
    with db.transaction() as tx:
        return _answer(tx, device_id, revision, share.poll_after)


def share_of(wait: int, pollers: int, environments: int) -> Share:
    """Up to as many agents as there are environments wait as long as they like. More of them wait for a part of it
    and stay away for the rest, so that each still asks once in its time and no more than that wait at any moment."""
    if pollers <= environments:
        return Share(wait, 0)
    shorter = wait * environments / pollers
    return Share(shorter, ceil(wait - shorter))


def _begin(device_id: UUID, wait: int) -> Share:
    if wait == 0:
        return Share(0, 0)
    environments = settings().poll_environments
    with db.reading() as tx:
        polls.begin(tx, device_id)
        return share_of(wait, polls.polling(tx, _POLLING_SECONDS, environments * _CROWD), environments)


def _look(device_id: UUID) -> polls.State:
    with db.reading() as tx:
        return _known(polls.look(tx, device_id))


def _known(state: polls.State | None) -> polls.State:
    if state is None:
        raise Unauthorized  # deleted, or its owner suspended, since its token was looked at
    return state


def _is_news(state: polls.State, revision: int | None) -> bool:
    return state.is_due if revision is None else revision != state.revision


def _answer(tx: Tx, device_id: UUID, revision: int | None, poll_after: int) -> dict[str, Any]:
    state = _known(polls.hold(tx, device_id))
    is_news = _is_news(state, revision)
    told: list[dict[str, Any]] = []
    if is_news:
        told.append(commands.paused_command(state.revision, state.paused))
        told.append(commands.schedules_command(state.revision, schedules.day_ahead(tx, device_id)))
        if revision is None:
            polls.told(tx, device_id, state.revision)
    moved = [] if state.paused else waiting.dispatch(tx, device_id)
    if not state.paused:
        told.extend(commands.capture_command(row) for row in waiting.dispatched(tx, device_id, _AT_ONCE))
    for row in moved:
        telling.capture_updated(tx, row)
    if not moved and not is_news:  # repeats alone: whoever has them in hand need not ask without end
        poll_after = max(poll_after, _REPEATED_SECONDS)
    return {"commands": told, "revision": state.revision, "poll_after": poll_after}
