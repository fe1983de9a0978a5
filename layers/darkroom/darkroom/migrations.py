"""Forward-only migrations: numbered SQL files, each applied once, whole, and never changed afterwards.

They go to the database directly, not through RDS Proxy: the advisory lock and the timeouts below are the session's.
"""

import hashlib
import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import psycopg
from psycopg import sql
from psycopg.rows import class_row

from darkroom import log

_NAME = re.compile(r"(\d{4})_[a-z0-9_]+\.sql")
_LOCK = 0x6461726B726F6F6D  # "darkroom": one migration at a time in one database
_LOCK_WAIT = "30s"


class MigrationRefused(RuntimeError):
    """The files and the database do not fit together; nothing was changed by the file that is named."""


class Migration(NamedTuple):
    version: int
    name: str
    checksum: bytes
    statements: str


class _Applied(NamedTuple):
    version: int
    name: str
    checksum: bytes


def read_folder(folder: Path) -> list[Migration]:
    """The migrations in `folder`, in order: numbered from 1 without a gap or a double."""
    migrations: list[Migration] = []
    for file in sorted(folder.glob("*.sql")):
        match = _NAME.fullmatch(file.name)
        if match is None:
            raise MigrationRefused(f"{file.name} is not called NNNN_name.sql")
        content = file.read_bytes()
        migrations.append(Migration(int(match[1]), file.stem, hashlib.sha256(content).digest(), content.decode()))
    for position, migration in enumerate(migrations, start=1):
        if migration.version != position:
            raise MigrationRefused(f"{migration.name} stands where number {position:04} should")
    return migrations


def migrate(conn: psycopg.Connection, folder: Path) -> list[str]:
    """Apply what is missing, each file in one transaction; answer the names of what was applied.

    `conn` is an autocommit connection of its own. A second runner waits for the first and then finds nothing to do.
    """
    migrations = read_folder(folder)
    conn.execute(sql.SQL("SET lock_timeout = {}").format(_LOCK_WAIT))
    conn.execute("SELECT pg_advisory_lock(%s)", (_LOCK,))
    try:
        _prepare(conn)
        applied = _applied(conn)
        _compare(migrations, applied)
        missing = migrations[len(applied) :]
        for migration in missing:
            _apply(conn, migration)
        return [migration.name for migration in missing]
    finally:
        conn.execute("SELECT pg_advisory_unlock(%s)", (_LOCK,))


def _prepare(conn: psycopg.Connection) -> None:
    """The list of what was applied; and times in UTC for every session, since no session SETs its own."""
    conn.execute(
        """
        CREATE TABLE IF NOT EXISTS schema_migrations (
            version    integer PRIMARY KEY,
            name       text NOT NULL,
            checksum   bytea NOT NULL,
            applied_at timestamptz NOT NULL DEFAULT now()
        )
        """
    )
    conn.execute(sql.SQL("ALTER DATABASE {} SET timezone TO 'UTC'").format(sql.Identifier(conn.info.dbname)))


def _applied(conn: psycopg.Connection) -> list[_Applied]:
    with conn.cursor(row_factory=class_row(_Applied)) as cursor:
        return cursor.execute("SELECT version, name, checksum FROM schema_migrations ORDER BY version").fetchall()


def _compare(migrations: Sequence[Migration], applied: Sequence[_Applied]) -> None:
    """Refuse files that changed, went missing, or slipped in before one that was applied."""
    for position, row in enumerate(applied):
        if position >= len(migrations):
            raise MigrationRefused(f"{row.name} was applied, and its file is missing")
        migration = migrations[position]
        if (migration.version, migration.name) != (row.version, row.name):
            raise MigrationRefused(f"{row.name} was applied where the files have {migration.name}")
        if migration.checksum != row.checksum:
            raise MigrationRefused(f"{row.name} was changed after it was applied; write a new migration instead")


def _apply(conn: psycopg.Connection, migration: Migration) -> None:
    with conn.transaction():
        conn.execute(migration.statements.encode())
        conn.execute(
            "INSERT INTO schema_migrations (version, name, checksum) VALUES (%s, %s, %s)",
            (migration.version, migration.name, migration.checksum),
        )
    log.info("migrations.applied", migration=migration.name)
