"""A device's photos of a time, as a film shows them."""

from datetime import datetime
from typing import Final, LiteralString, NamedTuple
from uuid import UUID

from darkroom.db import Tx


class Scope(NamedTuple):
    """Whose photos, of which device, taken from `first` until before `last`."""

    user_id: UUID
    device_id: UUID
    first: datetime
    last: datetime


_PHOTOS: Final[LiteralString] = """
      FROM captures AS c JOIN images AS i ON i.id = c.image_id AND i.trashed_at IS NULL
     WHERE c.user_id = %(user_id)s AND c.device_id = %(device_id)s AND c.status = 'completed'
       AND c.taken_at >= %(first)s AND c.taken_at < %(last)s"""


def count(tx: Tx, scope: Scope, at_most: int) -> int:
    """How many there are; counting ends at `at_most`."""
    counted: int = tx.value(
        f"SELECT count(*) FROM (SELECT {_PHOTOS} LIMIT %(most)s) AS those",  # noqa: S608 - the part above
        {**scope._asdict(), "most": at_most},
    )
    return counted


def photos(tx: Tx, scope: Scope, at_most: int) -> list[UUID]:
    """The images, oldest first. Of more than `at_most` there are exactly so many, evenly chosen."""
    rows = tx.all(
        f"""SELECT image_id FROM (
                SELECT c.image_id, row_number() OVER (ORDER BY c.taken_at, c.id) AS n, count(*) OVER () AS of_all
                {_PHOTOS}) AS those
             WHERE of_all <= %(most)s OR n * %(most)s / of_all <> (n - 1) * %(most)s / of_all
             ORDER BY n""",  # noqa: S608 - the part above
        {**scope._asdict(), "most": at_most},
    )
    return [row["image_id"] for row in rows]
