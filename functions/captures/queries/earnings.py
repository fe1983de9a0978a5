"""What has to be known to pay for a photo."""

from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from darkroom.db import Tx


class Arrived(NamedTuple):
    """A photo that has arrived and that nobody has paid for, of a person who is still there."""

    id: UUID
    user_id: UUID
    device_id: UUID
    completed_at: datetime
    phash: int
    thumbhash: bytes


class View(NamedTuple):
    """What a photo shows, by its hash and its colours, and when it was taken."""

    phash: int
    thumbhash: bytes
    taken_at: datetime


class Paid(NamedTuple):
    """How many photos of a day were paid for."""

    of_person: int
    of_device: int


# Entries are written after their photos have arrived, by the clock of another machine.
_CLOCKS_DIFFER = timedelta(hours=1)


def arrived(tx: Tx, capture_id: UUID) -> Arrived | None:
    return tx.one(
        """SELECT c.id, c.user_id, c.device_id, c.completed_at, c.phash, c.thumbhash
             FROM captures AS c JOIN users AS u ON u.id = c.user_id AND u.deleted_at IS NULL
            WHERE c.id = %(id)s AND c.status = 'completed'
              AND NOT EXISTS (SELECT FROM ledger_entries
                               WHERE user_id = c.user_id AND kind = 'capture' AND reference = c.id::text)""",
        {"id": capture_id},
        into=Arrived,
    )


def alike(tx: Tx, photo: Arrived, bits: int, among: int) -> list[View]:
    """Those of the person's last photos before this one, of all cameras, whose hashes differ in a few bits at most."""
    return tx.all(
        """SELECT phash, thumbhash, taken_at
             FROM (SELECT phash, thumbhash, taken_at
                     FROM captures
                    WHERE user_id = %(user_id)s AND status = 'completed'
                      AND (completed_at, id) < (%(completed_at)s, %(id)s)
                    ORDER BY completed_at DESC, id DESC
                    LIMIT %(among)s) AS recent
            WHERE bit_count((phash # %(phash)s)::bit(64)) <= %(bits)s""",
        {**photo._asdict(), "bits": bits, "among": among},
        into=View,
    )


def paid(tx: Tx, photo: Arrived) -> Paid:
    """Of the UTC day on which this photo arrived. Whoever asks holds the person's lock: nobody pays meanwhile."""
    day = photo.completed_at.replace(hour=0, minute=0, second=0, microsecond=0)
    found = tx.one(
        """SELECT count(*) AS of_person, count(*) FILTER (WHERE c.device_id = %(device_id)s) AS of_device
             FROM ledger_entries AS e JOIN captures AS c ON c.id = e.reference::uuid
            WHERE e.user_id = %(user_id)s AND e.kind = 'capture' AND e.amount_cents > 0
              AND e.created_at >= %(written_since)s
              AND c.completed_at >= %(day)s AND c.completed_at < %(next_day)s""",
        {
            **photo._asdict(),
            "written_since": day - _CLOCKS_DIFFER,
            "day": day,
            "next_day": day + timedelta(days=1),
        },
        into=Paid,
    )
    assert found is not None
    return found
