"""Money that goes back by card: decided here, asked of Stripe by the worker, once."""

from typing import Any
from uuid import UUID, uuid4

import pytest
import stripe

from darkroom import db, messages
from restorations import stripe_client
from restorations.queries import orders, photos
from restorations.service import refunds
from tests.fakes import queues
from tests.integration.restorations.conftest import WORKERS
from tests.integration.restorations.money.conftest import Bought, Till


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stripe's SDK rests half a second and more before it asks again: it asks as often, and nobody waits for it."""
    monkeypatch.setattr(stripe.HTTPClient, "INITIAL_DELAY", 0.0)


def _send(till: Till, refund_id: object) -> list[str]:
    """The worker gets the message for this refund; what it sends back."""
    message = messages.new(refunds.SEND, {"refund_id": str(refund_id)})
    return queues.failures(WORKERS["payments"](queues.event("payments", message), None))


def _settle(till: Till) -> None:
    till.work("payments")
    till.hear_all()


def test_everything_goes_back_once(till: Till) -> None:
    order, admin = till.bought(), till.admin()
    order.finish()
    link = till.api.post(f"/orders/{order.id}/downloads", {}, token=order.token).json()
    first, second = (till.refund(order.id, admin.token) for _ in range(2))
    assert first.status == second.status == 200
    assert first.json()["status"] == second.json()["status"] == "refunded"
    assert (first.json()["payment_status"], first.json()["refunded_cents"]) == ("refunded", 1800)
    assert order.refunds == [(1800, "wanted")]
    assert till.mails("order_refunded") == []  # Stripe has not been asked yet
    assert till.work("payments") == ["restorations.send_refund"]
    assert order.refunds == [(1800, "succeeded")]
    till.hear_all(times=2)
    assert order.facts == ("refunded", "refunded", 1800)
    assert [refund["amount"] for refund in till.stripe.refunds() if refund["payment_intent"] == _intent(order)] == [
        1800
    ]
    [mail] = till.mails("order_refunded")
    assert (mail["amount"], mail["reason"]) == ("$18.00", "They asked for it.")
    assert till.downloads.get(f"/download/{link['token']}").status == 403
    assert order.shown()["images"][0]["restored_url"] is None
    assert till.refund(order.id, admin.token, order.image_ids).status == 200
    assert order.refunds == [(1800, "succeeded")]


def _intent(order: Bought) -> str:
    return str(order.row["stripe_payment_intent"])


def test_the_price_of_the_photos_that_are_named(till: Till) -> None:
    order, admin = till.bought(till.session("valid", "valid", "valid")), till.admin()
    one, two, three = order.image_ids
    for _ in range(2):
        answer = till.refund(order.id, admin.token, [two])
        assert (answer.json()["status"], answer.json()["payment_status"]) == ("processing", "partially_refunded")
    assert till.refund(order.id, admin.token, [one, two, one]).json()["refunded_cents"] == 1800
    assert order.refunds == [(900, "wanted"), (900, "wanted")]
    _settle(till)
    assert order.facts == ("processing", "partially_refunded", 1800)
    assert len(till.mails("order_refunded")) == 2
    assert till.refund(order.id, admin.token).json()["status"] == "refunded"
    _settle(till)
    assert order.facts == ("refunded", "refunded", 2700)
    assert [amount for amount, _ in order.refunds] == [900, 900, 900]
    assert till.refund(order.id, admin.token, [three]).json()["refunded_cents"] == 2700


def test_who_may_and_what_cannot(till: Till) -> None:
    order, unpaid, admin = till.bought(), till.ordered(), till.admin()
    assert till.refund(order.id, till.person().token).status == 403
    assert till.refund(order.id, order.token).status == 401
    assert till.refund(unpaid.id, admin.token).status == 409
    assert till.refund(uuid4(), admin.token).status == 404
    assert till.refund(order.id, admin.token, [unpaid.image_ids[0]]).status == 404
    assert till.refund(order.id, admin.token, [order.image_ids[0], str(uuid4())]).status == 404
    assert till.refund(order.id, admin.token, []).status == 400
    assert till.refund(order.id, admin.token, reason="").status == 400
    assert order.refunds == []


def test_a_payment_that_stripe_does_not_know_is_not_asked_for_for_ever(till: Till) -> None:
    order = till.bought()
    till.execute("UPDATE orders SET stripe_payment_intent = 'pi_nobodys' WHERE id = %s", order.id)
    till.refund(order.id, till.admin().token)
    till.work("payments")
    assert order.refunds == [(1800, "canceled")]
    assert order.facts == ("refunded", "held", 0)
    assert till.value("SELECT count(*) FROM emails WHERE template = 'admin_refund_failed'") == 1
    assert till.mails("order_refunded") == []


def test_a_photo_whose_price_went_back_is_not_delivered(till: Till) -> None:
    order, admin = till.bought(), till.admin()
    order.finish()
    one, two = order.image_ids

    def make(*image_ids: str) -> Any:
        body = {"image_ids": list(image_ids)} if image_ids else {}
        return till.api.post(f"/orders/{order.id}/downloads", body, token=order.token)

    alone, other = (make(each).json()["token"] for each in (one, two))
    both = make().json()["token"]
    shown = till.refund(order.id, admin.token, [one]).json()["images"]
    assert [image["restored_url"] is None for image in shown] == [True, False]
    assert shown[0]["error"] == "Its price went back to you, so this photo is not delivered."
    assert [till.downloads.get(f"/download/{token}").status for token in (alone, both, other)] == [403, 403, 302]
    assert make(one).status == make(one, two).status == 403
    assert make(two).status == 201
    assert make().status == 201  # all means all that are to be had
    assert till.value("SELECT image_ids FROM download_links ORDER BY id DESC LIMIT 1") == [UUID(two)]
    # A bank that takes no money back leaves it here, and the photo is the customer's again.
    till.execute("UPDATE refunds SET status = 'failed' WHERE order_id = %s", order.id)
    assert make(one).status == 201


def test_photos_that_failed(till: Till) -> None:
    order = till.bought(till.session("valid", "valid", "valid"))
    order.finish(restored=2)
    assert order.facts == ("completed", "partially_refunded", 900)
    assert till.mails("order_refunded") == []
    _settle(till)
    assert order.refunds == [(900, "succeeded")]
    assert order.facts == ("completed", "partially_refunded", 900)
    assert _amounts(till) == ["$9.00"]
    admin = till.admin()
    assert till.refund(order.id, admin.token, [order.image_ids[2]]).json()["refunded_cents"] == 900
    assert till.refund(order.id, admin.token).json()["refunded_cents"] == 2700
    _settle(till)
    assert order.facts == ("refunded", "refunded", 2700)
    assert [amount for amount, _ in order.refunds] == [900, 1800]
    assert _amounts(till) == ["$9.00", "$18.00"]


def _amounts(till: Till) -> list[str]:
    """What customers were written of that goes back."""
    return [mail["amount"] for mail in till.mails("order_refunded")]


def test_photos_that_failed_are_one_letter(till: Till) -> None:
    """When all of them are taken on, and the order is over."""
    order = till.bought(till.session("valid", "valid", "valid"))
    with db.transaction() as tx:
        held = orders.hold(tx, order.id)
        assert held is not None
        photo = photos.of_order(tx, order.id)[2]
        photos.fail(tx, photo.id, "It could not be restored.")
        refunds.give_back_photo(tx, held, photo, "It could not be restored.")
    _settle(till)
    assert (order.refunds, _amounts(till)) == ([(900, "succeeded")], [])  # the others may fail, too
    order.finish(restored=1)
    assert _amounts(till) == []
    _settle(till)
    assert _amounts(till) == ["$18.00"]
    till.hear_all(times=2)
    assert _amounts(till) == ["$18.00"]


def test_when_every_photo_failed_the_order_has_failed_and_all_goes_back(till: Till) -> None:
    order = till.bought()
    order.finish(restored=0)
    assert order.facts == ("failed", "refunded", 1800)
    _settle(till)
    assert order.facts == ("failed", "refunded", 1800)
    assert order.refunds == [(900, "succeeded"), (900, "succeeded")]
    assert _amounts(till) == ["$18.00"]


def test_a_photo_goes_back_once_however_often_it_fails(till: Till) -> None:
    order = till.bought()
    for _ in range(3):
        with db.transaction() as tx:
            held = orders.hold(tx, order.id)
            assert held is not None
            refunds.give_back_photo(tx, held, photos.of_order(tx, order.id)[0], "It failed.")
    assert order.refunds == [(900, "wanted")]


@pytest.mark.parametrize(("amount", "rest"), [(1700, [900, 800]), (2000, [900, 1100])], ids=str)
def test_never_more_and_in_the_end_all_of_what_came(till: Till, amount: int, rest: list[int]) -> None:
    """An admin has accepted another amount, and then every photo fails."""
    order = till.bought()
    till.execute("UPDATE orders SET paid_cents = %s WHERE id = %s", amount, order.id)
    order.finish(restored=0)
    assert [cents for cents, _ in order.refunds] == rest
    assert order.facts == ("failed", "refunded", amount)


def test_after_a_refund_by_hand_only_the_rest_is_left(till: Till) -> None:
    order, admin = till.bought(), till.admin()
    till.stripe.by_hand(f"payments/{order.id}/refund", amount=1000)
    till.hear_all()
    assert till.refund(order.id, admin.token, [order.image_ids[0]]).json()["refunded_cents"] == 1800
    _settle(till)
    assert order.refunds == [(1000, "succeeded"), (800, "succeeded")]
    assert order.facts == ("refunded", "refunded", 1800)


def test_by_hand_and_by_us_at_once(till: Till) -> None:
    """Somebody at the dashboard is faster, and we have not heard of it yet: Stripe says what is left."""
    order, admin = till.bought(), till.admin()
    till.stripe.by_hand(f"payments/{order.id}/refund", amount=1000)
    assert till.refund(order.id, admin.token).json()["refunded_cents"] == 1800
    _settle(till)
    assert sorted(order.refunds) == [(800, "succeeded"), (1000, "succeeded")]
    assert order.facts == ("refunded", "refunded", 1800)


def test_all_by_hand_and_by_us_at_once(till: Till) -> None:
    order, admin = till.bought(), till.admin()
    till.stripe.by_hand(f"payments/{order.id}/refund")
    till.refund(order.id, admin.token)
    _settle(till)
    assert sorted(order.refunds) == [(1800, "canceled"), (1800, "succeeded")]
    assert order.facts == ("refunded", "refunded", 1800)
    assert till.sqs.take("payments") == []
    [mail] = till.mails("order_refunded")  # Stripe refused ours; it tells of the other
    assert (mail["amount"], mail["reason"]) == ("$18.00", "It was given back by hand.")


def test_stripe_tells_before_it_answers(till: Till) -> None:
    """The webhook overtakes the answer."""
    order, admin = till.bought(), till.admin()
    till.refund(order.id, admin.token)
    till.stripe.plan("lost_answer", "500", "500", "500")
    [message] = till.sqs.take("payments")
    assert queues.failures(WORKERS["payments"](queues.event("payments", message), None)) != []
    assert order.refunds == [(1800, "wanted")]
    till.stripe.plan()
    till.hear_all(times=2)
    assert order.refunds == [(1800, "succeeded")]
    assert _send(till, message.data["refund_id"]) == []
    assert order.refunds == [(1800, "succeeded")]
    assert len([each for each in till.stripe.refunds() if each["payment_intent"] == _intent(order)]) == 1


@pytest.mark.parametrize("lost", ["lost_answer", "500", "garbage"])
def test_a_refund_whose_answer_was_lost_is_made_once(till: Till, lost: str) -> None:
    order, admin = till.bought(), till.admin()
    till.refund(order.id, admin.token)
    [message] = till.sqs.take("payments")
    for _ in range(7):
        till.stripe.plan("lost_answer", lost, lost)
        _send(till, message.data["refund_id"])
    till.stripe.plan()
    assert _send(till, message.data["refund_id"]) == []
    assert order.refunds == [(1800, "succeeded")]
    assert len([each for each in till.stripe.refunds() if each["payment_intent"] == _intent(order)]) == 1


def test_one_that_takes_its_time(till: Till) -> None:
    order, admin = till.bought(), till.admin()
    till.stripe.plan("pending_refund")
    till.refund(order.id, admin.token)
    till.work("payments")
    assert order.refunds == [(1800, "pending")]
    assert _amounts(till) == ["$18.00"]
    [made] = [each for each in till.stripe.refunds() if each["payment_intent"] == _intent(order)]
    till.stripe.by_hand(f"refunds/{made['id']}/complete")
    till.hear_all(change=lambda events: events.reverse())
    assert order.refunds == [(1800, "succeeded")]
    assert _amounts(till) == ["$18.00"]


def test_what_the_bank_sends_back_is_tried_again_some_times(till: Till) -> None:
    order, admin = till.bought(), till.admin()
    till.refund(order.id, admin.token)
    for number in range(1, refunds.TRIES + 1):
        assert till.work("payments") == ["restorations.send_refund"]
        assert till.sqs.delays[-1] == 0 if number == 1 else 600
        made = [each for each in till.stripe.refunds() if each["payment_intent"] == _intent(order)]
        assert len(made) == number
        till.stripe.by_hand(f"refunds/{made[-1]['id']}/fail")
        till.hear_all(times=2, change=lambda events: events.reverse())
        assert [status for _, status in order.refunds][:number] == ["failed"] * number
    assert till.sqs.take("payments") == []
    # The customer has lost the photos, and has no money. It is owed, and waits for an admin, who knows.
    assert order.facts == ("refunded", "held", 0)
    assert order.shown()["held_reason"] == "It was to go back, and did not arrive. We look after it."
    listed = till.checkouts.get("/admin/orders", token=admin.token, query="payment_status=held").json()["items"]
    assert [(item["id"], item["status"]) for item in listed] == [(str(order.id), "refunded")]
    assert till.checkouts.post(f"/orders/{order.id}/accept", token=admin.token).status == 409
    assert len(till.mails("order_refunded")) == 1  # tries that follow by themselves are for the same
    assert len(till.mails("admin_refund_failed", till.row("users", admin.user_id)["email"])) == refunds.TRIES
    assert till.refund(order.id, admin.token).json()["refunded_cents"] == 1800  # by an admin's hand it goes on
    _settle(till)
    assert order.facts == ("refunded", "refunded", 1800)
    assert order.shown()["held_reason"] is None
    assert len(till.mails("order_refunded")) == 2


def test_all_that_was_given_back_by_hand_and_did_not_arrive(till: Till) -> None:
    order, admin = till.bought(), till.admin()
    refund = till.stripe.by_hand(f"payments/{order.id}/refund")
    till.hear_all()
    assert order.facts == ("refunded", "refunded", 1800)
    till.stripe.by_hand(f"refunds/{refund['id']}/fail")
    till.hear_all(times=2)
    assert order.facts == ("refunded", "held", 0)
    assert till.refund(order.id, admin.token).status == 200
    _settle(till)
    assert order.facts == ("refunded", "refunded", 1800)
    assert _amounts(till) == ["$18.00", "$18.00"]


def test_what_is_owed_for_photos_that_failed(till: Till) -> None:
    """One of two refunds is refused for good."""
    order = till.bought()
    order.finish(restored=0)
    [message, other] = till.sqs.take("payments")
    assert _send(till, message.data["refund_id"]) == []
    assert _amounts(till) == []  # there is another on its way
    till.execute("UPDATE refunds SET payment_intent = 'pi_nobodys' WHERE id = %s", other.data["refund_id"])
    assert _send(till, other.data["refund_id"]) == []
    till.execute("UPDATE refunds SET payment_intent = %s WHERE id = %s", _intent(order), other.data["refund_id"])
    assert order.refunds == [(900, "succeeded"), (900, "canceled")]
    assert order.facts == ("failed", "held", 900)
    assert _amounts(till) == ["$9.00"]


def test_what_is_left_goes_back_in_each_order(till: Till) -> None:
    """Every photo's price has gone back, and a part of it came again: there is more to give back than photos."""
    admin = till.admin()
    for _ in range(2):
        order = till.bought()
        till.execute("UPDATE orders SET paid_cents = 2000 WHERE id = %s", order.id)
        order.finish(restored=0)
        till.execute("UPDATE refunds SET amount_cents = 900 WHERE order_id = %s", order.id)
        assert till.refund(order.id, admin.token).json()["refunded_cents"] == 2000
        assert [cents for cents, _ in order.refunds] == [900, 900, 200]


def test_a_dispute_keeps_what_is_wanted_waiting(till: Till) -> None:
    order = till.bought()
    dispute = till.stripe.by_hand(f"payments/{order.id}/dispute")
    order.finish(restored=1)  # the other photo's price is to go back, and nobody has heard of the dispute
    till.work("payments")
    assert order.refunds == [(900, "wanted")]
    till.hear_all()
    assert order.facts == ("completed", "disputed", 900)
    assert _send(till, till.rows("refunds", order.id)[0]["id"]) == []
    assert order.refunds == [(900, "wanted")]
    till.stripe.by_hand(f"disputes/{dispute['id']}/close", outcome="won")
    till.hear_all()
    _settle(till)
    assert order.refunds == [(900, "succeeded")]
    assert order.facts == ("completed", "partially_refunded", 900)


def test_after_a_lost_dispute_nothing_is_left_to_give_back(till: Till) -> None:
    order, admin = till.bought(), till.admin()
    dispute = till.stripe.by_hand(f"payments/{order.id}/dispute")
    order.finish(restored=1)
    till.stripe.by_hand(f"disputes/{dispute['id']}/close", outcome="lost")
    till.hear_all()
    till.work("payments")
    assert order.refunds == [(900, "canceled")]
    assert _amounts(till) == []
    assert order.facts == ("completed", "disputed", 0)
    [mail] = till.mails("admin_refund_failed", till.row("users", admin.user_id)["email"])
    assert "dispute" in mail["reason"]


def test_refunds_that_were_left_behind_are_asked_for_again(till: Till) -> None:
    order, admin = till.bought(), till.admin()
    till.refund(order.id, admin.token)
    till.sqs.take("payments")  # and lost
    assert till.sweep()["refunds"] == 0
    till.execute("UPDATE refunds SET touched_at = touched_at - interval '16 minutes' WHERE order_id = %s", order.id)
    assert till.sweep()["refunds"] == 1
    assert till.sweep()["refunds"] == 0
    _settle(till)
    assert order.refunds == [(1800, "succeeded")]


def test_two_workers_do_not_ask_at_once(till: Till) -> None:
    """The second is not done either: the first may be dead, and nobody else would ask for a quarter of an hour."""
    order, admin = till.bought(), till.admin()
    till.refund(order.id, admin.token)
    refund_id = till.rows("refunds", order.id)[0]["id"]
    till.execute("UPDATE refunds SET leased_until = now() + interval '1 minute' WHERE id = %s", refund_id)
    assert _send(till, refund_id) != []
    assert order.refunds == [(1800, "wanted")]
    till.execute("UPDATE refunds SET leased_until = now() - interval '1 second' WHERE id = %s", refund_id)
    assert _send(till, refund_id) == []
    assert order.refunds == [(1800, "succeeded")]
    assert _send(till, refund_id) == []


@pytest.mark.parametrize("where", [(stripe_client, "refund"), (refunds, "hear")], ids=["asking", "writing down"])
def test_a_worker_that_fails_leaves_nothing_in_the_way_of_its_retry(
    till: Till, monkeypatch: pytest.MonkeyPatch, where: tuple[object, str]
) -> None:
    """Whatever failed: the secrets, the database after Stripe's answer, or a mistake of ours."""
    order, admin = till.bought(), till.admin()
    till.refund(order.id, admin.token)
    [message] = till.sqs.take("payments")

    def fail(*_: object) -> None:
        raise RuntimeError

    with monkeypatch.context() as patch:
        patch.setattr(*where, fail)
        assert _send(till, message.data["refund_id"]) != []
    assert order.refunds == [(1800, "wanted")]
    assert _send(till, message.data["refund_id"]) == []
    assert order.refunds == [(1800, "succeeded")]
    assert len([each for each in till.stripe.refunds() if each["payment_intent"] == _intent(order)]) == 1
