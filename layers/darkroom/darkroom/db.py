"""The database: psycopg 3, one lazy connection for each execution environment, and the unit of work `Tx`.

An execution environment serves one request at a time, so a pool would hold idle connections and nothing else. The
connection is in autocommit mode: a read is one round trip, and BEGIN is sent only before the first statement of a unit
of work that may write. Nothing is ever SET on the session and nothing is prepared: RDS Proxy would pin the connection.

A connection that died while idle is replaced once, before anything was done on it; a second failure is a 503.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any, LiteralString, NamedTuple, TypeVar, overload

import psycopg
from psycopg import sql
from psycopg.pq import TransactionStatus
from psycopg.rows import RowFactory, class_row, dict_row, scalar_row

from darkroom import log
from darkroom.errors import InternalError, Unavailable
from darkroom.settings import settings

Row = TypeVar("Row")
Result = TypeVar("Result")
Params = Mapping[str, Any] | Sequence[Any] | None
Statement = LiteralString | sql.Composed | sql.SQL
Connection = psycopg.Connection[Any]

_connection: Connection | None = None


class CommitFailed(InternalError):
    """COMMIT did not succeed: nothing may be answered as done."""


def connect() -> Connection:
    """A new connection of its own; callers that only need statements use `transaction` or `reading`."""
    options: dict[str, Any] = {"autocommit": True, "prepare_threshold": None}
    current = settings()
    if current.database_url:
        options["conninfo"] = current.database_url
    else:
        from darkroom import aws

        options |= {
            "host": current.database_host,
            "port": current.database_port,
            "dbname": current.database_name,
            "user": current.database_user,
            "password": aws.database_token(current.database_host, current.database_port, current.database_user),
            "sslmode": "verify-full",
            "sslrootcert": current.database_ca_file,
        }
    return psycopg.connect(connect_timeout=current.database_connect_timeout_seconds, **options)


def connection() -> Connection:
    """This environment's connection, opened when it is first needed."""
    global _connection  # noqa: PLW0603 - one for each execution environment
    if _connection is None or _connection.closed:
        _connection = connect()
    return _connection


def is_connected() -> bool:
    """Whether there is a connection, as far as is known."""
    return _connection is not None and not _connection.closed


def close() -> None:
    """Close this environment's connection, if there is one; the next statement opens another."""
    if _connection is not None:
        _connection.close()
    use(None)


def use(replacement: Connection | None) -> None:
    """Work on another connection. Tests call this, and whatever forks or snapshots a process."""
    global _connection  # noqa: PLW0603 - one for each execution environment
    _connection = replacement


def _with_reconnect(begin: Callable[[Connection], Result]) -> Result:
    """Run the first statement of a unit of work; nothing is done yet, so one lost connection costs a retry."""
    try:
        return begin(connection())
    except psycopg.OperationalError as failure:
        if is_connected():
            raise  # the statement failed, not the connection
        log.warning("db.reconnecting", error=type(failure).__name__)
    try:
        return begin(connection())
    except psycopg.OperationalError as failure:
        if is_connected():
            raise
        raise Unavailable from failure


class Tx:
    """One unit of work: a transaction begun by its first statement, or (`writes=False`) single statements.

    Statements take named parameters. `into` is a NamedTuple or dataclass whose fields are the columns; without it rows
    are dicts.
    """

    def __init__(self, *, writes: bool) -> None:
        self.writes = writes
        self._open: _Open | None = None
        self._after_commit: list[Callable[[], object]] = []
        self._after_rollback: list[Callable[[], object]] = []

    @property
    def is_open(self) -> bool:
        """Whether BEGIN was sent and neither COMMIT nor ROLLBACK."""
        return self._open is not None

    @property
    def conn(self) -> Connection:
        """The connection, inside this unit of work: for COPY and server-side cursors."""
        if not self.writes:
            return connection()
        if self._open is None:
            self._open = _with_reconnect(_begin)
        return self._open.conn  # this very one: a statement on its replacement would be outside the transaction

    @overload
    def one(self, statement: Statement, params: Params = None, *, into: type[Row]) -> Row | None: ...
    @overload
    def one(self, statement: Statement, params: Params = None) -> dict[str, Any] | None: ...
    def one(self, statement: Statement, params: Params = None, *, into: type[Any] | None = None) -> Any:
        """The first row, or None."""
        return self._run(statement, params, class_row(into) if into else dict_row, lambda c: c.fetchone())

    @overload
    def all(self, statement: Statement, params: Params = None, *, into: type[Row]) -> list[Row]: ...
    @overload
    def all(self, statement: Statement, params: Params = None) -> list[dict[str, Any]]: ...
    def all(self, statement: Statement, params: Params = None, *, into: type[Any] | None = None) -> list[Any]:
        """Every row."""
        return self._run(statement, params, class_row(into) if into else dict_row, lambda c: c.fetchall())

    def value(self, statement: Statement, params: Params = None) -> Any:
        """The first column of the first row, or None."""
        return self._run(statement, params, scalar_row, lambda c: c.fetchone())

    def execute(self, statement: Statement, params: Params = None) -> int:
        """How many rows the statement touched."""
        return self._run(statement, params, dict_row, lambda c: c.rowcount)

    def execute_many(self, statement: Statement, rows: Sequence[Mapping[str, Any] | Sequence[Any]]) -> int:
        """The statement once for each of `rows`, sent together; how many rows they touched."""

        def send(c: psycopg.Cursor[Any]) -> int:
            c.executemany(statement, rows)
            return c.rowcount

        return self._work(dict_row, send) if rows else 0

    def after_commit(self, action: Callable[[], object]) -> None:
        """Run `action` once this is durable. It may fail: what it does must also happen without it (the outbox)."""
        if not self.writes:
            raise RuntimeError("a unit of work that only reads has no commit to wait for")
        self._after_commit.append(action)

    def after_rollback(self, action: Callable[[], object]) -> None:
        """Run `action` when this comes to nothing: what must be remembered of a request that failed."""
        self._after_rollback.append(action)

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """A part that may fail by itself: catch its error outside the block, and the rest goes on."""
        with self.conn.transaction():
            yield

    def commit(self) -> None:
        """Make everything so far durable. The next statement begins a new transaction (reserve, call, settle)."""
        opened, self._open = self._open, None
        if opened is not None:
            try:
                _commit(opened)
            except Exception as failure:
                self._finish_badly()
                raise CommitFailed from failure
        self._after_rollback.clear()
        actions, self._after_commit = self._after_commit, []
        _run_actions(actions)

    def rollback(self) -> None:
        """Undo everything since the last commit. Never raises: there is an error under way already."""
        opened, self._open = self._open, None
        if opened is not None:
            _undo(opened)
        self._finish_badly()

    def _finish_badly(self) -> None:
        self._after_commit.clear()
        actions, self._after_rollback = self._after_rollback, []
        _run_actions(actions)

    def _run(
        self,
        statement: Statement,
        params: Params,
        rows: RowFactory[Any],
        take: Callable[[psycopg.Cursor[Any]], Result],
    ) -> Result:
        return self._work(rows, lambda c: take(c.execute(statement, params)))

    def _work(self, rows: RowFactory[Any], work: Callable[[psycopg.Cursor[Any]], Result]) -> Result:
        def on(conn: Connection) -> Result:
            with conn.cursor(row_factory=rows) as cursor:
                return work(cursor)

        if not self.writes:
            return _with_reconnect(on)
        conn = self.conn
        try:
            return on(conn)
        except psycopg.OperationalError as failure:
            if conn.closed:
                raise Unavailable from failure
            raise


class _Open(NamedTuple):
    """A transaction that was begun, and where."""

    conn: Connection
    block: ExitStack


def _begin(conn: Connection) -> _Open:
    block = ExitStack()
    block.enter_context(conn.transaction())
    return _Open(conn, block)


def _commit(opened: _Open) -> None:
    """COMMIT, or raise. Two silences are broken here: PostgreSQL answers COMMIT of a failed transaction with a quiet
    ROLLBACK, and psycopg leaves a block on a lost connection without a word."""
    if opened.conn.closed:
        _undo(opened)
        raise psycopg.OperationalError("the connection was lost before COMMIT")
    if opened.conn.info.transaction_status == TransactionStatus.INERROR:
        _undo(opened)
        raise psycopg.errors.InFailedSqlTransaction("a statement had failed before COMMIT")
    opened.block.close()


def _undo(opened: _Open) -> None:
    try:
        opened.block.__exit__(psycopg.Rollback, psycopg.Rollback(), None)
    except psycopg.Error as failure:
        log.warning("db.rollback_failed", error=type(failure).__name__)


def _run_actions(actions: Sequence[Callable[[], object]]) -> None:
    for action in actions:
        try:
            action()
        except Exception as failure:  # noqa: BLE001 - what is durable stays answered; the relay does it later
            log.exception("db.action_failed", failure)


@contextmanager
def transaction() -> Iterator[Tx]:
    """A unit of work that is committed when the block ends and undone when it raises."""
    tx = Tx(writes=True)
    try:
        yield tx
    except BaseException:
        tx.rollback()
        raise
    tx.commit()


@contextmanager
def reading() -> Iterator[Tx]:
    """Single statements, each its own transaction, without BEGIN. A statement here may be sent twice: keep it safe."""
    yield Tx(writes=False)
