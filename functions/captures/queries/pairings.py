"""Codes that pair an agent with a device."""

from datetime import datetime
from uuid import UUID

from darkroom.db import Tx


def put(tx: Tx, device_id: UUID, code_hash: bytes, now: datetime, expires_at: datetime) -> bool:
    """The device's code from now on, in place of an earlier one. False: the code is another device's."""
    tx.execute(
        """DELETE FROM device_pairings
            WHERE device_id = %(device_id)s OR (code_hash = %(hash)s AND expires_at <= %(now)s)""",
        {"device_id": device_id, "hash": code_hash, "now": now},
    )
    return bool(
        tx.execute(
            """INSERT INTO device_pairings (device_id, code_hash, expires_at)
               VALUES (%(device_id)s, %(hash)s, %(expires_at)s) ON CONFLICT DO NOTHING""",
            {"device_id": device_id, "hash": code_hash, "expires_at": expires_at},
        )
    )


def device_of(tx: Tx, code_hash: bytes, now: datetime) -> UUID | None:
    """The device that a code pairs. A suspended person's devices are paired with nobody."""
    found: UUID | None = tx.value(
        """SELECT p.device_id FROM device_pairings AS p
             JOIN devices AS d ON d.id = p.device_id AND d.deleted_at IS NULL
             JOIN users AS u ON u.id = d.user_id AND u.suspended_at IS NULL AND u.deleted_at IS NULL
            WHERE p.code_hash = %(hash)s AND p.expires_at > %(now)s""",
        {"hash": code_hash, "now": now},
    )
    return found


def spend(tx: Tx, code_hash: bytes, now: datetime) -> bool:
    """False: somebody else was faster."""
    return bool(
        tx.execute(
            "DELETE FROM device_pairings WHERE code_hash = %(hash)s AND expires_at > %(now)s",
            {"hash": code_hash, "now": now},
        )
    )


def delete(tx: Tx, device_id: UUID) -> None:
    tx.execute("DELETE FROM device_pairings WHERE device_id = %(id)s", {"id": device_id})


def sweep(tx: Tx, now: datetime, limit: int) -> int:
    """Forget codes that work no more; how many there were."""
    return tx.execute(
        """DELETE FROM device_pairings WHERE device_id IN (
               SELECT device_id FROM device_pairings WHERE expires_at <= %(now)s
                LIMIT %(limit)s FOR UPDATE SKIP LOCKED)""",
        {"now": now, "limit": limit},
    )
