"""Paid with what cameras have earned: held, and in the end spent or released, to the cent."""

from uuid import UUID

from darkroom import db
from restorations.queries import orders
from restorations.service import refunds
from tests.factories.callers import SignedIn
from tests.integration.restorations.conftest import Session
from tests.integration.restorations.money.conftest import Bought, Till


def _pay(till: Till, person: SignedIn, session: Session | None = None) -> Bought:
    answer = till.check_out(session or till.session(), person.token, pay_with="credits")
    assert answer.status == 200, answer.text
    assert answer.json()["checkout_url"] is None
    return Bought(till, answer.json())


def _spent(till: Till, user_id: UUID) -> list[tuple[str, int]]:
    return [entry for entry in till.entries(user_id) if entry[0] != "capture"]


def test_credits_are_held_and_then_spent(till: Till) -> None:
    ada = till.person(2_000)
    order = _pay(till, ada)
    assert order.facts == ("processing", "held", 0)
    assert (order.row["user_id"], order.row["paid_cents"], order.row["pay_with"]) == (ada.user_id, 1800, "credits")
    assert order.jobs == 2
    assert len(till.mails("order_paid")) == 1
    assert _spent(till, ada.user_id) == [("hold", -1800)]
    assert till.credits(ada.user_id) == 200
    order.finish()
    assert order.facts == ("completed", "paid", 0)
    assert _spent(till, ada.user_id) == [
        ("hold", -1800),
        ("release", 1800),
        ("restoration", -900),
        ("restoration", -900),
    ]
    assert till.credits(ada.user_id) == 200
    with db.transaction() as tx:  # said again
        held = orders.hold(tx, order.id)
        assert held is not None
        refunds.settle_credits(tx, held, 2)
    assert till.credits(ada.user_id) == 200


def test_what_could_not_be_restored_is_not_spent(till: Till) -> None:
    ada = till.person(1_800)
    order = _pay(till, ada)
    order.finish(restored=1)
    assert order.facts == ("completed", "partially_refunded", 900)
    assert _spent(till, ada.user_id) == [("hold", -1800), ("release", 1800), ("restoration", -900)]
    assert till.credits(ada.user_id) == 900
    other = _pay(till, ada, till.session("valid"))
    other.finish(restored=0)
    assert other.facts == ("failed", "refunded", 900)
    assert till.credits(ada.user_id) == 900
    assert till.sqs.take("payments") == []


def test_too_few_are_402_and_change_nothing(till: Till) -> None:
    ada, session = till.person(1_799), till.session()
    order = till.ordered(session)
    answer = till.check_out(session, ada.token, pay_with="credits")
    assert answer.status == 402
    assert answer.json()["detail"] == "This takes $18.00 of credits, and $17.99 are there."
    assert order.facts == ("pending_payment", "unpaid", 0)
    assert order.row["user_id"] is None
    assert till.stripe.session(order.page)["status"] == "open"
    assert _spent(till, ada.user_id) == []
    till.stripe.pay(order.page)
    till.hear_all()
    assert order.facts == ("processing", "paid", 0)


def test_only_for_people_with_an_account(till: Till) -> None:
    assert till.check_out(till.session(), pay_with="credits").status == 401


def test_a_card_page_is_closed_for_it(till: Till) -> None:
    ada, session = till.person(5_000), till.session()
    card = till.ordered(session)
    order = _pay(till, ada, session)
    assert order.id == card.id
    assert till.stripe.session(card.page)["status"] == "expired"
    till.hear_all()
    assert order.facts == ("processing", "held", 0)
    assert till.check_out(session, ada.token, pay_with="credits").status == 409
    assert till.check_out(session).status == 409
    assert _spent(till, ada.user_id) == [("hold", -1800)]


def test_a_card_that_was_faster_counts(till: Till) -> None:
    ada, session = till.person(5_000), till.session()
    card = till.ordered(session)
    till.stripe.pay(card.page)
    assert till.check_out(session, ada.token, pay_with="credits").status == 409
    assert card.facts == ("processing", "paid", 0)
    assert (card.row["pay_with"], _spent(till, ada.user_id)) == ("card", [])


def test_a_card_payment_that_arrives_all_the_same_goes_back(till: Till) -> None:
    ada, session = till.person(5_000), till.session()
    card = till.ordered(session)
    till.execute("UPDATE orders SET stripe_session_id = NULL WHERE id = %s", card.id)  # as if its page were not known
    order = _pay(till, ada, session)
    till.stripe.pay(card.page)
    till.hear_all(times=2)
    till.work("payments")
    till.hear_all(times=2)
    assert order.facts == ("processing", "held", 0)
    assert order.refunds == [(1800, "succeeded")]
    assert _spent(till, ada.user_id) == [("hold", -1800)]
    order.finish()
    assert order.facts == ("completed", "paid", 0)
    assert till.credits(ada.user_id) == 3_200


def test_given_back_while_it_is_worked_on(till: Till) -> None:
    ada, admin = till.person(1_800), till.admin()
    order = _pay(till, ada)
    for _ in range(2):
        assert till.refund(order.id, admin.token).json()["status"] == "refunded"
    assert order.facts == ("refunded", "refunded", 1800)
    assert _spent(till, ada.user_id) == [("hold", -1800), ("release", 1800)]
    assert till.credits(ada.user_id) == 1_800
    assert len(till.mails("order_refunded")) == 1


def test_a_photo_given_back_while_it_is_worked_on_is_not_spent(till: Till) -> None:
    ada, admin = till.person(1_800), till.admin()
    order = _pay(till, ada)
    for _ in range(2):
        assert till.refund(order.id, admin.token, order.image_ids[:1]).json()["payment_status"] == "held"
    assert till.credits(ada.user_id) == 0
    order.finish()
    assert order.facts == ("completed", "partially_refunded", 900)
    assert till.credits(ada.user_id) == 900
    assert _spent(till, ada.user_id)[1:] == [("release", 1800), ("restoration", -900)]


def test_given_back_afterwards(till: Till) -> None:
    ada, admin = till.person(1_800), till.admin()
    order = _pay(till, ada)
    order.finish()
    for _ in range(2):
        answer = till.refund(order.id, admin.token, order.image_ids[:1])
        assert (answer.json()["payment_status"], answer.json()["refunded_cents"]) == ("partially_refunded", 900)
    assert till.credits(ada.user_id) == 900
    assert till.refund(order.id, admin.token).json()["status"] == "refunded"
    assert _spent(till, ada.user_id)[-2:] == [("refund", 900), ("refund", 900)]
    assert till.credits(ada.user_id) == 1_800
    assert till.sqs.take("payments") == []
