"""Several at once, each with a connection of its own: everything happens once, and money is never doubled or lost."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from restorations import cleanup
from tests.api import Answer
from tests.integration.restorations.money.conftest import Bought, Till
from tests.threads import requests_at_once


@pytest.fixture
def till(committed_till: Till) -> Till:
    """Whose handlers have answered before."""
    committed_till.hear({"object": "event", "id": "evt", "type": "x", "created": 1, "data": {"object": {}}})
    committed_till.checkouts.get("/admin/orders")
    return committed_till


def _open_pages(till: Till, order_id: Any) -> list[str]:
    rows = [row for row in till.stripe.payments() if row["client_reference_id"] == str(order_id)]
    return [row["session"] for row in rows if row["session_status"] == "open"]


def test_checkouts_of_one_session(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(3):
        session = till.session()
        answers = requests_at_once([partial(till.check_out, session)] * 4, monkeypatch)
        assert {answer.status for answer in answers} <= {200, 409}
        made = [answer.json() for answer in answers if answer.status == 200]
        assert made
        assert len({each["order_id"] for each in made}) == 1
        [page] = _open_pages(till, made[0]["order_id"])
        order = Bought(till, next(each for each in made if each["checkout_url"].endswith(page)))
        assert order.shown()["checkout_url"] == order.page
        assert till.value("SELECT count(*) FROM orders WHERE session_id = %s", session.id) == 1
        assert len(order.image_ids) == 2
        till.stripe.pay(order.page)
        till.hear_all()
        assert order.facts == ("processing", "paid", 0)


def _deliveries(till: Till, events: list[Any]) -> list[Callable[[], Answer]]:
    return [partial(till.hear, event) for event in events]


def test_deliveries_of_one_event(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    order = till.ordered()
    till.stripe.pay(order.page)
    [event] = [each for each in till.stripe.events() if each["type"] == "checkout.session.completed"]
    answers = requests_at_once(_deliveries(till, [event] * 6), monkeypatch)
    assert [answer.status for answer in answers] == [200] * 6
    _is_once(till, order)


def _is_once(till: Till, order: Bought) -> None:
    assert order.jobs == 2
    assert till.value("SELECT count(*) FROM customers") == 1
    assert len(till.mails("order_paid")) == 1
    assert len(till.sqs.sent.get("orders", [])) == 1


def test_everything_that_is_told_of_a_payment(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    """What comes before the payment is known waits for it, also where both come in the same moment."""
    for _ in range(6):
        order = till.ordered()
        till.stripe.pay(order.page)
        till.stripe.by_hand(f"payments/{order.id}/refund", amount=300)
        dispute = till.stripe.by_hand(f"payments/{order.id}/dispute")
        till.stripe.by_hand(f"disputes/{dispute['id']}/close", outcome="won")
        answers = requests_at_once(_deliveries(till, till.stripe.events()), monkeypatch)
        assert {answer.status for answer in answers} == {200}
        assert order.facts == ("processing", "partially_refunded", 300)
        assert till.value("SELECT count(*) FROM stripe_events WHERE handled_at IS NULL") == 0


def test_credits_for_one_order_and_two_orders(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    ada = till.person(1_800)
    sessions = [till.session(), till.session(), till.session()]
    pay: list[Callable[[], Answer]] = [
        partial(till.check_out, session, ada.token, pay_with="credits") for session in sessions
    ]
    answers = requests_at_once(pay, monkeypatch)
    assert sorted(answer.status for answer in answers) == [200, 402, 402]
    assert till.credits(ada.user_id) == 0
    assert till.value("SELECT count(*) FROM restoration_jobs") == 2


def test_one_session_is_paid_once_by_credits(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    ada, session = till.person(9_000), till.session()
    pay = partial(till.check_out, session, ada.token, pay_with="credits")
    answers = requests_at_once([pay] * 4, monkeypatch)
    assert sorted(answer.status for answer in answers) == [200, 409, 409, 409]
    assert [entry for entry in till.entries(ada.user_id) if entry[0] == "hold"] == [("hold", -1800)]
    assert len(till.mails("order_paid")) == 1


def test_a_card_and_credits_race(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever is first has paid; what came beside it goes back."""
    for _ in range(4):
        ada, session = till.person(1_800), till.session()
        order = till.ordered(session)
        till.stripe.pay(order.page)
        work: list[Callable[[], Answer]] = _deliveries(till, till.stripe.events())
        work.append(partial(till.check_out, session, ada.token, pay_with="credits"))
        answers = requests_at_once(work, monkeypatch)
        assert answers[-1].status in {200, 409}
        till.work("payments")
        by_credits = order.row["pay_with"] == "credits"
        assert till.credits(ada.user_id) == (0 if by_credits else 1_800)
        assert order.refunds == ([(1800, "succeeded")] if by_credits else [])
        assert order.jobs == 2


def test_refunds_by_two_admins(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    order, admin = till.bought(till.session("valid", "valid", "valid")), till.admin()
    one, two, _ = order.image_ids
    till.refund(order.id, admin.token, [one])
    chosen: list[list[str] | None] = [[two], [one, two], None, None, [two]]
    work: list[Callable[[], Answer]] = [partial(till.refund, order.id, admin.token, each) for each in chosen]
    assert {answer.status for answer in requests_at_once(work, monkeypatch)} == {200}
    assert order.facts == ("refunded", "refunded", 2700)
    assert sum(cents for cents, _ in order.refunds) == 2700
    till.work("payments")
    till.hear_all()
    assert {status for _, status in order.refunds} == {"succeeded"}
    told = [mail["amount"] for mail in till.mails("order_refunded")]
    assert sum(float(amount.removeprefix("$")) for amount in told) == 27, told


def test_given_up_and_paid_at_once(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(4):
        session = till.session()
        order = till.ordered(session)
        till.stripe.pay(order.page)
        till.execute("UPDATE upload_sessions SET expires_at = now() WHERE id = %s", session.id)
        events = _deliveries(till, [each for each in till.stripe.events() if each["type"].endswith("completed")])
        clean: Any = partial(cleanup.handler, {}, None)
        requests_at_once([clean, *events], monkeypatch)
        till.work("payments")
        assert order.facts == ("processing", "paid", 0)
        assert order.jobs == 2
        assert order.refunds == []
