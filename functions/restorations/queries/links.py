"""Links that download."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from darkroom.db import Tx


class Link(NamedTuple):
    """A link that may be used, as far as it and its order know."""

    id: UUID
    order_id: UUID
    image_ids: list[UUID]
    is_archive: bool
    ordered_at: datetime


class New(NamedTuple):
    id: UUID
    token_hash: bytes
    order_id: UUID
    image_ids: Sequence[UUID]
    is_archive: bool
    max_downloads: int
    expires_at: datetime


def write(tx: Tx, link: New) -> None:
    tx.execute(
        """INSERT INTO download_links (id, token_hash, order_id, image_ids, is_archive, max_downloads, expires_at)
           VALUES (%(id)s, %(token_hash)s, %(order_id)s, %(image_ids)s, %(is_archive)s, %(max_downloads)s,
                   %(expires_at)s)""",
        link._asdict(),
    )


def usable(tx: Tx, token_hash: bytes, now: datetime) -> Link | None:
    """What this token opens, unless it is over or its order is out of reach."""
    return tx.one(
        """SELECT l.id, l.order_id, l.image_ids, l.is_archive, o.created_at AS ordered_at
             FROM download_links l JOIN orders o ON o.id = l.order_id
            WHERE l.token_hash = %(hash)s AND l.revoked_at IS NULL AND l.expires_at > %(now)s
              AND l.downloads < l.max_downloads
              AND o.status = 'completed' AND o.payment_status NOT IN ('disputed', 'refunded')""",
        {"hash": token_hash, "now": now},
        into=Link,
    )


def count(tx: Tx, link_id: UUID, now: datetime) -> bool:
    """One more download, unless it is over or the order out of reach by now. Of two at the last one, one is counted:
    the second waits for the first and then sees what it left."""
    return bool(
        tx.execute(
            """UPDATE download_links AS l SET downloads = downloads + 1, last_used_at = %(now)s
                 FROM orders o
                WHERE l.id = %(id)s AND o.id = l.order_id AND l.revoked_at IS NULL AND l.expires_at > %(now)s
                  AND l.downloads < l.max_downloads
                  AND o.status = 'completed' AND o.payment_status NOT IN ('disputed', 'refunded')""",
            {"id": link_id, "now": now},
        )
    )


def revoke(tx: Tx, order_id: UUID) -> int:
    return tx.execute(
        "UPDATE download_links SET revoked_at = now() WHERE order_id = %s AND revoked_at IS NULL", (order_id,)
    )


def revoke_photos(tx: Tx, order_id: UUID, image_ids: Sequence[UUID]) -> int:
    """Those that open one of these photos."""
    return tx.execute(
        """UPDATE download_links SET revoked_at = now()
            WHERE order_id = %s AND image_ids && %s::uuid[] AND revoked_at IS NULL""",
        (order_id, list(image_ids)),
    )


def forget_expired(tx: Tx, limit: int) -> int:
    return tx.execute(
        """DELETE FROM download_links WHERE id IN (
               SELECT id FROM download_links WHERE expires_at < now()
                ORDER BY expires_at LIMIT %s FOR UPDATE SKIP LOCKED)""",
        (limit,),
    )
