"""What is asked of devices: captures that wait for them, and whether they hear of them at once."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, LiteralString, NamedTuple
from uuid import UUID

from darkroom.db import Tx
from darkroom.settings import settings


class Held(NamedTuple):
    """A device whose row the transaction holds."""

    id: UUID
    user_id: UUID
    name: str
    revision: int
    is_paused: bool
    is_online: bool


class NewCapture(NamedTuple):
    id: UUID
    user_id: UUID
    device_id: UUID
    schedule_id: UUID | None
    due_at: datetime | None
    requested_at: datetime
    expires_at: datetime
    when_online: bool = False


class Waiting(NamedTuple):
    """A capture that its device has still to begin with."""

    id: UUID
    requested_at: datetime
    expires_at: datetime
    schedule_id: UUID | None
    due_at: datetime | None


class Plan(NamedTuple):
    """As much of a schedule as firing it needs."""

    id: UUID
    user_id: UUID
    device_id: UUID
    expression: str
    timezone: str
    starts_at: datetime | None
    ends_at: datetime | None
    enabled: bool
    created_at: datetime


def hold_device(tx: Tx, device_id: UUID) -> Held | None:
    """The device, held until the transaction ends; None when it is deleted.

    Whoever writes a capture holds its device first. So a pause or a deletion either comes before, and is seen here, or
    finds the capture; and of two that report the same photo the second finds the first one's capture.
    """
    return tx.one(
        """SELECT id, user_id, name, revision, paused_at IS NOT NULL AS is_paused,
                  coalesce(last_seen_at > now() - make_interval(secs => %(offline)s), false) AS is_online
             FROM devices WHERE id = %(id)s AND deleted_at IS NULL
              FOR NO KEY UPDATE""",
        {"id": device_id, "offline": settings().device_offline_seconds},
        into=Held,
    )


_PLAN: Final[LiteralString] = """
    SELECT id, user_id, device_id, expression, timezone, starts_at, ends_at, enabled, created_at FROM schedules"""


def plan(tx: Tx, schedule_id: UUID) -> Plan | None:
    """None also while its owner is suspended: nobody could take the photo."""
    return tx.one(
        _PLAN
        + """ WHERE id = %(id)s
                AND EXISTS (SELECT FROM users AS u WHERE u.id = schedules.user_id AND u.suspended_at IS NULL)""",
        {"id": schedule_id},
        into=Plan,
    )


def hold_plan(tx: Tx, device_id: UUID, schedule_id: UUID) -> Plan | None:
    """The device's own schedule, which is not deleted before the transaction ends."""
    return tx.one(
        _PLAN + " WHERE id = %(id)s AND device_id = %(device_id)s FOR KEY SHARE",
        {"id": schedule_id, "device_id": device_id},
        into=Plan,
    )


def create(tx: Tx, new: NewCapture) -> bool:
    """False: there is a capture of this schedule and moment, whoever wrote it."""
    return bool(
        tx.execute(
            """INSERT INTO captures (id, user_id, device_id, schedule_id, due_at, requested_at, expires_at, when_online)
               VALUES (%(id)s, %(user_id)s, %(device_id)s, %(schedule_id)s, %(due_at)s, %(requested_at)s,
                       %(expires_at)s, %(when_online)s)
                   ON CONFLICT ON CONSTRAINT captures_once_a_due_time DO NOTHING""",
            new._asdict(),
        )
    )


def count_waiting(tx: Tx, device_id: UUID) -> int:
    return int(
        tx.value(
            "SELECT count(*) FROM captures WHERE device_id = %(id)s AND status IN ('requested', 'dispatched')",
            {"id": device_id},
        )
    )


def waiting(tx: Tx, device_id: UUID, now: datetime) -> list[Waiting]:
    """The oldest first. One that is past its time is not asked for any more, also where no sweep has been yet."""
    return tx.all(
        """SELECT id, requested_at, expires_at, schedule_id, due_at FROM captures
            WHERE device_id = %(id)s AND status IN ('requested', 'dispatched') AND expires_at > %(now)s
            ORDER BY requested_at, id""",
        {"id": device_id, "now": now},
        into=Waiting,
    )


def is_listening(tx: Tx, topic: str) -> bool:
    """Whether an open socket listens. Ask after pushing: the push waits for a subscription that is under way."""
    return bool(
        tx.value(
            """SELECT EXISTS (SELECT FROM realtime_subscriptions AS s
                                JOIN realtime_live_connections AS c ON c.id = s.connection_id
                               WHERE s.topic = %(topic)s)""",
            {"topic": topic},
        )
    )


def dispatch(tx: Tx, capture_ids: Sequence[UUID], now: datetime) -> list[UUID]:
    """Those of the captures that have only now been sent to their device."""
    rows = tx.all(
        """UPDATE captures SET status = 'dispatched', dispatched_at = %(now)s
            WHERE id = ANY(%(ids)s) AND status = 'requested' RETURNING id""",
        {"ids": list(capture_ids), "now": now},
    )
    return [row["id"] for row in rows]


def take_back(tx: Tx, user_id: UUID, capture_id: UUID, reason: str) -> bool:
    """False: it is not waiting any more, or its device has been told of it."""
    return bool(
        tx.execute(
            """UPDATE captures SET status = 'expired', error = %(reason)s
                WHERE id = %(id)s AND user_id = %(user_id)s AND status = 'requested'""",
            {"id": capture_id, "user_id": user_id, "reason": reason},
        )
    )


def expire(tx: Tx, now: datetime, reason: str, limit: int) -> list[UUID]:
    """Captures that nobody came for."""
    rows = tx.all(
        """UPDATE captures SET status = 'expired', error = %(reason)s
            WHERE id IN (SELECT id FROM captures
                          WHERE status IN ('requested', 'dispatched') AND expires_at <= %(now)s
                          ORDER BY expires_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED)
        RETURNING id""",
        {"now": now, "reason": reason, "limit": limit},
    )
    return [row["id"] for row in rows]
