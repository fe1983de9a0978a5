"""Orders in any state, with photos that are restored or not."""

import zlib
from collections.abc import Sequence
from datetime import timedelta
from typing import NamedTuple
from uuid import UUID

from darkroom import auth, clock, ids
from darkroom.db import Tx
from restorations import keys


class Ordered(NamedTuple):
    order_id: UUID
    token: str
    image_ids: list[UUID]


def order(
    tx: Tx,
    restored: Sequence[bytes] = (b"one", b"two", b"three"),
    filenames: Sequence[str] = (),
    status: str = "completed",
    payment_status: str = "paid",
    user_id: UUID | None = None,
    session_id: UUID | None = None,
) -> Ordered:
    """An order whose photos are restored to these bytes (JPEG by name alone); they lie nowhere yet."""
    order_id, now = ids.new_id(), clock.now()
    is_paid = status in {"processing", "completed"}
    total = 900 * max(1, len(restored))
    tx.execute(
        """INSERT INTO orders (id, session_id, user_id, email, status, payment_status, pay_with, price_cents,
                               total_cents, paid_cents, paid_at, fidelity, colorize, upscale, completed_at)
           VALUES (%(id)s, %(session)s, %(user)s, 'ada@example.com', %(status)s, %(payment)s, 'card', 900, %(total)s,
                   %(paid)s, %(paid_at)s, 0.7, false, 1, %(at)s)""",
        {
            "id": order_id,
            "session": session_id,
            "user": user_id,
            "status": status,
            "payment": payment_status,
            "total": total,
            "paid": total if is_paid else None,
            "paid_at": now if is_paid else None,
            "at": now if status == "completed" else None,
        },
    )
    names = [*filenames, *(f"Old photo {n}.png" for n in range(len(filenames) + 1, len(restored) + 1))]
    image_ids = [
        _photo(tx, order_id, position, name, content)
        for position, (name, content) in enumerate(zip(names, restored, strict=True), start=1)
    ]
    return Ordered(order_id, auth.issue_opaque(tx, "order", order_id, owner_id=user_id), image_ids)


def restored_key(order_id: UUID, position: int) -> str:
    return keys.restored(order_id, position, "image/jpeg")


def _photo(tx: Tx, order_id: UUID, position: int, filename: str, content: bytes) -> UUID:
    image_id = ids.new_id()
    tx.execute(
        """INSERT INTO order_images
               (id, order_id, position, filename, status, progress, temp_key, original_key, restored_key, content_type,
                size_bytes, width, height, sha256, crc32, restored_type, restored_bytes, restored_width,
                restored_height, restored_crc32, completed_at)
           VALUES (%(id)s, %(order)s, %(position)s, %(filename)s, 'completed', 100, %(temp)s, %(original)s,
                   %(restored)s, 'image/png', 10, 640, 480, ''::bytea, 0, 'image/jpeg', %(size)s, 640, 480, %(crc)s,
                   %(at)s)""",
        {
            "id": image_id,
            "order": order_id,
            "position": position,
            "filename": filename,
            "temp": f"uploads/temp/{order_id}/{position}.png",
            "original": keys.original(order_id, position, "image/png"),
            "restored": restored_key(order_id, position),
            "size": len(content),
            "crc": zlib.crc32(content),
            "at": clock.now() - timedelta(minutes=1),
        },
    )
    return image_id
