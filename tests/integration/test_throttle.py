"""Limits: exact, sliding, remembered when the request is undone, and indifferent to storms."""

import threading
from datetime import datetime, timedelta
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from darkroom import clock, db, throttle
from darkroom.errors import TooMany
from tests.conftest import FrozenTime


def attempt(tx: db.Tx, subject: str = "203.0.113.7", limit: int = 3, window: int = 60) -> throttle.Hit | None:
    return throttle.hit(tx, "login", subject, limit=limit, window=window)


def test_the_limit_is_exact_and_slides(tx: db.Tx, frozen_time: FrozenTime) -> None:
    for _ in range(3):
        attempt(tx)
        frozen_time.advance(10)
    with pytest.raises(TooMany) as caught:
        attempt(tx)  # at 30; the first leaves at 60
    assert caught.value.retry_after == 31
    frozen_time.advance(29)
    with pytest.raises(TooMany):
        attempt(tx)
    frozen_time.advance(1)
    attempt(tx)
    with pytest.raises(TooMany):
        attempt(tx)


def test_waiting_as_told_always_helps(tx: db.Tx, frozen_time: FrozenTime) -> None:
    for _ in range(3):
        attempt(tx)
        frozen_time.advance(7.3)
    for _ in range(5):
        with pytest.raises(TooMany) as caught:
            attempt(tx)
        frozen_time.advance(caught.value.retry_after)
        attempt(tx)


@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40)
@given(st.lists(st.floats(0, 40), min_size=1, max_size=25))
def test_no_window_ever_holds_more_than_the_limit(tx: db.Tx, frozen_time: FrozenTime, pauses: list[float]) -> None:
    throttle.clear(tx, "login", "203.0.113.7")
    taken: list[datetime] = []
    for pause in pauses:
        frozen_time.advance(pause)
        expected = len([at for at in taken if at > clock.now() - timedelta(seconds=60)]) < 3
        try:
            attempt(tx)
        except TooMany:
            assert not expected
        else:
            assert expected
            taken.append(clock.now())


def test_subjects_and_scopes_are_counted_apart(tx: db.Tx) -> None:
    attempt(tx, "a", limit=1)
    attempt(tx, "b", limit=1)
    throttle.hit(tx, "reset", "a", limit=1, window=60)
    with pytest.raises(TooMany):
        attempt(tx, "a", limit=1)


def test_zero_is_no_limit(tx: db.Tx) -> None:
    assert attempt(tx, limit=0) is None
    throttle.undo(tx, None)
    assert tx.value("SELECT count(*) FROM throttles") == 0


def test_an_attempt_can_be_taken_back_and_all_forgotten(tx: db.Tx, frozen_time: FrozenTime) -> None:
    hits = []
    for _ in range(3):
        hits.append(attempt(tx))
        frozen_time.advance(1)
    throttle.undo(tx, hits[1])
    attempt(tx)
    with pytest.raises(TooMany):
        attempt(tx)
    throttle.clear(tx, "login", "203.0.113.7")
    attempt(tx)


def test_no_address_is_kept_in_clear(tx: db.Tx) -> None:
    attempt(tx)
    assert "203.0.113.7" not in str(tx.all("SELECT subject::text, encode(subject, 'escape') AS e FROM throttles"))


def test_windows_that_passed_are_swept(tx: db.Tx, frozen_time: FrozenTime) -> None:
    attempt(tx)
    frozen_time.advance(30)
    attempt(tx, "later")
    frozen_time.advance(30)
    assert throttle.sweep(tx) == 1
    assert throttle.sweep(tx) == 0


def test_it_is_one_statement(tx: db.Tx, monkeypatch: pytest.MonkeyPatch) -> None:
    statements: list[object] = []
    execute = db.Tx.execute

    def counting(self: db.Tx, *arguments: Any) -> int:
        statements.append(arguments)
        return execute(self, *arguments)

    monkeypatch.setattr(db.Tx, "execute", counting)
    attempt(tx)
    assert len(statements) == 1


# --- with real transactions -------------------------------------------------------------------------------------------


def counted(url: str) -> int:
    with psycopg.connect(url) as other:
        found = other.execute("SELECT coalesce(sum(cardinality(hits)), 0) FROM throttles").fetchone()
    assert found
    return int(found[0])


@pytest.mark.parametrize("began_before", [True, False])
def test_an_attempt_counts_though_its_request_is_undone(committed_db: str, began_before: bool) -> None:
    with pytest.raises(RuntimeError), db.transaction() as tx:
        if began_before:
            tx.value("SELECT 1")
        attempt(tx)
        raise RuntimeError
    assert counted(committed_db) == 1


@pytest.mark.parametrize("began_before", [True, False])
def test_an_attempt_counts_once_when_its_request_is_done(committed_db: str, began_before: bool) -> None:
    with db.transaction() as tx:
        if began_before:
            tx.value("SELECT 1")
        attempt(tx)
    assert counted(committed_db) == 1


def test_a_storm_gets_exactly_the_limit_through(committed_db: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Many environments at once, each with its own connection."""
    here = threading.local()

    def own_connection() -> db.Connection:
        if not hasattr(here, "conn"):
            here.conn = psycopg.connect(committed_db, autocommit=True)
        return here.conn  # type: ignore[no-any-return]

    monkeypatch.setattr(db, "connection", own_connection)
    outcomes: list[bool] = []
    start = threading.Barrier(12)

    def storm() -> None:
        own_connection()
        start.wait()
        for _ in range(5):
            with db.reading() as tx:
                try:
                    attempt(tx, limit=10, window=900)
                except TooMany:
                    outcomes.append(False)
                else:
                    outcomes.append(True)
        here.conn.close()

    threads = [threading.Thread(target=storm) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(outcomes), sum(outcomes)) == (60, 10)
    assert counted(committed_db) == 10
