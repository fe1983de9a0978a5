"""Objects whose rows are gone, of whomever."""

from darkroom.db import Tx


def due(tx: Tx, minutes: int, limit: int) -> list[str]:
    """Listed for a while: whoever was reading them has had the time to finish."""
    rows = tx.all(
        """SELECT storage_key FROM storage_erasures WHERE created_at < now() - make_interval(mins => %(minutes)s)
            ORDER BY storage_key LIMIT %(limit)s""",
        {"minutes": minutes, "limit": limit},
    )
    return [row["storage_key"] for row in rows]


def strike(tx: Tx, storage_keys: list[str]) -> None:
    tx.execute("DELETE FROM storage_erasures WHERE storage_key = ANY(%(keys)s)", {"keys": storage_keys})
