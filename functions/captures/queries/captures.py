"""Captures, with their photos and what these earned."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, LiteralString, NamedTuple
from uuid import UUID

from darkroom.db import Tx


class Capture(NamedTuple):
    id: UUID
    user_id: UUID
    device_id: UUID
    schedule_id: UUID | None
    due_at: datetime | None
    status: str
    requested_at: datetime
    expires_at: datetime
    taken_at: datetime | None
    completed_at: datetime | None
    error: str | None
    image_id: UUID | None
    width: int | None
    height: int | None
    thumbhash: bytes | None
    earned_cents: int | None
    earned_reason: str | None


class Choice(NamedTuple):
    """Which captures a list holds."""

    device_id: UUID | None = None
    schedule_id: UUID | None = None
    status: str | None = None
    from_: datetime | None = None
    to: datetime | None = None


# The ledger alone knows what was earned: the entry's reference is the capture's id.
_SELECT: Final[LiteralString] = """
    SELECT c.id, c.user_id, c.device_id, c.schedule_id, c.due_at, c.status, c.requested_at, c.expires_at, c.taken_at,
           c.completed_at, c.error, i.id AS image_id, i.width, i.height, i.thumbhash,
           e.amount_cents AS earned_cents, e.reason AS earned_reason
      FROM captures AS c
      LEFT JOIN images AS i ON i.id = c.image_id AND i.trashed_at IS NULL
      LEFT JOIN ledger_entries AS e
             ON e.user_id = c.user_id AND e.kind = 'capture' AND e.reference = c.id::text"""


def get(tx: Tx, user_id: UUID, capture_id: UUID) -> Capture | None:
    return tx.one(
        _SELECT + " WHERE c.user_id = %(user_id)s AND c.id = %(id)s",
        {"user_id": user_id, "id": capture_id},
        into=Capture,
    )


def of_device(tx: Tx, device_id: UUID, capture_id: UUID) -> Capture | None:
    """For whoever speaks for the device."""
    return tx.one(
        _SELECT + " WHERE c.device_id = %(device_id)s AND c.id = %(id)s",
        {"device_id": device_id, "id": capture_id},
        into=Capture,
    )


def some(tx: Tx, capture_ids: Sequence[UUID]) -> list[Capture]:
    """These captures, one owner's after the other's."""
    return tx.all(
        _SELECT + " WHERE c.id = ANY(%(ids)s) ORDER BY c.user_id, c.requested_at, c.id",
        {"ids": list(capture_ids)},
        into=Capture,
    )


# Each with every other, and each pair of the first three with its own index. Somebody else's device or schedule is
# known before its captures are looked at, however many those are.
_CONDITIONS: Final[dict[str, LiteralString]] = {
    "device_id": """ AND c.device_id = %(device_id)s
                     AND EXISTS (SELECT FROM devices WHERE id = %(device_id)s AND user_id = %(user_id)s)""",
    "schedule_id": """ AND c.schedule_id = %(schedule_id)s
                       AND EXISTS (SELECT FROM schedules WHERE id = %(schedule_id)s AND user_id = %(user_id)s)""",
    "status": " AND c.status = %(status)s",
    "from_": " AND c.requested_at >= %(from_)s",
    "to": " AND c.requested_at < %(to)s",
}


def page(tx: Tx, user_id: UUID, choice: Choice, after: tuple[datetime, UUID] | None, limit: int) -> list[Capture]:
    """The latest first, after the last row of the page before."""
    chosen = {name: value for name, value in choice._asdict().items() if value is not None}
    statement: LiteralString = _SELECT + " WHERE c.user_id = %(user_id)s"
    for name in chosen:
        statement += _CONDITIONS[name]
    if after is not None:
        statement += " AND (c.requested_at, c.id) < (%(at)s, %(last)s)"
    at, last = after or (None, None)
    parameters: dict[str, Any] = {**chosen, "user_id": user_id, "at": at, "last": last, "limit": limit}
    return tx.all(
        statement + " ORDER BY c.requested_at DESC, c.id DESC LIMIT %(limit)s",
        parameters,
        into=Capture,
    )


def counts(tx: Tx, user_id: UUID, edges: Sequence[datetime]) -> dict[int, int]:
    """How many photos were taken from one edge to the next, by the first one's number, counted from 1."""
    rows = tx.all(
        """SELECT width_bucket(taken_at, %(edges)s::timestamptz[]) AS day, count(*) AS many FROM captures
            WHERE user_id = %(user_id)s AND status = 'completed'
              AND taken_at >= %(first)s AND taken_at < %(last)s
            GROUP BY day""",
        {"user_id": user_id, "edges": list(edges), "first": edges[0], "last": edges[-1]},
    )
    return {row["day"]: row["many"] for row in rows}


def earnings(tx: Tx, user_id: UUID, edges: Sequence[datetime]) -> dict[int, int]:
    """As `counts`: what captures earned, by when it was paid."""
    rows = tx.all(
        """SELECT width_bucket(created_at, %(edges)s::timestamptz[]) AS day, sum(amount_cents)::bigint AS cents
             FROM ledger_entries
            WHERE user_id = %(user_id)s AND kind = 'capture' AND created_at >= %(first)s AND created_at < %(last)s
            GROUP BY day""",
        {"user_id": user_id, "edges": list(edges), "first": edges[0], "last": edges[-1]},
    )
    return {row["day"]: row["cents"] for row in rows}
