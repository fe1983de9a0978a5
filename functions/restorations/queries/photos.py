"""The photos of an order."""

from datetime import datetime
from typing import Final, LiteralString, NamedTuple
from uuid import UUID

from darkroom.db import Tx


class Photo(NamedTuple):
    id: UUID
    order_id: UUID
    position: int
    filename: str
    status: str
    progress: int
    error: str | None
    temp_key: str
    original_key: str | None
    restored_key: str | None
    content_type: str
    size_bytes: int
    width: int
    height: int
    sha256: bytes
    crc32: int
    restored_type: str | None
    restored_bytes: int | None
    restored_width: int | None
    restored_height: int | None
    restored_crc32: int | None
    image_id: UUID | None
    created_at: datetime
    completed_at: datetime | None
    is_given_back: bool
    """Its price went back, or is on its way: it is not delivered."""

    @property
    def trouble(self) -> str | None:
        """Why there is no restored photo to be had, in words for the person."""
        return _GIVEN_BACK_WORDS if self.status == "completed" and self.is_given_back else self.error


_GIVEN_BACK_WORDS: Final = "Its price went back to you, so this photo is not delivered."
_GIVEN_BACK: Final[LiteralString] = """
    EXISTS (SELECT FROM refunds r JOIN orders o ON o.id = r.order_id
             WHERE r.order_id = order_images.order_id AND order_images.id = ANY(r.image_ids)
               AND r.status NOT IN ('failed', 'canceled')
               AND r.payment_intent IS NOT DISTINCT FROM o.stripe_payment_intent) AS is_given_back"""
_COLUMNS: Final[LiteralString] = ", ".join(Photo._fields[:-1]) + "," + _GIVEN_BACK


def of_order(tx: Tx, order_id: UUID) -> list[Photo]:
    return tx.all(
        f"SELECT {_COLUMNS} FROM order_images WHERE order_id = %s ORDER BY position",  # noqa: S608
        (order_id,),
        into=Photo,
    )


def get(tx: Tx, image_id: UUID) -> Photo | None:
    return tx.one(f"SELECT {_COLUMNS} FROM order_images WHERE id = %s", (image_id,), into=Photo)  # noqa: S608


def move(tx: Tx, image_id: UUID, before: str, after: str, progress: int) -> Photo | None:
    """One guarded step; None: the photo stands elsewhere by now."""
    return tx.one(
        f"""UPDATE order_images SET status = %(after)s, progress = greatest(progress, %(progress)s)
             WHERE id = %(id)s AND status = %(before)s
         RETURNING {_COLUMNS}""",  # noqa: S608
        {"id": image_id, "before": before, "after": after, "progress": progress},
        into=Photo,
    )


def progress(tx: Tx, image_id: UUID, percent: int) -> bool:
    """How far it is; an older report changes nothing. Whether this was news."""
    return bool(
        tx.execute(
            """UPDATE order_images SET progress = %(percent)s
                WHERE id = %(id)s AND progress < %(percent)s AND status NOT IN ('completed', 'failed')""",
            {"id": image_id, "percent": percent},
        )
    )


def fail(tx: Tx, image_id: UUID, error: str) -> bool:
    """It ends here, with words for the person. Whether it had not ended before."""
    return bool(
        tx.execute(
            """UPDATE order_images SET status = 'failed', error = %(error)s, completed_at = now()
                WHERE id = %(id)s AND status IN ('pending', 'uploaded', 'processing')""",
            {"id": image_id, "error": error},
        )
    )
