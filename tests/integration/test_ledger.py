"""Money: added once, never changed, never below zero, whatever happens at the same moment."""

import threading
from uuid import UUID

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from darkroom import db, ids, ledger
from darkroom.db import Tx
from darkroom.errors import NotFound, PaymentRequired
from tests.factories.people import person

KINDS = ["capture", "hold", "release", "restoration", "refund", "adjustment"]


def test_balances_are_sums_by_kind(tx: Tx) -> None:
    ada = person(tx)
    ledger.post(tx, ada, "capture", 500, "photo-1")
    ledger.post(tx, ada, "adjustment", -20, "by-hand")
    ledger.post(tx, ada, "hold", -300, "order-1")
    ledger.post(tx, ada, "capture", 0, "photo-2", reason="near-duplicate")
    assert ledger.balances(tx, ada) == ledger.Balances(balance_cents=480, available_credits_cents=180)


def test_repetition_is_harmless_and_answers_the_first_entry(tx: Tx) -> None:
    ada = person(tx)
    first = ledger.post(tx, ada, "capture", 50, "photo-1")
    assert ledger.post(tx, ada, "capture", 50, "photo-1") == first
    assert ledger.post(tx, ada, "capture", 9_999, "photo-1") == first
    assert ledger.balances(tx, ada).available_credits_cents == 50
    ledger.post(tx, ada, "refund", 50, "photo-1")  # another kind is another thing
    ledger.post(tx, person(tx), "capture", 50, "photo-1")  # and so is another person
    assert ledger.balances(tx, ada).available_credits_cents == 100


def test_a_spend_that_was_made_can_be_repeated_with_an_empty_purse(tx: Tx) -> None:
    ada = person(tx)
    ledger.post(tx, ada, "capture", 50, "photo-1")
    spent = ledger.post(tx, ada, "restoration", -50, "order-1")
    assert ledger.post(tx, ada, "restoration", -50, "order-1") == spent


def test_credits_never_go_below_zero(tx: Tx) -> None:
    ada = person(tx)
    ledger.post(tx, ada, "capture", 50, "photo-1")
    with pytest.raises(PaymentRequired, match=r"\$0\.51 of credits, and \$0\.50 are there"):
        ledger.post(tx, ada, "hold", -51, "order-1")
    assert ledger.post(tx, ada, "hold", -50, "order-2").balance_after_cents == 0


def test_nobody_has_no_ledger(tx: Tx) -> None:
    with pytest.raises(NotFound):
        ledger.post(tx, ids.new_id(), "capture", 50, "photo-1")


@pytest.mark.parametrize("statement", ["UPDATE ledger_entries SET amount_cents = 1", "DELETE FROM ledger_entries"])
def test_the_database_itself_refuses_changes(tx: Tx, statement: str) -> None:
    ledger.post(tx, person(tx), "capture", 50, "photo-1")
    with pytest.raises(psycopg.errors.RaiseException, match="append-only"), tx.savepoint():
        tx.execute(statement)


def test_pages_go_from_the_newest_to_the_first(tx: Tx) -> None:
    ada = person(tx)
    for number in range(5):
        ledger.post(tx, ada, "capture", 50, f"photo-{number}")
    newest = ledger.page(tx, ada, 2)
    rest = ledger.page(tx, ada, 10, before=newest[-1].id)
    assert [entry.reference for entry in newest + rest] == [f"photo-{number}" for number in (4, 3, 2, 1, 0)]
    assert [entry.balance_after_cents for entry in newest + rest] == [250, 200, 150, 100, 50]


def test_a_clock_that_is_behind_does_not_change_the_order(tx: Tx, monkeypatch: pytest.MonkeyPatch) -> None:
    ada = person(tx)
    early = ids.new_id()
    first = ledger.post(tx, ada, "capture", 50, "photo-1")
    monkeypatch.setattr(ids, "new_id", lambda: early)
    second = ledger.post(tx, ada, "capture", 50, "photo-2")
    assert second.id > first.id
    assert (second.balance_after_cents, second.id.version) == (100, 7)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(st.sampled_from(KINDS), st.integers(-200, 200), st.integers(0, 6)),
        max_size=25,
    )
)
def test_any_history_agrees_with_its_model(rolled_back_db: None, history: list[tuple[ledger.Kind, int, int]]) -> None:
    with db.transaction() as tx:
        ada = person(tx)
        written: dict[tuple[str, str], int] = {}
        for kind, amount, number in history:
            reference = f"thing-{number}"
            available = sum(written.values())
            if (kind, reference) in written:
                assert ledger.post(tx, ada, kind, amount, reference).amount_cents == written[kind, reference]
            elif amount < 0 and available + amount < 0:
                with pytest.raises(PaymentRequired):
                    ledger.post(tx, ada, kind, amount, reference)
            else:
                entry = ledger.post(tx, ada, kind, amount, reference)
                written[kind, reference] = amount
                assert entry.balance_after_cents == available + amount
        earned = sum(amount for (kind, _), amount in written.items() if kind in ledger.EARNED_KINDS)
        assert ledger.balances(tx, ada) == ledger.Balances(earned, sum(written.values()))


def at_once(url: str, count: int, work: "list[tuple[UUID, str]]") -> list[str]:
    """Spends 30 cents for each (person, reference), on connections of their own and all at the same moment."""
    outcomes: list[str] = []
    together = threading.Barrier(count)

    def spend(user_id: UUID, reference: str) -> None:
        with psycopg.connect(url, autocommit=True) as conn:
            tx = _Alone(conn)
            together.wait()
            try:
                with conn.transaction():
                    entry = ledger.post(tx, user_id, "hold", -30, reference)
                outcomes.append(str(entry.id))
            except PaymentRequired:
                outcomes.append("refused")

    threads = [threading.Thread(target=spend, args=each) for each in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


class _Alone(Tx):
    """A unit of work on a connection of its own, begun and ended by the test."""

    def __init__(self, conn: db.Connection) -> None:
        super().__init__(writes=True)
        self._own = conn

    @property
    def conn(self) -> db.Connection:
        return self._own


def test_spends_at_the_same_moment_never_overdraw(committed_db: str) -> None:
    with db.transaction() as tx:
        ada = person(tx)
        ledger.post(tx, ada, "capture", 100, "photo-1")
    outcomes = at_once(committed_db, 8, [(ada, f"order-{number}") for number in range(8)])
    assert outcomes.count("refused") == 5
    with db.reading() as tx:
        assert ledger.balances(tx, ada).available_credits_cents == 10
        assert [entry.balance_after_cents for entry in ledger.page(tx, ada, 10)] == [10, 40, 70, 100]


def test_the_same_spend_at_the_same_moment_is_made_once(committed_db: str) -> None:
    with db.transaction() as tx:
        ada = person(tx)
        ledger.post(tx, ada, "capture", 1_000, "photo-1")
    outcomes = at_once(committed_db, 8, [(ada, "order-1")] * 8)
    assert len(set(outcomes)) == 1
    with db.reading() as tx:
        assert ledger.balances(tx, ada).available_credits_cents == 970
