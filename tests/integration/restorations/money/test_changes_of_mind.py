"""Photos that leave an order, or join it, while somebody may be paying for it: what is charged is what is restored."""

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID

import pytest

from darkroom import db
from restorations import stripe_client
from restorations.service import choosing
from tests.api import Answer
from tests.integration.restorations.conftest import Session
from tests.integration.restorations.money.conftest import Till
from tests.threads import requests_at_once

PHOTO = {"filename": "late.jpg", "content_type": "image/jpeg", "size_bytes": 1000}


def first(till: Till, session: Session) -> UUID:
    found: UUID = till.value("SELECT id FROM upload_files WHERE session_id = %s ORDER BY position LIMIT 1", session.id)
    return found


def leave_out(till: Till, session: Session) -> Answer:
    """Its first photo."""
    return till.checkouts.delete(f"/upload/{session.id}/files/{first(till, session)}", token=session.token)


def join(till: Till, session: Session) -> Answer:
    return till.checkouts.post(f"/upload/{session.id}/files", {"files": [PHOTO]}, token=session.token)


def left(till: Till, session: Session) -> int:
    return len(till.api.get(f"/upload/{session.id}", token=session.token).json()["files"])


def test_a_photo_that_leaves_closes_the_page_that_asks_for_it(till: Till) -> None:
    session = till.session()
    order = till.ordered(session)
    assert leave_out(till, session).status == 204
    assert till.stripe.session(order.page)["status"] == "expired"
    till.hear_all()
    assert order.facts == ("pending_payment", "unpaid", 0)
    assert order.shown()["checkout_url"] is None
    assert till.pushed(f"order:{order.id}", "order.updated")
    again = till.ordered(session)
    assert again.id == order.id
    till.stripe.pay(again.page)
    till.hear_all()
    assert (again.facts, again.row["paid_cents"], again.jobs) == (("processing", "paid", 0), 900, 1)


def test_a_photo_that_joins_closes_it_too(till: Till) -> None:
    session = till.session()
    order = till.ordered(session)
    assert join(till, session).status == 201
    assert till.stripe.session(order.page)["status"] == "expired"
    assert order.shown()["checkout_url"] is None


@pytest.mark.parametrize("change", [leave_out, join])
def test_what_is_paid_for_stays_as_it_is(till: Till, change: Any) -> None:
    """The webhook is still on its way: the page itself says so."""
    session = till.session()
    order = till.ordered(session)
    till.stripe.pay(order.page)
    answer = change(till, session)
    assert answer.status == 409
    assert "paid" in answer.json()["detail"]
    assert (order.facts, order.row["paid_cents"], order.jobs) == (("processing", "paid", 0), 1800, 2)
    assert left(till, session) == 2
    assert change(till, session).status == 409


def test_while_a_payment_is_on_its_way(till: Till) -> None:
    session = till.session()
    order = till.ordered(session)
    till.stripe.press(order.page, "delay", outcome="fails", seconds="0")
    assert leave_out(till, session).status == 409
    till.stripe.get("events")  # time passes there
    till.hear_all()
    assert leave_out(till, session).status == 204


def test_a_page_that_cannot_be_closed_keeps_its_photos(till: Till) -> None:
    session = till.session()
    order = till.ordered(session)
    till.stripe.plan("500")
    answer = leave_out(till, session)
    assert answer.status == 502
    till.stripe.plan()
    assert left(till, session) == 2
    till.stripe.pay(order.page)
    till.hear_all()
    assert order.jobs == 2


def test_a_page_that_is_just_being_opened(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever opens it was asked for photos that are not all wanted any more, and nobody gets to see it."""
    session = till.session()
    open_page = stripe_client.open_page
    opened: list[str] = []

    def slowly(wanted: stripe_client.Wanted) -> stripe_client.Opened:
        made = open_page(wanted)
        opened.append(made.url)
        with db.transaction() as tx:
            choosing.remove(tx, session.id, session.id, first(till, session))
        return made

    monkeypatch.setattr(stripe_client, "open_page", slowly)
    monkeypatch.setattr("restorations.service.checkout._OTHERS_SECONDS", 0.0)
    assert till.check_out(session).status == 409
    assert [till.stripe.session(page)["status"] for page in opened] == ["expired"]


def test_changed_paid_and_ordered_at_once(committed_till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    till = committed_till
    till.hear({"object": "event", "id": "evt", "type": "x", "created": 1, "data": {"object": {}}})
    till.checkouts.get("/admin/orders")
    for _ in range(4):
        session = till.session("valid", "valid", "valid")
        order = till.ordered(session)

        def pay(page: str = order.page) -> Answer:
            try:
                till.stripe.pay(page)
            except AssertionError:  # it was closed already
                return Answer(409, {}, b"")
            return Answer(200, {}, b"")

        work: list[Callable[[], Answer]] = [partial(leave_out, till, session), pay, partial(till.check_out, session)]
        changed, paid, again = requests_at_once(work, monkeypatch)
        assert {changed.status, paid.status, again.status} <= {200, 204, 409}
        till.hear_all(times=2)
        stays = left(till, session)
        assert stays == (2 if changed.status == 204 else 3)
        if order.row["paid_cents"] is None and again.status == 200:
            till.stripe.pay(again.json()["checkout_url"])
            till.hear_all()
        if order.row["paid_cents"] is not None:
            assert order.row["payment_status"] == "paid"
            assert (order.row["paid_cents"], order.jobs) == (900 * stays, stays)
