"""Rows of orders and their photos as they stand at some moment, for tests of what happens to them then."""

from typing import Any, NamedTuple
from uuid import UUID

from darkroom import ids
from darkroom.db import Tx
from restorations import keys

PRICE = 900
_STARTED = ("uploaded", "processing", "completed")


class Ordered(NamedTuple):
    id: UUID
    image_ids: list[UUID]
    session_id: UUID


def order(
    tx: Tx, status: str = "pending_payment", *, photos: int = 1, image_status: str | None = None, **changes: Any
) -> Ordered:
    """An order whose photos all stand at `image_status` (what fits its own status, unless said)."""
    session_id, order_id = ids.new_id(), ids.new_id()
    tx.execute("INSERT INTO upload_sessions (id, expires_at) VALUES (%s, now() + interval '1 day')", (session_id,))
    is_paid = status not in {"pending_payment", "failed"}
    fields = {
        "id": order_id,
        "session_id": session_id,
        "email": "grace@example.test",
        "status": status,
        "payment_status": "paid" if is_paid else "unpaid",
        "pay_with": "card",
        "price_cents": PRICE,
        "total_cents": PRICE * photos,
        "paid_cents": PRICE * photos if is_paid else None,
        "fidelity": 0.7,
        "colorize": False,
        "upscale": 1,
        "stripe_payment_intent": f"pi_{order_id.hex}" if is_paid else None,
        "paid_at": "now" if is_paid else None,
        "completed_at": "now" if status == "completed" else None,
        **changes,
    }
    _insert(tx, "orders", fields)
    standing = image_status or {"processing": "uploaded", "completed": "completed"}.get(status, "pending")
    return Ordered(order_id, [photo(tx, order_id, n + 1, standing) for n in range(photos)], session_id)


def photo(tx: Tx, order_id: UUID, position: int = 1, status: str = "pending", **changes: Any) -> UUID:
    image_id, upload_id = ids.new_id(), ids.new_id()
    fields: dict[str, Any] = {
        "id": image_id,
        "order_id": order_id,
        "position": position,
        "filename": f"Grandma {position}.jpg",
        "status": status,
        "temp_key": keys.temp(order_id, upload_id, "image/jpeg"),
        "original_key": keys.original(order_id, position, "image/jpeg") if status in _STARTED else None,
        "content_type": "image/jpeg",
        "size_bytes": 1_000,
        "width": 640,
        "height": 480,
        "sha256": image_id.bytes * 2,
        "crc32": 1,
    }
    if status == "completed":
        fields |= {
            "restored_key": keys.restored(order_id, position, "image/jpeg"),
            "restored_type": "image/jpeg",
            "restored_bytes": 2_000,
            "restored_width": 640,
            "restored_height": 480,
            "restored_crc32": 2,
            "completed_at": "now",
        }
    if status == "failed":
        fields |= {"error": "It could not be restored.", "completed_at": "now"}
    _insert(tx, "order_images", fields | changes)
    return image_id


def job(tx: Tx, order_id: UUID, image_id: UUID, status: str = "pending", **changes: Any) -> UUID:
    job_id = ids.new_id()
    fields = {"id": job_id, "order_id": order_id, "image_id": image_id, "status": status, "fidelity": 0.7, **changes}
    _insert(tx, "restoration_jobs", fields)
    return job_id


def _insert(tx: Tx, table: str, fields: dict[str, Any]) -> None:
    names = ", ".join(fields)
    places = ", ".join(f"%({name})s" for name in fields)
    tx.execute(f"INSERT INTO {table} ({names}) VALUES ({places})", fields)
