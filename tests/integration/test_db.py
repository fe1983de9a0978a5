"""The unit of work: what is durable when, and what happens when the database goes away."""

from collections.abc import Iterator
from typing import NamedTuple

import psycopg
import pytest

from darkroom import db
from darkroom.errors import InternalError, Unavailable
from darkroom.settings import settings
from infra.tools import scratch_postgres

ADD = "INSERT INTO email_suppressions (address, reason) VALUES (%(address)s, 'test')"


class Suppression(NamedTuple):
    address: str
    reason: str


def add(tx: db.Tx, address: str) -> None:
    tx.execute(ADD, {"address": address})


def addresses(url: str) -> set[str]:
    with psycopg.connect(url) as other:
        return {row[0] for row in other.execute("SELECT address FROM email_suppressions")}


def backend_pid() -> int:
    pid = db.connection().info.backend_pid
    assert pid
    return pid


def kill(url: str, pid: int) -> None:
    """End a backend, as a failover does, and wait until it is gone."""
    with psycopg.connect(url, autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", (pid,))


def test_a_unit_of_work_is_committed_when_it_ends(committed_db: str) -> None:
    with db.transaction() as tx:
        add(tx, "a")
        assert addresses(committed_db) == set()
    assert addresses(committed_db) == {"a"}


def test_an_error_undoes_it(committed_db: str) -> None:
    with pytest.raises(RuntimeError, match="stop"), db.transaction() as tx:
        add(tx, "a")
        raise RuntimeError("stop")
    assert addresses(committed_db) == set()


def test_rows_come_as_what_was_asked_for(tx: db.Tx) -> None:
    add(tx, "a")
    query = "SELECT address, reason FROM email_suppressions"
    assert tx.one(query, into=Suppression) == Suppression("a", "test")
    assert tx.all(query, into=Suppression) == [Suppression("a", "test")]
    assert tx.one(query) == {"address": "a", "reason": "test"}
    assert tx.value("SELECT count(*) FROM email_suppressions") == 1
    assert tx.one(query + " WHERE false") is None
    assert tx.value("SELECT 1 WHERE false") is None
    assert tx.execute("DELETE FROM email_suppressions") == 1


def test_many_statements_are_sent_together(tx: db.Tx) -> None:
    assert tx.execute_many(ADD, [{"address": "a"}, {"address": "b"}]) == 2
    assert tx.execute_many(ADD, []) == 0


def test_begin_is_sent_with_the_first_statement_and_not_before(committed_db: str) -> None:
    with db.transaction() as tx:
        assert not tx.is_open
        assert not db.is_connected()
        add(tx, "a")
        assert tx.is_open


def test_reading_sends_no_begin(committed_db: str) -> None:
    with db.reading() as tx:
        tx.value("SELECT 1")
        assert db.connection().info.transaction_status == psycopg.pq.TransactionStatus.IDLE
        add(tx, "a")
        assert addresses(committed_db) == {"a"}


def test_reading_has_no_commit_to_wait_for(tx: db.Tx) -> None:
    with db.reading() as reading, pytest.raises(RuntimeError):
        reading.after_commit(lambda: None)


def test_nothing_is_prepared_and_nothing_set(committed_db: str) -> None:
    """RDS Proxy pins a connection that prepares or sets."""
    with db.reading() as tx:
        for _ in range(10):
            tx.value("SELECT %(n)s::int", {"n": 1})
        assert tx.value("SELECT count(*) FROM pg_prepared_statements") == 0
        changed = tx.all("SELECT name FROM pg_settings WHERE source = 'session'")
        assert changed == []


def test_sessions_are_in_utc(committed_db: str) -> None:
    with db.reading() as tx:
        assert tx.value("SHOW timezone") == "UTC"


# --- actions after the end --------------------------------------------------------------------------------------------


def test_actions_run_once_it_is_durable(committed_db: str) -> None:
    seen: list[set[str]] = []
    with db.transaction() as tx:
        add(tx, "a")
        tx.after_commit(lambda: seen.append(addresses(committed_db)))
    assert seen == [{"a"}]


def test_an_action_may_fail_and_the_next_one_runs(committed_db: str) -> None:
    seen: list[str] = []

    def fail() -> None:
        raise OSError("no queue")

    with db.transaction() as tx:
        add(tx, "a")
        tx.after_commit(fail)
        tx.after_commit(lambda: seen.append("second"))
    assert seen == ["second"]
    assert addresses(committed_db) == {"a"}


def test_actions_are_dropped_with_what_is_undone(committed_db: str) -> None:
    seen: list[str] = []
    with pytest.raises(RuntimeError), db.transaction() as tx:
        add(tx, "a")
        tx.after_commit(lambda: seen.append("committed"))
        tx.after_rollback(lambda: seen.append("undone"))
        raise RuntimeError
    assert seen == ["undone"]


def test_a_commit_in_the_middle_splits_the_work(committed_db: str) -> None:
    """Reserve, call, settle."""
    seen: list[str] = []
    with pytest.raises(RuntimeError), db.transaction() as tx:
        add(tx, "reserved")
        tx.after_commit(lambda: seen.append("reserved"))
        tx.commit()
        assert addresses(committed_db) == {"reserved"}
        assert not tx.is_open
        add(tx, "settled")
        raise RuntimeError
    assert addresses(committed_db) == {"reserved"}
    assert seen == ["reserved"]


def test_a_part_may_fail_by_itself(tx: db.Tx) -> None:
    add(tx, "a")
    with pytest.raises(psycopg.errors.UniqueViolation), tx.savepoint():
        add(tx, "a")
    add(tx, "b")
    assert tx.value("SELECT count(*) FROM email_suppressions") == 2


# --- a COMMIT that fails ----------------------------------------------------------------------------------------------


@pytest.fixture
def deferred(committed_db: str) -> Iterator[None]:
    """A table whose constraint is looked at when COMMIT comes."""
    with psycopg.connect(committed_db, autocommit=True) as conn:
        conn.execute("CREATE TABLE deferred (n int UNIQUE DEFERRABLE INITIALLY DEFERRED)")
    yield
    db.close()
    with psycopg.connect(committed_db, autocommit=True) as conn:
        conn.execute("DROP TABLE deferred")


def test_a_commit_that_fails_is_an_error(committed_db: str, deferred: None) -> None:
    seen: list[str] = []
    with pytest.raises(db.CommitFailed) as caught, db.transaction() as tx:
        add(tx, "a")
        tx.execute("INSERT INTO deferred VALUES (1), (1)")
        tx.after_commit(lambda: seen.append("sent"))
        tx.after_rollback(lambda: seen.append("undone"))
    assert isinstance(caught.value, InternalError)
    assert isinstance(caught.value.__cause__, psycopg.errors.UniqueViolation)
    assert addresses(committed_db) == set()
    assert seen == ["undone"]
    with db.transaction() as tx:  # and the connection is good for the next one
        add(tx, "b")
    assert addresses(committed_db) == {"b"}


def test_a_swallowed_error_is_no_commit(committed_db: str) -> None:
    """PostgreSQL answers COMMIT of a failed transaction with ROLLBACK and no error."""
    with pytest.raises(db.CommitFailed), db.transaction() as tx:
        add(tx, "a")
        try:
            add(tx, "a")
        except psycopg.errors.UniqueViolation:
            pass
    assert addresses(committed_db) == set()


def test_a_connection_lost_before_commit_is_no_commit(committed_db: str) -> None:
    with pytest.raises(db.CommitFailed), db.transaction() as tx:
        add(tx, "a")
        kill(committed_db, backend_pid())
    assert addresses(committed_db) == set()


def test_a_connection_known_to_be_lost_is_no_commit(committed_db: str) -> None:
    """psycopg leaves a transaction block on a closed connection without a word."""
    with pytest.raises(db.CommitFailed), db.transaction() as tx:
        add(tx, "a")
        tx.conn.close()
    assert addresses(committed_db) == set()


# --- the database gone for a moment -----------------------------------------------------------------------------------


def test_a_connection_that_died_while_idle_is_replaced_once(committed_db: str) -> None:
    with db.reading() as tx:
        tx.value("SELECT 1")
    kill(committed_db, backend_pid())
    with db.transaction() as tx:
        add(tx, "a")
    kill(committed_db, backend_pid())
    with db.reading() as tx:
        assert tx.value("SELECT count(*) FROM email_suppressions") == 1


def test_a_connection_that_dies_in_the_middle_ends_the_work(committed_db: str) -> None:
    """What was done before is gone: going on elsewhere would do half of it, outside any transaction."""
    with pytest.raises(Unavailable), db.transaction() as tx:
        add(tx, "a")
        kill(committed_db, backend_pid())
        add(tx, "b")
    assert addresses(committed_db) == set()


def test_going_on_after_the_connection_died_does_not_leave_the_transaction(committed_db: str) -> None:
    with pytest.raises(Unavailable), db.transaction() as tx:
        add(tx, "a")
        kill(committed_db, backend_pid())
        with pytest.raises(Unavailable):
            add(tx, "b")
        add(tx, "c")
    assert addresses(committed_db) == set()


def test_no_server_is_unavailable(committed_db: str, environment: pytest.MonkeyPatch) -> None:
    environment.setenv("DATABASE_URL", "postgresql://postgres@/none?host=/nonexistent")
    settings.cache_clear()
    with pytest.raises(Unavailable), db.reading() as tx:
        tx.value("SELECT 1")
    with pytest.raises(Unavailable), db.transaction() as tx:
        add(tx, "a")


def test_a_server_that_restarts_is_found_again(environment: pytest.MonkeyPatch) -> None:
    server = scratch_postgres.Server()
    try:
        server.start()
        environment.setenv("DATABASE_URL", scratch_postgres.create_migrated(server.url(), "restarted"))
        settings.cache_clear()
        with db.transaction() as tx:
            add(tx, "before")
        server.halt()
        with pytest.raises(Unavailable), db.transaction() as tx:
            add(tx, "during")
        server.resume()
        with db.transaction() as tx:
            add(tx, "after")
            assert tx.value("SELECT count(*) FROM email_suppressions") == 2
    finally:
        db.close()
        server.stop()


def test_a_failed_statement_is_not_a_lost_connection(committed_db: str) -> None:
    """A statement that was cancelled (a timeout) is not sent again."""
    with db.reading() as tx:
        pid = tx.value("SELECT pg_backend_pid()")
        with pytest.raises(psycopg.errors.DivisionByZero):
            tx.value("SELECT 1 / 0")
        assert tx.value("SELECT pg_backend_pid()") == pid
    with pytest.raises(psycopg.errors.QueryCanceled), db.transaction() as tx:
        tx.execute("SET LOCAL statement_timeout = 1")
        tx.value("SELECT pg_sleep(5)")
    assert db.connection().info.backend_pid == pid


def test_the_connection_goes_through_the_proxy_with_a_token(
    monkeypatch: pytest.MonkeyPatch, environment: pytest.MonkeyPatch
) -> None:
    """On AWS: an IAM token for the role, and the server's name verified."""
    seen: dict[str, object] = {}
    environment.delenv("DATABASE_URL", raising=False)
    environment.setenv("DATABASE_HOST", "proxy.example")
    environment.setenv("DATABASE_USER", "darkroom_app")
    settings.cache_clear()
    monkeypatch.setattr(psycopg, "connect", lambda **options: seen.update(options))
    db.connect()
    assert seen["host"] == "proxy.example"
    assert seen["sslmode"] == "verify-full"
    assert seen["autocommit"] is True
    assert seen["prepare_threshold"] is None
    token = str(seen["password"])
    assert token.startswith("proxy.example:5432/?Action=connect&DBUser=darkroom_app&X-Amz-Algorithm=AWS4-HMAC-SHA256")
