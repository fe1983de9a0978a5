"""Money that goes back: by card through the payment provider, credits through the ledger; the same thing once.

A refund is a row first, in the transaction that decides on it, and the payments worker asks Stripe for it afterwards.
Never more goes back than came: what is left is counted under the order's lock, and Stripe counts as well.
"""

import hashlib
from collections.abc import Sequence
from typing import Final
from uuid import UUID

from darkroom import ledger, log, messages, outbox
from darkroom.db import Tx
from restorations import facts
from restorations.queries import money, photos
from restorations.queries import refunds as queries
from restorations.queries.orders import Order
from restorations.queries.photos import Photo
from restorations.queries.refunds import Refund, Wanted
from restorations.service import alerting, links, refund_letters
from restorations.service.money import shown

QUEUE: Final = "payments"
SEND: Final = "restorations.send_refund"
TRIES: Final = 3  # of a refund that the bank sends back
GONE: Final = frozenset({"failed", "canceled"})
_AGAIN_SECONDS: Final = 600
_STAYS_WANTED_MINUTES: Final = 15
_LATE: Final = "late"
_LATE_REASON: Final = "Your payment came when the order had ended or was paid already."
_BY_HAND: Final = "stripe"
_TRY: Final = "#"


# --- what is to go back --------------------------------------------------------------------------------------------


def give_back_photo(tx: Tx, order: Order, photo: Photo, reason: str) -> None:
    """The price of a photo that could not be restored. The order is held by the caller."""
    if photo.id not in covered(tx, order):
        want(tx, order, f"{refund_letters.PHOTO}{photo.id}", [photo.id], reason)
    money.settle(tx, order.id)


def want(tx: Tx, order: Order, key: str, image_ids: Sequence[UUID], reason: str) -> Refund | None:
    """The price of these photos, of which none has gone back, or what is left where that is less. With the last photo
    all that is left goes back, also where somebody paid more than the price."""
    remaining = left(tx, order)
    others = {photo.id for photo in photos.of_order(tx, order.id)} - covered(tx, order) - set(image_ids)
    amount = min(remaining, order.price_cents * len(image_ids)) if others else remaining
    if amount <= 0:
        return None
    wanted = Wanted(
        key=_free_key(tx, order, key),
        payment_intent=order.stripe_payment_intent,
        amount_cents=amount,
        reason=reason,
        image_ids=sorted(image_ids),
        status="wanted" if order.pay_with == "card" else "succeeded",
    )
    refund = queries.add(tx, order.id, wanted)
    if refund is not None:
        log.info("restorations.refund_wanted", refund_id=str(refund.id), cents=amount, pay_with=order.pay_with)
        if order.pay_with == "card":
            ask(tx, refund.id)
        else:
            _give_credits(tx, order, refund)
    return refund


def give_back_late(tx: Tx, order: Order) -> None:
    """The only payment of an order that was given up."""
    image_ids = [photo.id for photo in photos.of_order(tx, order.id)]
    want(tx, order, f"{_LATE}:{order.stripe_payment_intent}", image_ids, _LATE_REASON)
    money.settle(tx, order.id)


def want_late(tx: Tx, order: Order, payment_intent: str, cents: int) -> Refund | None:
    """A payment beside the order's own; it goes back whole, and is no part of the order's money."""
    wanted = Wanted(f"{_LATE}:{payment_intent}", payment_intent, cents, _LATE_REASON)
    refund = queries.add(tx, order.id, wanted)
    if refund is not None:
        ask(tx, refund.id)
    return refund


def covered(tx: Tx, order: Order) -> set[UUID]:
    """The photos whose price has gone back, or is on its way."""
    return {each for refund in _alive(tx, order) for each in refund.image_ids}


def left(tx: Tx, order: Order) -> int:
    """What of the order's payment has not gone back and is not on its way."""
    current = money.settle(tx, order.id)
    return (current.paid_cents or 0) - current.refunded_cents


def key_of(order: Order, image_ids: Sequence[UUID]) -> str:
    """For a choice of photos, or for what is left beside them."""
    if not image_ids:
        return f"rest:{order.id}"
    return "photos:" + hashlib.sha256(b"".join(each.bytes for each in sorted(image_ids))).hexdigest()[:32]


def ask(tx: Tx, refund_id: UUID, delay: int = 0) -> None:
    """Has the payments worker ask Stripe for it."""
    outbox.send(tx, QUEUE, messages.new(SEND, {"refund_id": refund_id}), delay)


def ask_again(tx: Tx, limit: int) -> int:
    """Those that stay wanted, because a message or a worker was lost (the watch)."""
    found = queries.left_behind(tx, _STAYS_WANTED_MINUTES, limit)
    for refund_id in found:
        ask(tx, refund_id)
    return len(found)


def _alive(tx: Tx, order: Order) -> list[Refund]:
    """Of the order's own payment."""
    return [
        refund
        for refund in queries.of_order(tx, order.id)
        if refund.status not in GONE and refund.payment_intent == order.stripe_payment_intent
    ]


def _free_key(tx: Tx, order: Order, key: str) -> str:
    """The key itself, or with the number of this try where an earlier one has come to nothing."""
    base = key.partition(_TRY)[0]
    tries = sum(refund.key.partition(_TRY)[0] == base for refund in queries.of_order(tx, order.id))
    return f"{base}{_TRY}{tries + 1}" if tries else base


def _promise(key: str) -> str:
    """What a refund is for. The tries that follow a refund by themselves are for the same; whoever decides once more
    after the last of them promises anew."""
    base, _, number = key.partition(_TRY)
    return base if int(number or 1) <= TRIES else key


# --- credits ---------------------------------------------------------------------------------------------------------


def settle_credits(tx: Tx, order: Order, restored: int) -> None:
    """The order's work is over: what was held of its owner's credits is spent for the photos that were restored.

    The hold is released whole and each restored photo is spent by itself, except what was given back meanwhile; the
    owner's row is locked by the first entry, so nobody sees or spends what lies between them.
    """
    if order.pay_with == "credits" and order.user_id is not None and not _is_settled(tx, order):
        given_back = covered(tx, order)
        done = [photo for photo in photos.of_order(tx, order.id) if photo.status == "completed"]
        if len(done) != restored:
            log.info("restorations.settles_fewer", order_id=str(order.id), completed=len(done), said=restored)
        ledger.post(tx, order.user_id, "release", order.total_cents, str(order.id))
        for photo in done:
            if photo.id not in given_back:
                ledger.post(tx, order.user_id, "restoration", -order.price_cents, str(photo.id))
    money.settle(tx, order.id)


def _give_credits(tx: Tx, order: Order, refund: Refund) -> None:
    """At once where they were spent. While they are held, they are not spent in the end (settle_credits)."""
    if order.user_id is not None and _is_settled(tx, order):
        ledger.post(tx, order.user_id, "refund", refund.amount_cents, str(refund.id), reason=refund.reason)
    refund_letters.taken_on(tx, order, refund, None, _promise(refund.key))


def _is_settled(tx: Tx, order: Order) -> bool:
    assert order.user_id is not None
    ledger.lock(tx, order.user_id)
    return ledger.find(tx, order.user_id, "release", str(order.id)) is not None


# --- what Stripe says of it ------------------------------------------------------------------------------------------


def hear(tx: Tx, order: Order, told: facts.Refund) -> None:
    """A refund as Stripe shows it: one of ours, or one that was made in its dashboard."""
    refund = queries.find(tx, order.id, told.id, told.refund_id)
    if refund is not None:
        if queries.told(tx, refund.id, told.id, told.status):
            _news(tx, order, refund, told, is_first=refund.status == "wanted")
        return
    made = Wanted(
        key=f"{_BY_HAND}:{told.id}",
        payment_intent=told.payment_intent,
        amount_cents=told.amount_cents,
        reason="It was given back by hand.",
        status=told.status,
        stripe_refund_id=told.id,
    )
    added = queries.add(tx, order.id, made)
    if added is not None:
        _news(tx, order, added, told, is_first=True)


def _news(tx: Tx, order: Order, refund: Refund, told: facts.Refund, *, is_first: bool) -> None:
    if told.status in GONE:
        _came_to_nothing(tx, order, refund, "The bank sent it back.")
    elif is_first:
        refund_letters.taken_on(tx, order, refund, told.currency, _promise(refund.key))
    refund_letters.of_failed_photos(tx, order)


def after_dispute(tx: Tx, order: Order) -> None:
    """What waited for the end of a dispute is asked for now; where it was lost, Stripe will refuse it in words."""
    for refund in queries.of_order(tx, order.id):
        if refund.status == "wanted":
            ask(tx, refund.id)


def call_off(tx: Tx, order: Order, refund: Refund, why: str) -> None:
    """Stripe has refused it for good."""
    if queries.call_off(tx, refund.id, why):
        tell_admins(tx, order, refund, why)
        refund_letters.of_failed_photos(tx, order)
        money.settle(tx, order.id)


def _came_to_nothing(tx: Tx, order: Order, refund: Refund, why: str) -> None:
    """The admins hear of it; ours is tried again, some times and under a new key, because cards come back to life."""
    tell_admins(tx, order, refund, why)
    if refund.key.startswith(f"{_BY_HAND}:"):
        return
    key = _free_key(tx, order, refund.key)
    if int(key.partition(_TRY)[2] or 1) > TRIES:
        return
    again = Wanted(key, refund.payment_intent, refund.amount_cents, refund.reason, refund.image_ids)
    added = queries.add(tx, order.id, again)
    if added is not None:
        ask(tx, added.id, _AGAIN_SECONDS)


def tell_admins(tx: Tx, order: Order, refund: Refund, why: str) -> None:
    data = {
        "order": str(order.id),
        "amount": shown(refund.amount_cents, order.currency),
        "reason": why,
        "url": links.for_admins(order.id),
    }
    alerting.tell_admins(tx, "admin_refund_failed", data, about=refund.id)
