"""What webhooks lost is found, what nobody paid is given up, and what is old is forgotten."""

import pytest

from darkroom import db
from darkroom.settings import settings
from restorations.queries import events
from restorations.queries.orders import Order
from restorations.service import fulfilment
from tests.integration.restorations.money.conftest import EMAIL, Till


def test_lost_webhooks_are_made_up_for(till: Till) -> None:
    paid, refunded, open_ = till.ordered(), till.ordered(), till.ordered()
    for order in (paid, refunded):
        till.stripe.pay(order.page)
    till.stripe.by_hand(f"payments/{refunded.id}/refund", amount=100)
    done = till.reconcile()
    assert done["events"] >= 4
    assert paid.facts == ("processing", "paid", 0)
    assert refunded.facts == ("processing", "partially_refunded", 100)
    assert open_.facts == ("pending_payment", "unpaid", 0)
    assert till.reconcile() == {"events": 0, "pages": 0}
    till.hear_all()
    assert paid.jobs == 2
    assert len(till.mails("order_paid")) == 2


def test_more_events_than_a_page_holds(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("restorations.stripe_client._AT_ONCE", 2)
    orders = [till.ordered(till.session("valid")) for _ in range(4)]
    for order in orders:
        till.stripe.pay(order.page)
    till.reconcile()
    assert {order.facts for order in orders} == {("processing", "paid", 0)}


def test_open_pages_are_looked_at(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the list of events, a page says itself that it was paid, or is over."""
    monkeypatch.setattr("restorations.stripe_client.events", lambda since, types: iter(()))
    paid, expired, open_ = till.ordered(), till.ordered(), till.ordered()
    till.stripe.pay(paid.page)
    till.stripe.by_hand(f"sessions/{expired.page.rpartition('/')[2]}/expire")
    assert till.reconcile() == {"events": 0, "pages": 2}
    assert paid.facts == ("processing", "paid", 0)
    assert (expired.facts, expired.row["stripe_session_id"]) == (("pending_payment", "unpaid", 0), None)
    assert open_.shown()["checkout_url"] == open_.page


def test_an_event_that_fails_keeps_no_other(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = till.ordered(), till.ordered()
    for order in (first, second):
        till.stripe.pay(order.page)
    begin = fulfilment.begin

    def fails(tx: db.Tx, order: Order) -> None:
        if order.id == first.id:
            raise RuntimeError("for a test")
        begin(tx, order)

    with monkeypatch.context() as patch:
        patch.setattr("restorations.service.fulfilment.begin", fails)
        till.reconcile()
    assert first.facts == ("pending_payment", "unpaid", 0)
    assert second.facts == ("processing", "paid", 0)
    till.reconcile()
    assert first.facts == ("processing", "paid", 0)


def test_an_order_that_nobody_pays_is_given_up(till: Till) -> None:
    session, other = till.session(), till.session()
    order, later = till.ordered(session), till.ordered(other)
    assert till.sweep("cleanup")["unpaid"] == 0
    till.execute("UPDATE upload_sessions SET expires_at = now() WHERE id = %s", session.id)
    assert till.sweep("cleanup")["unpaid"] == 1
    assert order.facts == ("failed", "unpaid", 0)
    assert till.stripe.session(order.page)["status"] == "expired"
    assert {image["status"] for image in order.shown()["images"]} == {"failed"}
    assert later.facts == ("pending_payment", "unpaid", 0)
    assert till.check_out(session).status == 410
    assert till.sweep("cleanup")["unpaid"] == 0


def test_paid_in_the_last_second(till: Till) -> None:
    session = till.session()
    order = till.ordered(session)
    till.stripe.pay(order.page)
    till.execute("UPDATE upload_sessions SET expires_at = now() WHERE id = %s", session.id)
    assert till.sweep("cleanup")["unpaid"] == 0
    assert order.facts == ("processing", "paid", 0)
    till.hear_all()
    assert order.jobs == 2


def test_while_stripe_is_away_nothing_is_given_up(till: Till) -> None:
    session = till.session()
    order = till.ordered(session)
    till.execute("UPDATE upload_sessions SET expires_at = now() WHERE id = %s", session.id)
    till.stripe.plan("500", "500", "500")
    assert till.sweep("cleanup")["unpaid"] == 0
    till.stripe.plan()
    assert order.facts == ("pending_payment", "unpaid", 0)
    assert till.sweep("cleanup")["unpaid"] == 1


def test_old_events_are_forgotten(till: Till) -> None:
    order = till.bought()
    till.execute("UPDATE stripe_events SET received_at = now() - interval '91 days'")
    assert till.sweep("cleanup")["events"] == 1
    assert till.rows("stripe_events", order.id) == []
    with db.transaction() as tx:
        assert events.lock_payment(tx, order.row["stripe_payment_intent"]) == order.id


# --- the links of an address --------------------------------------------------------------------------------------


def _look_up(till: Till, email: str) -> None:
    answer = till.api.post("/orders/lookup", {"email": email})
    assert (answer.status, answer.json()) == (202, {"status": "accepted"})
    assert till.work("payments") == ["restorations.send_links"]


def test_the_links_of_an_address_are_mailed_to_it_alone(till: Till) -> None:
    first, second, other = till.bought(), till.bought(email="ADA@EXAMPLE.com"), till.bought(email="eve@example.com")
    _look_up(till, "Ada@Example.com")
    mails = till.mails("order_links") + till.mails("order_links", "ADA@example.com")
    [links] = [mail["orders"] for mail in mails]
    assert [order_id for order_id, _, _ in links] == [str(second.id), str(first.id)]
    assert [url.partition("#")[0].rpartition("/")[2] for _, _, url in links] == [str(second.id), str(first.id)]
    for (_, _, url), order in zip(links, (second, first), strict=True):
        assert till.order(order.id, url.partition("#")[2])["id"] == str(order.id)
    assert till.mails("order_links", "eve@example.com") == []
    assert other.facts == ("processing", "paid", 0)


def test_an_unknown_address_is_answered_alike(till: Till) -> None:
    _look_up(till, "nobody@example.com")
    assert till.value("SELECT count(*) FROM emails WHERE template = 'order_links'") == 0


def test_not_more_than_a_mail_can_hold(till: Till) -> None:
    order = till.ordered(till.session("valid"))
    till.execute(
        """INSERT INTO orders (id, email, status, pay_with, price_cents, total_cents, fidelity, colorize, upscale)
           SELECT gen_random_uuid(), %s, CASE WHEN n < 10 THEN 'failed' ELSE 'pending_payment' END, 'card', 1, 1, 1,
                  false, 1
             FROM generate_series(1, 40) n""",
        EMAIL,
    )
    _look_up(till, EMAIL)
    [mail] = till.mails("order_links")
    assert len(mail["orders"]) == 20
    assert order.facts == ("pending_payment", "unpaid", 0)


def test_lookups_are_limited(till: Till, environment: pytest.MonkeyPatch) -> None:
    environment.setenv("LOOKUPS_PER_ADDRESS_HOUR", "5")
    environment.setenv("LOOKUPS_PER_EMAIL_HOUR", "2")
    settings.cache_clear()
    till.bought()
    answers = [till.api.post("/orders/lookup", {"email": EMAIL}).status for _ in range(6)]
    assert answers == [202] * 5 + [429]
    assert len(till.work("payments")) == 2
    assert till.api.post("/orders/lookup", {"email": "no address"}).status in {202, 429}


def test_admins_see_everybodys_orders(till: Till) -> None:
    order, admin = till.bought(), till.admin()
    answer = till.checkouts.get("/admin/orders", token=admin.token)
    assert [item["id"] for item in answer.json()["items"]] == [str(order.id)]
    assert till.checkouts.get("/admin/orders", token=till.person().token).status == 403
