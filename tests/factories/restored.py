"""Orders whose photos are restored to bytes of the test's choice, and the token that opens each."""

import zlib
from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID

from darkroom import auth
from darkroom.db import Tx
from restorations import keys
from tests.factories import orders


class Restored(NamedTuple):
    order_id: UUID
    token: str
    image_ids: list[UUID]


def order(
    tx: Tx,
    contents: Sequence[bytes] = (b"one", b"two", b"three"),
    filenames: Sequence[str] = (),
    status: str = "completed",
    **changes: Any,
) -> Restored:
    """They lie nowhere yet."""
    made = orders.order(tx, status, photos=0, total_cents=orders.PRICE * max(1, len(contents)), **changes)
    names = [*filenames, *(f"Old photo {n}.png" for n in range(len(filenames) + 1, len(contents) + 1))]
    image_ids = [
        orders.photo(
            tx,
            made.id,
            position,
            "completed",
            filename=name,
            restored_bytes=len(content),
            restored_crc32=zlib.crc32(content),
        )
        for position, (name, content) in enumerate(zip(names, contents, strict=True), start=1)
    ]
    return Restored(made.id, auth.issue_opaque(tx, "order", made.id, owner_id=changes.get("user_id")), image_ids)


def key(order_id: UUID, position: int) -> str:
    return keys.restored(order_id, position, "image/jpeg")
