"""Schedules. Who writes one has its device's row first (`touch_device`), so that changes of a device's schedules come
one after the other and its revision tells each of them apart."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, LiteralString, NamedTuple
from uuid import UUID

from psycopg import sql

from darkroom.db import Tx


class Schedule(NamedTuple):
    id: UUID
    user_id: UUID
    device_id: UUID
    name: str
    expression: str
    timezone: str
    starts_at: datetime | None
    ends_at: datetime | None
    enabled: bool
    version: int
    created_at: datetime
    updated_at: datetime


_COLUMNS: Final[LiteralString] = """id, user_id, device_id, name, expression, timezone, starts_at, ends_at, enabled,
    version, created_at, updated_at"""
_SELECT: Final[LiteralString] = f"SELECT {_COLUMNS} FROM schedules"  # noqa: S608 - literals
_INSERT: Final[LiteralString] = f"""
    INSERT INTO schedules (id, user_id, device_id, name, expression, timezone, starts_at, ends_at, enabled,
                           created_at, updated_at)
    VALUES (%(id)s, %(user_id)s, %(device_id)s, %(name)s, %(expression)s, %(timezone)s, %(starts_at)s, %(ends_at)s,
            %(enabled)s, %(created_at)s, %(created_at)s)
    RETURNING {_COLUMNS}"""  # noqa: S608 - literals
_CHANGEABLE: Final = frozenset({"device_id", "name", "expression", "timezone", "starts_at", "ends_at", "enabled"})


def touch_device(tx: Tx, user_id: UUID, device_id: UUID) -> int | None:
    """Moves the device's revision on, and holds its row: the new revision, None when it is not this person's."""
    revision: int | None = tx.value(
        """UPDATE devices SET revision = revision + 1
            WHERE id = %(id)s AND user_id = %(user_id)s AND deleted_at IS NULL RETURNING revision""",
        {"id": device_id, "user_id": user_id},
    )
    return revision


def count(tx: Tx, device_id: UUID) -> int:
    return int(tx.value("SELECT count(*) FROM schedules WHERE device_id = %(id)s", {"id": device_id}))


def insert(tx: Tx, fields: Mapping[str, Any]) -> Schedule:
    """`fields` are those of a schedule but for its version; `updated_at` is when it was made."""
    made = tx.one(_INSERT, fields, into=Schedule)
    assert made is not None
    return made


def get(tx: Tx, user_id: UUID, schedule_id: UUID, *, hold: bool = False) -> Schedule | None:
    lock: LiteralString = " FOR UPDATE" if hold else ""
    return tx.one(
        _SELECT + " WHERE id = %(id)s AND user_id = %(user_id)s" + lock,
        {"id": schedule_id, "user_id": user_id},
        into=Schedule,
    )


def by_id(tx: Tx, schedule_id: UUID) -> Schedule | None:
    """For whoever works for the platform."""
    return tx.one(_SELECT + " WHERE id = %(id)s", {"id": schedule_id}, into=Schedule)


def page(tx: Tx, user_id: UUID, device_id: UUID | None, after: Sequence[Any] | None, limit: int) -> list[Schedule]:
    created_at, schedule_id = after or (None, None)
    return tx.all(
        _SELECT
        + """ WHERE user_id = %(user_id)s
              AND (%(device_id)s::uuid IS NULL OR device_id = %(device_id)s)
              AND (%(created_at)s::timestamptz IS NULL OR (created_at, id) < (%(created_at)s, %(id)s))
            ORDER BY created_at DESC, id DESC LIMIT %(limit)s""",
        {"user_id": user_id, "device_id": device_id, "created_at": created_at, "id": schedule_id, "limit": limit},
        into=Schedule,
    )


def active_of_device(tx: Tx, device_id: UUID) -> list[Schedule]:
    return tx.all(_SELECT + " WHERE device_id = %(id)s AND enabled ORDER BY id", {"id": device_id}, into=Schedule)


def change(tx: Tx, schedule_id: UUID, changes: Mapping[str, Any], now: datetime) -> Schedule:
    """Only columns that a person may change; their names are ours, never the caller's."""
    assignments = sql.SQL(", ").join(
        sql.SQL("{} = {}").format(sql.Identifier(name), sql.Placeholder(name))
        for name in sorted(_CHANGEABLE & set(changes))
    )
    changed = tx.one(
        sql.SQL(
            "UPDATE schedules SET {}, version = version + 1, updated_at = %(now)s WHERE id = %(id)s RETURNING {}"
        ).format(assignments, sql.SQL(_COLUMNS)),
        {**changes, "id": schedule_id, "now": now},
        into=Schedule,
    )
    assert changed is not None
    return changed


def delete(tx: Tx, schedule_id: UUID) -> bool:
    return bool(tx.execute("DELETE FROM schedules WHERE id = %(id)s", {"id": schedule_id}))


def delete_of_device(tx: Tx, device_id: UUID) -> list[UUID]:
    gone = tx.all("DELETE FROM schedules WHERE device_id = %(id)s RETURNING id", {"id": device_id})
    return [row["id"] for row in gone]


def settle(tx: Tx, schedule_id: UUID, version: int) -> bool:
    """Scheduler has this version. False when that is not the row's any more."""
    return bool(
        tx.execute(
            "UPDATE schedules SET synced_version = %(version)s WHERE id = %(id)s AND version = %(version)s",
            {"id": schedule_id, "version": version},
        )
    )


def batch(tx: Tx, after: UUID | None, limit: int) -> list[Schedule]:
    """All schedules of everybody, by id, some at a time."""
    return tx.all(
        _SELECT + " WHERE %(after)s::uuid IS NULL OR id > %(after)s ORDER BY id LIMIT %(limit)s",
        {"after": after, "limit": limit},
        into=Schedule,
    )
