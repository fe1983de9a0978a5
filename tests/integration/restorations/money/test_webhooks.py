"""What Stripe tells: signed, once, in any order."""

import json
import random
import time
from typing import Any
from uuid import uuid4

import pytest

from darkroom import secrets
from darkroom.settings import settings
from tests.conftest import SECRETS
from tests.fakes.stripe_shop import SECRET, signed
from tests.integration.restorations.conftest import EMAIL
from tests.integration.restorations.money.conftest import Till

PAID = ("processing", "paid", 0)


def test_a_payment_begins_the_order(till: Till) -> None:
    order = till.ordered()
    till.stripe.pay(order.page)
    assert order.facts == ("pending_payment", "unpaid", 0)  # what the success page sees until we are told
    till.hear_all()
    row = order.row
    assert order.facts == PAID
    assert (row["paid_cents"], row["stripe_session_id"]) == (1800, None)
    assert row["paid_at"] is not None
    assert row["stripe_payment_intent"].startswith("pi_")
    assert till.row("customers", row["customer_id"])["email"] == EMAIL
    assert order.jobs == 2
    [mail] = till.mails("order_paid")
    assert (mail["order"], mail["photos"], mail["total"]) == (str(order.id), "2 photos", "$18.00")
    assert till.order(order.id, mail["url"].partition("#")[2])["status"] == "processing"
    assert [said["status"] for said in till.pushed(f"order:{order.id}")][-1] == "processing"
    assert order.shown()["checkout_url"] is None
    assert till.sqs.take("orders")[0].data == {"order_id": str(order.id)}


def test_a_customer_is_known_by_the_address(till: Till) -> None:
    first, second = till.bought(), till.bought(email="ADA@EXAMPLE.com")
    assert first.row["customer_id"] == second.row["customer_id"]
    assert till.value("SELECT count(*) FROM customers") == 1


def test_a_delivery_that_comes_again_changes_nothing(till: Till) -> None:
    order = till.ordered()
    till.stripe.pay(order.page)
    till.hear_all(times=3)
    assert order.facts == PAID
    assert order.jobs == 2
    assert len(till.mails("order_paid")) == 1
    kept = till.rows("stripe_events", order.id)
    assert [(row["type"], row["handled_at"] is not None) for row in kept] == [("checkout.session.completed", True)]
    assert len(till.sqs.take("orders")) == 1


def test_nothing_of_the_customer_is_kept_with_an_event(till: Till) -> None:
    order = till.bought()
    [kept] = till.rows("stripe_events", order.id)
    assert EMAIL not in json.dumps(kept["object"])
    assert "customer_details" not in kept["object"]


def _completed(order_id: Any, **changes: Any) -> dict[str, Any]:
    thing = {
        "id": "cs_test_1",
        "object": "checkout.session",
        "status": "complete",
        "payment_status": "paid",
        "payment_intent": "pi_1",
        "amount_total": 1800,
        "currency": "usd",
        "client_reference_id": str(order_id),
        "metadata": {"order_id": str(order_id)},
    }
    return {
        "id": f"evt_{uuid4().hex}",
        "object": "event",
        "type": "checkout.session.completed",
        "created": int(time.time()),
        "data": {"object": {**thing, **changes}},
    }


# --- signatures -----------------------------------------------------------------------------------------------------


def test_only_what_stripe_signed_is_believed(till: Till) -> None:
    order = till.ordered()
    event = _completed(order.id)
    body, headers = signed(event)
    shown = headers["stripe-signature"]
    moment = int(time.time())
    wrong: list[dict[str, str]] = [
        {},
        {"stripe-signature": ""},
        {"stripe-signature": "t=,v1="},
        {"stripe-signature": "nonsense"},
        {"stripe-signature": shown.replace("v1=", "v0=")},
        {"stripe-signature": shown[:-1] + ("0" if shown[-1] != "0" else "1")},
        {"stripe-signature": f"t={moment + 1}," + shown.partition(",")[2]},
        signed(event, secret="whsec_other")[1],
        signed(event, secret="")[1],
        signed(event, at=moment - 301)[1],
        signed(event, at=moment + 330)[1],
    ]
    for headers in wrong:
        answer = till.stripe_webhooks.post("/webhooks/stripe", content=body, headers=headers)
        assert answer.status == 400, headers
    changed = body.replace(b"1800", b"1801")
    answer = till.stripe_webhooks.post("/webhooks/stripe", content=changed, headers={"stripe-signature": shown})
    assert answer.status == 400
    assert order.facts == ("pending_payment", "unpaid", 0)
    assert till.hear(event, at=moment - 290).status == 200
    assert order.facts == PAID


def test_without_a_secret_nothing_is_believed(till: Till, environment: pytest.MonkeyPatch) -> None:
    order = till.ordered()
    for kept in ({**SECRETS, "stripe_webhook_secret": ""}, {k: v for k, v in SECRETS.items() if "webhook" not in k}):
        environment.setenv("SECRETS_JSON", json.dumps(kept))
        settings.cache_clear()
        secrets.forget()
        for secret in ("", SECRET):
            assert till.hear(_completed(order.id), secret=secret).status == 400


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"7",
        b"{",
        b"\xff",
        b'{"object": "event"}',
        b'{"type": "x", "data": {"object": {}}}',
        b'{"id": "", "object": "event", "type": "x", "created": 1, "data": {"object": {}}}',
        b'{"id": "evt", "object": "event", "type": "x", "created": "now", "data": {"object": {}}}',
        b"[" * 100000,
    ],
    ids=lambda body: body[:30].decode("latin-1"),
)
def test_what_is_signed_and_no_event(till: Till, body: bytes) -> None:
    assert till.hear(body).status == 400


def test_types_and_products_that_are_not_ours(till: Till) -> None:
    order = till.ordered()
    foreign: list[dict[str, Any]] = [
        {**_completed(order.id), "type": "invoice.paid"},
        {**_completed(order.id), "type": "payment_intent.succeeded"},
        _completed(uuid4()),
        _completed("order-7"),
        _completed(order.id, client_reference_id=None, metadata={}),
        _completed("order-7", amount_total=None, currency=None, payment_intent=None, mode="subscription"),
        _completed(order.id, amount_total="1800"),
        _completed(order.id, amount_total=-1),
        _completed(order.id, currency="dollars"),
        _completed(order.id, payment_intent=None),
    ]
    foreign += [
        {**_completed(""), "type": kind, "data": {"object": {"id": "x", "object": "x", "payment_intent": None}}}
        for kind in ("charge.refunded", "refund.created", "charge.dispute.created")
    ]
    for event in foreign:
        assert till.hear(event).status == 200, event
    assert order.facts == ("pending_payment", "unpaid", 0)
    assert till.hear(_completed(order.id, metadata={})).status == 200  # the client_reference_id is enough
    assert order.facts == PAID


# --- payments that are not what was ordered -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"amount_total": 1700}, "It is $1.00 less than the order costs."),
        ({"amount_total": 1900}, "It is $1.00 more than the order costs."),
        ({"currency": "eur"}, "It came in EUR and not in USD."),
    ],
    ids=str,
)
def test_another_amount_waits_for_an_admin(till: Till, changes: dict[str, Any], reason: str) -> None:
    order, admin = till.ordered(), till.admin()
    event = _completed(order.id, **changes)
    for _ in range(2):
        assert till.hear(event).status == 200
    assert order.facts == ("pending_payment", "held", 0)
    assert order.shown()["held_reason"] == reason
    assert order.jobs == 0
    assert till.mails("order_paid") == []
    address = till.row("users", admin.user_id)["email"]
    [mail] = till.mails("admin_payment_held", address)
    assert (mail["order"], mail["expected"], mail["reason"]) == (str(order.id), "$18.00", reason)
    assert till.checkouts.post(f"/orders/{order.id}/accept", token=till.person().token).status == 403
    answer = till.checkouts.post(f"/orders/{order.id}/accept", token=admin.token)
    assert (answer.status, answer.json()["status"], answer.json()["payment_status"]) == (200, "processing", "paid")
    assert order.jobs == 2
    assert len(till.mails("order_paid")) == 1
    assert till.checkouts.post(f"/orders/{order.id}/accept", token=admin.token).status == 409
    assert till.hear({**event, "id": "evt_again"}).status == 200
    assert order.facts == PAID


def test_what_was_held_can_go_back(till: Till) -> None:
    till.stripe.plan("other_amount")
    order, admin = till.bought(), till.admin()
    assert order.facts == ("pending_payment", "held", 0)
    answer = till.refund(order.id, admin.token)
    assert (answer.json()["status"], answer.json()["payment_status"]) == ("refunded", "refunded")
    assert till.work("payments") == ["restorations.send_refund"]
    assert [refund["amount"] for refund in till.stripe.refunds()][-1] == 1700
    till.hear_all(times=2)
    assert order.facts == ("refunded", "refunded", 1700)
    assert order.refunds == [(1700, "succeeded")]
    assert len(till.mails("order_refunded")) == 1
    assert till.checkouts.post(f"/orders/{order.id}/accept", token=admin.token).status == 409


def test_work_begins_when_the_money_is_here_and_not_before(till: Till) -> None:
    order = till.ordered()
    till.stripe.press(order.page, "delay", outcome="arrives", seconds="1")
    assert "checkout.session.completed" in till.hear_all()
    assert order.facts == ("pending_payment", "unpaid", 0)
    while "checkout.session.async_payment_succeeded" not in till.hear_all():
        time.sleep(0.05)
    assert order.facts == PAID


def test_a_declined_card_leaves_the_order_as_it_was(till: Till) -> None:
    order = till.ordered()
    till.stripe.press(order.page, "decline")
    till.hear_all()
    assert order.facts == ("pending_payment", "unpaid", 0)
    till.stripe.pay(order.page)
    till.hear_all()
    assert order.facts == PAID


def test_a_payment_for_an_order_that_was_given_up_goes_back(till: Till) -> None:
    order = till.ordered()
    till.execute("UPDATE orders SET status = 'failed' WHERE id = %s", order.id)
    till.stripe.pay(order.page)
    till.hear_all(times=2)
    assert till.mails("order_refunded") == []
    assert till.work("payments") == ["restorations.send_refund"]
    till.hear_all(times=2)
    assert order.refunds == [(1800, "succeeded")]
    assert till.stripe.refunds()[-1]["amount"] == 1800
    [mail] = till.mails("order_refunded")
    assert mail["amount"] == "$18.00"
    assert till.mails("order_paid") == []
    # The order says so, to its customer and to admins.
    assert order.facts == ("failed", "refunded", 1800)
    shown = order.shown()
    assert (shown["payment_status"], shown["refunded_cents"], shown["paid_at"]) == ("refunded", 1800, None)
    assert till.pushed(f"order:{order.id}", "order.updated")[-1]["refunded_cents"] == 1800
    admin = till.admin()
    [item] = till.checkouts.get("/admin/orders", token=admin.token, query="payment_status=refunded").json()["items"]
    assert (item["id"], item["refunded_cents"]) == (str(order.id), 1800)
    assert till.refund(order.id, admin.token).json()["refunded_cents"] == 1800
    assert order.refunds == [(1800, "succeeded")]


def test_a_late_payment_that_cannot_go_back_is_owed(till: Till) -> None:
    order, admin = till.ordered(), till.admin()
    till.execute("UPDATE orders SET status = 'failed' WHERE id = %s", order.id)
    till.stripe.pay(order.page)
    till.hear_all()
    intent = order.row["stripe_payment_intent"]
    till.execute("UPDATE refunds SET payment_intent = 'pi_nobodys' WHERE order_id = %s", order.id)
    till.execute("UPDATE orders SET stripe_payment_intent = 'pi_nobodys' WHERE id = %s", order.id)
    till.work("payments")
    assert order.facts == ("failed", "held", 0)
    till.execute("UPDATE orders SET stripe_payment_intent = %s WHERE id = %s", intent, order.id)
    till.execute("UPDATE refunds SET payment_intent = %s WHERE order_id = %s", intent, order.id)
    assert till.refund(order.id, admin.token).status == 200
    till.work("payments")
    assert order.facts == ("failed", "refunded", 1800)
    assert len(till.mails("order_refunded")) == 1


def test_a_late_payment_that_was_given_back_by_hand_before_we_heard_of_it(till: Till) -> None:
    order = till.ordered()
    till.execute("UPDATE orders SET status = 'failed' WHERE id = %s", order.id)
    till.stripe.pay(order.page)
    till.stripe.by_hand(f"payments/{order.id}/refund")
    till.hear_all(change=lambda events: events.reverse())
    assert till.work("payments") == []
    assert order.facts == ("failed", "refunded", 1800)


def test_two_late_payments_both_go_back(till: Till) -> None:
    order = till.ordered()
    till.execute("UPDATE orders SET stripe_session_id = NULL WHERE id = %s", order.id)
    other = till.ordered(_session_of(till, order.id))
    till.execute("UPDATE orders SET status = 'failed' WHERE id = %s", order.id)
    till.stripe.pay(order.page)
    till.stripe.pay(other.page)
    till.hear_all()
    till.work("payments")
    assert order.refunds == [(1800, "succeeded"), (1800, "succeeded")]
    assert order.facts == ("failed", "refunded", 1800)


def test_the_second_of_two_payments_goes_back(till: Till) -> None:
    """Two pages were paid at once, as when a page could not be closed in time."""
    order = till.ordered()
    till.execute("UPDATE orders SET stripe_session_id = NULL WHERE id = %s", order.id)
    other = till.ordered(_session_of(till, order.id))
    assert other.id == order.id
    till.stripe.pay(order.page)
    till.stripe.pay(other.page)
    till.hear_all()
    till.work("payments")
    till.hear_all()
    assert order.facts == PAID
    assert order.refunds == [(1800, "succeeded")]
    assert len(till.mails("order_paid")) == 1
    paid, late = (row["amount_refunded"] for row in reversed(till.stripe.payments()[:2]))
    assert (paid, late) == (0, 1800)


def _session_of(till: Till, order_id: Any) -> Any:
    from darkroom import auth, db
    from tests.integration.restorations.conftest import Session

    session_id = till.row("orders", order_id)["session_id"]
    with db.transaction() as tx:
        return Session(session_id, auth.issue_opaque(tx, "upload", session_id))


# --- money that goes back -------------------------------------------------------------------------------------------


def test_a_refund_in_the_dashboard(till: Till) -> None:
    order = till.bought()
    till.stripe.by_hand(f"payments/{order.id}/refund", amount=500)
    till.hear_all(times=2)
    assert order.facts == ("processing", "partially_refunded", 500)
    assert [mail["amount"] for mail in till.mails("order_refunded")] == ["$5.00"]
    till.stripe.by_hand(f"payments/{order.id}/refund")
    till.hear_all(times=2)
    assert order.facts == ("refunded", "refunded", 1800)
    assert order.refunds == [(500, "succeeded"), (1300, "succeeded")]
    assert [row["status"] for row in till.rows("restoration_jobs", order.id)] == ["failed", "failed"]
    assert {image["status"] for image in order.shown()["images"]} == {"failed"}
    assert [mail["amount"] for mail in till.mails("order_refunded")] == ["$5.00", "$13.00"]
    assert till.sqs.take("payments") == []


def test_a_refund_that_a_charge_alone_tells_of(till: Till) -> None:
    order = till.bought()
    till.stripe.by_hand(f"payments/{order.id}/refund", amount=500)
    charge = [event for event in till.stripe.events() if event["type"] == "charge.refunded"]
    assert till.hear(charge[0]).status == 200
    assert order.facts == ("processing", "partially_refunded", 500)


def test_a_refund_by_hand_that_the_bank_sends_back(till: Till) -> None:
    order, admin = till.bought(), till.admin()
    refund = till.stripe.by_hand(f"payments/{order.id}/refund", amount=500)
    till.hear_all()
    till.stripe.by_hand(f"refunds/{refund['id']}/fail")
    till.hear_all(times=2)
    assert order.facts == PAID
    assert order.refunds == [(500, "failed")]
    [mail] = till.mails("admin_refund_failed", till.row("users", admin.user_id)["email"])
    assert mail["amount"] == "$5.00"
    assert till.sqs.take("payments") == []


def test_a_dispute_closes_the_downloads_until_it_is_won(till: Till) -> None:
    order, admin = till.bought(), till.admin()
    order.finish()
    dispute = till.stripe.by_hand(f"payments/{order.id}/dispute")
    till.hear_all(times=2)
    assert order.facts == ("completed", "disputed", 0)
    shown = order.shown()
    assert [image["restored_url"] for image in shown["images"]] == [None, None]
    assert till.api.post(f"/orders/{order.id}/downloads", {}, token=order.token).status == 403
    [mail] = till.mails("admin_disputed", till.row("users", admin.user_id)["email"])
    assert mail["amount"] == "$18.00"
    assert till.refund(order.id, admin.token).status == 409
    till.stripe.by_hand(f"disputes/{dispute['id']}/close", outcome="won")
    till.hear_all(times=2)
    assert order.facts == ("completed", "paid", 0)
    assert order.shown()["images"][0]["restored_url"]
    assert till.api.post(f"/orders/{order.id}/downloads", {}, token=order.token).status == 201


def test_a_dispute_that_is_lost_stays(till: Till) -> None:
    order = till.bought()
    dispute = till.stripe.by_hand(f"payments/{order.id}/dispute")
    till.stripe.by_hand(f"disputes/{dispute['id']}/close", outcome="lost")
    till.hear_all(change=lambda events: events.reverse())
    assert order.facts == ("refunded", "disputed", 0)  # the bank has taken it back, and the work is over
    assert till.row("disputes", dispute["id"])["status"] == "lost"
    assert till.mails("order_refunded") == []  # whose money it was has it from the bank


def test_a_dispute_that_is_told_before_its_payment(till: Till) -> None:
    """The order begins, and rests as one that is disputed later does."""
    order, admin = till.ordered(), till.admin()
    till.stripe.pay(order.page)
    dispute = till.stripe.by_hand(f"payments/{order.id}/dispute")
    till.hear_all(change=lambda events: events.reverse())
    assert order.facts == ("processing", "disputed", 0)
    assert len(till.mails("admin_disputed", till.row("users", admin.user_id)["email"])) == 1
    assert till.api.post(f"/orders/{order.id}/downloads", {}, token=order.token).status == 403
    assert order.jobs == 2
    till.stripe.by_hand(f"disputes/{dispute['id']}/close", outcome="won")
    till.hear_all()
    assert order.facts == PAID


@pytest.mark.parametrize("seed", range(12))
def test_in_any_order_and_however_often(till: Till, seed: int) -> None:
    """A history with everything in it: it ends alike."""
    order = till.ordered()
    till.stripe.pay(order.page)
    till.stripe.by_hand(f"payments/{order.id}/refund", amount=300)
    bounced = till.stripe.by_hand(f"payments/{order.id}/refund", amount=400)
    till.stripe.by_hand(f"refunds/{bounced['id']}/fail")
    dispute = till.stripe.by_hand(f"payments/{order.id}/dispute")
    till.stripe.by_hand(f"disputes/{dispute['id']}/close", outcome="won")
    till.stripe.by_hand(f"payments/{order.id}/refund", amount=200)
    till.hear_all(times=2, change=random.Random(seed).shuffle)
    assert order.facts == ("processing", "partially_refunded", 500)
    assert sorted(order.refunds) == [(200, "succeeded"), (300, "succeeded"), (400, "failed")]
    assert order.jobs == 2
    assert len(till.mails("order_paid")) == 1
    assert till.value("SELECT count(*) FROM stripe_events WHERE handled_at IS NULL") == 0


def test_given_back_before_we_heard_that_it_was_paid(till: Till) -> None:
    order = till.ordered()
    till.stripe.pay(order.page)
    till.stripe.by_hand(f"payments/{order.id}/refund")
    till.hear_all(change=lambda events: events.reverse())
    assert order.facts == ("refunded", "refunded", 1800)
    assert order.jobs == 0
    assert till.mails("order_paid") == []
    assert len(till.mails("order_refunded")) == 1
    assert {image["status"] for image in order.shown()["images"]} == {"failed"}
    assert till.sqs.take("orders") == []


def test_the_mail_about_the_rest_names_the_rest(till: Till) -> None:
    order = till.bought()
    admin = till.admin().token
    assert till.refund(order.id, admin, order.image_ids[:1]).status == 200
    assert till.refund(order.id, admin).status == 200
    assert till.mails("order_refunded") == []
    till.work("payments")
    assert [mail["amount"] for mail in till.mails("order_refunded")] == ["$9.00", "$9.00"]
