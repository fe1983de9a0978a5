"""Migrations: once each, whole or not at all, never changed, one runner at a time."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

from darkroom import migrations, secrets
from darkroom.migrations import MigrationRefused
from darkroom.settings import settings
from infra.tools import schema, scratch_postgres
from operations import database_role
from operations import migrate as migrate_function

Write = Callable[..., None]


@pytest.fixture
def empty_db(server_url: str, worker_id: str) -> Iterator[str]:
    """A database without anything in it."""
    name = f"empty_{worker_id}"
    scratch_postgres.create_database(server_url, name)
    yield server_url.replace("/postgres?", f"/{name}?")
    with psycopg.connect(server_url, autocommit=True) as conn:
        conn.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture
def conn(empty_db: str) -> Iterator["psycopg.Connection[Any]"]:
    with psycopg.connect(empty_db, autocommit=True) as conn:
        yield conn


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def files(**contents: str) -> None:
        for name, content in contents.items():
            (tmp_path / f"{name.removeprefix('m')}.sql").write_text(content)

    return files


def tables(conn: "psycopg.Connection[Any]") -> set[str]:
    rows = conn.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
    return {name for (name,) in rows} - {"schema_migrations"}


def test_files_are_applied_in_order_and_once(conn: "psycopg.Connection[Any]", tmp_path: Path, write: Write) -> None:
    write(m0001_a="CREATE TABLE a (n int);", m0002_b="ALTER TABLE a RENAME TO b;\nCREATE TABLE c ();")
    assert migrations.migrate(conn, tmp_path) == ["0001_a", "0002_b"]
    assert tables(conn) == {"b", "c"}
    assert migrations.migrate(conn, tmp_path) == []
    write(m0003_d="CREATE TABLE d ();")
    assert migrations.migrate(conn, tmp_path) == ["0003_d"]


def test_a_file_is_applied_whole_or_not_at_all(conn: "psycopg.Connection[Any]", tmp_path: Path, write: Write) -> None:
    write(m0001_a="CREATE TABLE a ();", m0002_b="CREATE TABLE b (); CREATE TABLE a ();", m0003_c="CREATE TABLE c ();")
    with pytest.raises(psycopg.errors.DuplicateTable):
        migrations.migrate(conn, tmp_path)
    assert tables(conn) == {"a"}
    write(m0002_b="CREATE TABLE b ();")  # it was not applied, so it may still change
    assert migrations.migrate(conn, tmp_path) == ["0002_b", "0003_c"]


def test_percent_signs_are_only_text(conn: "psycopg.Connection[Any]", tmp_path: Path, write: Write) -> None:
    write(m0001_a="CREATE TABLE a (t text DEFAULT '%s %(x)s 100%');")
    assert migrations.migrate(conn, tmp_path) == ["0001_a"]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"m0002_b": "CREATE TABLE b (n int);"}, "0002_b was changed"),
        ({"m0001_a": "CREATE TABLE a (); "}, "0001_a was changed"),
    ],
)
def test_a_changed_file_is_refused(
    conn: "psycopg.Connection[Any]", tmp_path: Path, write: Write, change: dict[str, str], reason: str
) -> None:
    write(m0001_a="CREATE TABLE a ();", m0002_b="CREATE TABLE b ();")
    migrations.migrate(conn, tmp_path)
    write(m0003_c="CREATE TABLE c ();", **change)
    with pytest.raises(MigrationRefused, match=reason):
        migrations.migrate(conn, tmp_path)
    assert tables(conn) == {"a", "b"}


def test_a_missing_renamed_or_late_file_is_refused(
    conn: "psycopg.Connection[Any]", tmp_path: Path, write: Write
) -> None:
    write(m0001_a="CREATE TABLE a ();", m0002_b="CREATE TABLE b ();")
    migrations.migrate(conn, tmp_path)
    (tmp_path / "0002_b.sql").rename(tmp_path / "0002_other.sql")
    with pytest.raises(MigrationRefused, match="0002_b was applied where"):
        migrations.migrate(conn, tmp_path)
    (tmp_path / "0002_other.sql").unlink()
    with pytest.raises(MigrationRefused, match="file is missing"):
        migrations.migrate(conn, tmp_path)


@pytest.mark.parametrize(
    "files",
    [
        {"m0002_b": ""},
        {"m0001_a": "", "m0003_c": ""},
        {"m0001_a": "", "m0001_b": ""},
        {"m0001_a": "", "m2_b": ""},
        {"m0001_a": "", "m0002-b": ""},
        {"m0000_a": ""},
    ],
)
def test_gaps_doubles_and_other_names_are_refused(tmp_path: Path, write: Write, files: dict[str, str]) -> None:
    write(**files)
    with pytest.raises(MigrationRefused):
        migrations.read_folder(tmp_path)


def test_two_runners_at_once_apply_everything_once(empty_db: str, tmp_path: Path, write: Write) -> None:
    write(m0001_a="CREATE TABLE a (); SELECT pg_sleep(0.1);", m0002_b="CREATE TABLE b ();")
    applied: list[list[str]] = []

    def run() -> None:
        with psycopg.connect(empty_db, autocommit=True) as own:
            applied.append(migrations.migrate(own, tmp_path))

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(applied) == [[], [], [], ["0001_a", "0002_b"]]


def test_a_runner_does_not_wait_for_ever(
    empty_db: str, conn: "psycopg.Connection[Any]", tmp_path: Path, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(m0001_a="CREATE TABLE a ();")
    monkeypatch.setattr(migrations, "_LOCK_WAIT", "10ms")
    with psycopg.connect(empty_db, autocommit=True) as other:
        other.execute("SELECT pg_advisory_lock(%s)", (migrations._LOCK,))
        with pytest.raises(psycopg.errors.LockNotAvailable):
            migrations.migrate(conn, tmp_path)
    assert tables(conn) == set()


def test_a_runner_that_dies_leaves_no_lock(empty_db: str, tmp_path: Path, write: Write) -> None:
    write(m0001_a="SELECT 1 / 0;")
    with psycopg.connect(empty_db, autocommit=True) as dying, pytest.raises(psycopg.errors.DivisionByZero):
        migrations.migrate(dying, tmp_path)
    write(m0001_a="CREATE TABLE a ();")
    with psycopg.connect(empty_db, autocommit=True) as other:
        assert migrations.migrate(other, tmp_path) == ["0001_a"]


# --- the ones of this repository --------------------------------------------------------------------------------------


def test_the_function_migrates_once(empty_db: str, environment: pytest.MonkeyPatch) -> None:
    environment.setenv("DATABASE_URL", empty_db)
    settings.cache_clear()
    names = [migration.name for migration in migrations.read_folder(scratch_postgres.MIGRATIONS)]
    assert migrate_function.handler({}, None) == {"applied": names}
    assert migrate_function.handler({}, None) == {"applied": []}


def test_on_aws_it_goes_past_the_proxy_and_prepares_the_role(
    empty_db: str, server_url: str, environment: pytest.MonkeyPatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment.setenv("DATABASE_DIRECT_HOST", "database.example")
    environment.setenv("DATABASE_ADMIN_SECRET_ARN", "arn:admin")
    environment.setenv("DATABASE_APP_SECRET_ARN", "arn:app")
    environment.setenv("DATABASE_USER", "darkroom_test_role")
    settings.cache_clear()
    known = {
        "arn:admin": {"username": "postgres", "password": "admin's"},
        "arn:app": {"username": "darkroom_test_role", "password": "it's"},
    }
    monkeypatch.setattr(secrets, "fetch", known.__getitem__)
    asked: dict[str, Any] = {}
    connect = psycopg.connect

    def connect_here(**options: Any) -> Any:
        asked.update(options)
        return connect(empty_db, autocommit=True)

    monkeypatch.setattr(psycopg, "connect", connect_here)
    migrate_function.handler({}, None)
    monkeypatch.undo()
    assert (asked["host"], asked["user"], asked["password"]) == ("database.example", "postgres", "admin's")
    try:
        with connect(empty_db.replace("postgres@", "darkroom_test_role@"), autocommit=True) as conn:
            assert conn.execute("SHOW statement_timeout").fetchone() == ("25s",)
            assert conn.execute("SHOW timezone").fetchone() == ("UTC",)
            conn.execute("INSERT INTO email_suppressions (address, reason) VALUES ('a', 'b')")
            conn.execute("DELETE FROM email_suppressions")
            for forbidden in ("DROP TABLE emails", "CREATE TABLE x ()", "DELETE FROM schema_migrations"):
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    conn.execute(forbidden.encode())
        with connect(empty_db, autocommit=True) as conn:
            database_role.prepare(conn, "darkroom_test_role", None)  # again, and without a password
    finally:
        with connect(empty_db, autocommit=True) as conn:
            conn.execute("DROP OWNED BY darkroom_test_role")
            conn.execute("DROP ROLE darkroom_test_role")


def test_the_generated_schema_is_what_the_migrations_make(tmp_path: Path) -> None:
    assert schema.main(["--check"]) == 0
    file = tmp_path / "schema.sql"
    assert schema.main(["--check"], file) == 1
    file.write_text(schema.SCHEMA.read_text() + "CREATE TABLE x ();\n")
    assert schema.main(["--check"], file) == 1
    assert schema.main([], file) == 0
    assert file.read_text() == schema.SCHEMA.read_text()
