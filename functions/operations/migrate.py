"""Brings the database up to date: run at each deployment, before the functions that need what it makes.

It connects past RDS Proxy as the administrator: locks and timeouts are the session's, and tables belong to the
administrator while functions connect as a role that can only read and write rows.
"""

from pathlib import Path
from typing import Any

import psycopg

from darkroom import db, log, migrations, secrets
from darkroom.settings import Settings, settings
from operations import database_role

_PACKAGED = Path(__file__).resolve().parents[1] / "migrations"
_IN_THE_REPOSITORY = Path(__file__).resolve().parents[2] / "infra" / "migrations"


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Apply what is missing; the answer names it. Run twice, the second time does nothing."""
    folder = _PACKAGED if _PACKAGED.is_dir() else _IN_THE_REPOSITORY
    current = settings()
    with log.context(function_request_id=getattr(context, "aws_request_id", None)):
        if current.database_url:
            with db.connect() as conn:
                applied = migrations.migrate(conn, folder)
        else:
            with _connect_as_administrator(current) as conn:
                applied = migrations.migrate(conn, folder)
                database_role.prepare(conn, current.database_user, _app_password(current))
        log.info("migrations.done", applied=applied)
    return {"applied": applied}


def _connect_as_administrator(current: Settings) -> psycopg.Connection[Any]:
    administrator = secrets.fetch(current.database_admin_secret_arn)
    return psycopg.connect(
        host=current.database_direct_host,
        port=current.database_port,
        dbname=current.database_name,
        user=administrator["username"],
        password=administrator["password"],
        sslmode="require",
        connect_timeout=current.database_connect_timeout_seconds,
        autocommit=True,
    )


def _app_password(current: Settings) -> str | None:
    """The password RDS Proxy signs in with, where the stage has one; functions themselves use IAM."""
    if not current.database_app_secret_arn:
        return None
    return secrets.fetch(current.database_app_secret_arn)["password"]
