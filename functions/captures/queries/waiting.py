"""Captures that wait for their device: asked for, perhaps told to it, and not begun."""

from typing import Final, LiteralString
from uuid import UUID

from captures.queries.captures import Capture
from darkroom.db import Tx

# As captures.Capture has it. What waits has no photo and has earned nothing, so nothing is joined.
_COLUMNS: Final[LiteralString] = """
    id, user_id, device_id, schedule_id, due_at, status, requested_at, expires_at, taken_at, completed_at, error,
    NULL::uuid AS image_id, NULL::integer AS width, NULL::integer AS height, NULL::bytea AS thumbhash,
    NULL::bigint AS earned_cents, NULL::text AS earned_reason"""


def dispatch(tx: Tx, device_id: UUID) -> list[Capture]:
    """Those that the device had not been told of; now it is."""
    moved = tx.all(
        f"""UPDATE captures SET status = 'dispatched', dispatched_at = now()
             WHERE device_id = %(device_id)s AND status = 'requested' AND expires_at > now()
         RETURNING {_COLUMNS}""",  # noqa: S608 - the columns above
        {"device_id": device_id},
        into=Capture,
    )
    return _in_order(moved)


def dispatched(tx: Tx, device_id: UUID, limit: int) -> list[Capture]:
    """What the device is to do, the oldest first."""
    return tx.all(
        f"""SELECT {_COLUMNS} FROM captures
             WHERE device_id = %(device_id)s AND status = 'dispatched' AND expires_at > now()
             ORDER BY requested_at, id LIMIT %(limit)s""",  # noqa: S608 - the columns above
        {"device_id": device_id, "limit": limit},
        into=Capture,
    )


def interrupt(tx: Tx, device_id: UUID, error: str) -> list[Capture]:
    """The device is paused: nothing waits for it any more but what was to wait until it is back; what did."""
    gone = tx.all(
        f"""UPDATE captures SET status = 'expired', error = %(error)s
             WHERE device_id = %(device_id)s
               AND (status = 'dispatched' OR (status = 'requested' AND NOT when_online))
         RETURNING {_COLUMNS}""",  # noqa: S608 - the columns above
        {"device_id": device_id, "error": error},
        into=Capture,
    )
    return _in_order(gone)


def end(tx: Tx, device_id: UUID, error: str) -> list[Capture]:
    """The device is gone: nothing waits for it any more, and what it was bringing will not come; what that was."""
    gone = tx.all(
        f"""UPDATE captures
               SET status = CASE status WHEN 'uploading' THEN 'failed' ELSE 'expired' END, error = %(error)s
             WHERE device_id = %(device_id)s AND status IN ('requested', 'dispatched', 'uploading')
         RETURNING {_COLUMNS}""",  # noqa: S608 - the columns above
        {"device_id": device_id, "error": error},
        into=Capture,
    )
    return _in_order(gone)


def _in_order(captures: list[Capture]) -> list[Capture]:
    return sorted(captures, key=lambda capture: (capture.requested_at, capture.id))
