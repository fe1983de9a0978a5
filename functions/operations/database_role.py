"""The role that functions connect as: it reads and writes rows, makes nothing, and waits for nothing for long.

Timeouts are the role's, because a SET in a session would pin the proxy's connection.
"""

from typing import Any

import psycopg
from psycopg import sql

_TIMEOUTS = {
    "statement_timeout": "25s",  # an API function's own limit is 29 s
    "lock_timeout": "5s",
    "idle_in_transaction_session_timeout": "30s",
}


def prepare(conn: psycopg.Connection[Any], name: str, password: str | None) -> None:
    """Make the role or bring it up to date: its sign-in, its rights on every table there is, its timeouts."""
    role = sql.Identifier(name)
    with conn.transaction():
        if not _exists(conn, name):
            conn.execute(sql.SQL("CREATE ROLE {} LOGIN").format(role))
        if password is not None:
            conn.execute(sql.SQL("ALTER ROLE {} PASSWORD {}").format(role, password))
        elif _exists(conn, "rds_iam"):
            conn.execute(sql.SQL("GRANT rds_iam TO {}").format(role))
        for setting, value in _TIMEOUTS.items():
            conn.execute(sql.SQL("ALTER ROLE {} SET {} = {}").format(role, sql.Identifier(setting), value))
        for right in (
            "USAGE ON SCHEMA public",
            "SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public",
            "USAGE ON ALL SEQUENCES IN SCHEMA public",
            "EXECUTE ON ALL FUNCTIONS IN SCHEMA public",
        ):
            conn.execute(sql.SQL("GRANT {} TO {}").format(sql.SQL(right), role))
        conn.execute(sql.SQL("REVOKE INSERT, UPDATE, DELETE ON schema_migrations FROM {}").format(role))


def _exists(conn: psycopg.Connection[Any], name: str) -> bool:
    return conn.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (name,)).fetchone() is not None
