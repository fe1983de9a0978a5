"""A request and its transaction: nothing is answered as done before it is durable."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest

from darkroom import db, errors
from darkroom.http import TxDep, create_app, lambda_handler, router
from darkroom.settings import settings
from tests.api import Answer, Api

routes = router()


def add(tx: db.Tx, address: str) -> None:
    tx.execute("INSERT INTO email_suppressions (address, reason) VALUES (%(address)s, 'test')", {"address": address})


@routes.post("/add/{address}", status_code=201)
async def make(address: str, tx: TxDep) -> dict[str, Any]:
    add(tx, address)
    return {"address": address}


@routes.post("/fail/{how}")
async def fail(how: str, tx: TxDep) -> dict[str, Any]:
    add(tx, "before")
    if how == "problem":
        raise errors.Conflict
    if how == "bug":
        raise RuntimeError
    if how == "reserve":
        tx.commit()
        add(tx, "after")
        raise errors.ProviderFailed
    if how == "kill":
        with psycopg.connect(settings().database_url, autocommit=True) as other:
            other.execute("SELECT pg_terminate_backend(%s, 5000)", (tx.conn.info.backend_pid,))
    if how == "deferred":
        tx.execute("INSERT INTO deferred VALUES (1), (1)")
    if how == "timeout":
        tx.execute("SET LOCAL statement_timeout = 1")
        tx.execute("SELECT pg_sleep(5)")
    if how == "unserialisable":
        return {"x": object()}
    return {"done": True}


@routes.get("/count")
async def count(tx: TxDep) -> dict[str, int]:
    assert not tx.writes
    return {"count": tx.value("SELECT count(*) FROM email_suppressions")}


@routes.get("/write")
async def write(tx: TxDep) -> dict[str, Any]:
    tx.after_commit(lambda: None)
    return {}


handler = lambda_handler(create_app("test", [routes]))


@pytest.fixture
def api(committed_db: str) -> Api:
    return Api(handler)


@pytest.fixture
def deferred(committed_db: str) -> Iterator[None]:
    with psycopg.connect(committed_db, autocommit=True) as conn:
        conn.execute("CREATE TABLE deferred (n int UNIQUE DEFERRABLE INITIALLY DEFERRED)")
    yield
    db.close()
    with psycopg.connect(committed_db, autocommit=True) as conn:
        conn.execute("DROP TABLE deferred")


def rows(url: str) -> set[str]:
    with psycopg.connect(url) as other:
        return {row[0] for row in other.execute("SELECT address FROM email_suppressions")}


def is_problem(answer: Answer, status: int) -> bool:
    return answer.status == status and answer.headers["content-type"] == "application/problem+json"


def test_what_was_answered_is_durable(api: Api, committed_db: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the first byte leaves, another connection already sees it."""
    seen: list[set[str]] = []
    from starlette.responses import Response

    send = Response.__call__

    async def looking(self: Response, *args: Any) -> None:
        seen.append(rows(committed_db))
        await send(self, *args)

    monkeypatch.setattr(Response, "__call__", looking)
    assert api.post("/add/a").status == 201
    assert seen == [{"a"}]


@pytest.mark.parametrize(("how", "status"), [("problem", 409), ("bug", 500), ("unserialisable", 500), ("timeout", 503)])
def test_an_error_undoes_the_request(api: Api, committed_db: str, how: str, status: int) -> None:
    assert is_problem(api.post(f"/fail/{how}"), status)
    assert rows(committed_db) == set()
    assert api.post("/add/a").status == 201


def test_what_was_committed_before_the_error_stays(api: Api, committed_db: str) -> None:
    assert is_problem(api.post("/fail/reserve"), 502)
    assert rows(committed_db) == {"before"}


def test_a_commit_that_fails_is_a_500_and_never_a_200(
    api: Api, committed_db: str, deferred: None, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = api.post("/fail/deferred")
    assert is_problem(answer, 500)
    assert "deferred" not in answer.text
    assert "UniqueViolation" in capsys.readouterr().err
    assert rows(committed_db) == set()
    assert api.post("/add/a").status == 201


def test_a_connection_lost_before_commit_is_a_500(api: Api, committed_db: str) -> None:
    assert is_problem(api.post("/fail/kill"), 500)
    assert rows(committed_db) == set()
    assert api.post("/add/a").status == 201


def test_a_connection_lost_between_requests_is_not_noticed(api: Api, committed_db: str) -> None:
    calls: list[Callable[[], Answer]] = [lambda: api.get("/count"), lambda: api.post("/add/a")]
    for call in calls:
        api.get("/count")
        with psycopg.connect(committed_db, autocommit=True) as other:
            other.execute("SELECT pg_terminate_backend(%s, 5000)", (db.connection().info.backend_pid,))
        assert call().status in {200, 201}
    assert rows(committed_db) == {"a"}


def test_no_database_is_a_503(api: Api, environment: pytest.MonkeyPatch) -> None:
    environment.setenv("DATABASE_URL", "postgresql://postgres@/none?host=/nonexistent")
    settings.cache_clear()
    for answer in (api.get("/count"), api.post("/add/a")):
        assert is_problem(answer, 503)
        assert "nonexistent" not in answer.text


def test_a_get_reads_without_a_transaction(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[object] = []
    monkeypatch.setattr(db, "_begin", begun.append)
    assert api.get("/count").json() == {"count": 0}
    assert begun == []


def test_a_get_has_nothing_to_commit(api: Api, capsys: pytest.CaptureFixture[str]) -> None:
    assert is_problem(api.get("/write"), 500)
    assert json.loads(capsys.readouterr().err.splitlines()[0])["error"] == "RuntimeError"
