"""From an upload session to an order and the page where it is paid.

Reserve, call, settle: the order is written and committed, then the payment provider is asked for a page, then the page
is kept. Whatever happens between, the order is there, unpaid, and the next checkout goes on from it.
"""

import time
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple
from uuid import UUID

from darkroom import auth, clock, ledger, mailbox, throttle
from darkroom.db import Tx
from darkroom.errors import BadRequest, Conflict, FieldError, Gone, NotFound, PaymentRequired, Unauthorized
from darkroom.settings import settings
from restorations import stripe_client
from restorations.queries import checkouts, money, orders, people
from restorations.queries.checkouts import File
from restorations.queries.money import Came
from restorations.queries.orders import Order
from restorations.service import duplicates, links, offer, pages, payments, telling, uploads

CARD: Final = "card"
CREDITS: Final = "credits"
_AN_HOUR: Final = 3_600
_USUAL_FIDELITY: Final = 0.7
# Stripe's own bounds for how long a page stays open, and what clocks may differ.
_PAGE_LEAST: Final = timedelta(minutes=30)
_PAGE_MOST: Final = timedelta(hours=24)
_MARGIN: Final = timedelta(minutes=1)
_OTHERS_SECONDS: Final = 4.0
_LOOK_SECONDS: Final = 0.2

_PAID: Final = "These photos are paid for already."
_ENDED: Final = "This upload has ended. Please bring your photos again."


class Wish(NamedTuple):
    session_id: UUID
    session_token: str
    email: str
    fidelity: float
    colorize: bool
    upscale: int
    pay_with: str
    keep_duplicates: bool = False


class CheckedOut(NamedTuple):
    order_id: UUID
    order_token: str
    checkout_url: str | None


class _Reserved(NamedTuple):
    order: Order
    photos: int
    page: int
    previous: str | None
    expires_at: datetime


def check_out(tx: Tx, wish: Wish, user_id: UUID | None, address: str) -> CheckedOut:
    throttle.hit(tx, "checkout", address, settings().checkouts_per_address_hour, _AN_HOUR)
    caller = auth.identify(tx, wish.session_token)
    if caller.kind != uploads.TOKEN:
        raise Unauthorized
    if caller.id != wish.session_id:
        raise NotFound
    if wish.pay_with == CREDITS and user_id is None:
        raise Unauthorized("Sign in to pay with credits.")
    _check_wishes(wish)
    reserved = _reserve(tx, wish, user_id)
    tx.commit()
    if reserved.previous is not None:
        pages.close(tx, reserved.order.id, reserved.previous)
    if wish.pay_with == CREDITS and user_id is not None:
        return _pay_with_credits(tx, reserved.order.id, user_id)
    return _open_page(tx, reserved)


def _check_wishes(wish: Wish) -> None:
    wrong = []
    try:
        mailbox.address(wish.email)
    except ValueError as failure:
        wrong.append(FieldError("email", str(failure)))
    if wish.fidelity != _USUAL_FIDELITY and not offer.takes(offer.FIDELITY):
        wrong.append(FieldError("options.fidelity", "This cannot be chosen at the moment."))
    if wish.colorize and not offer.takes(offer.COLORIZE):
        wrong.append(FieldError("options.colorize", "Photos are not coloured at the moment."))
    if wish.upscale != 1 and not offer.takes(offer.UPSCALE):
        wrong.append(FieldError("options.upscale", "Photos are not enlarged at the moment."))
    if wrong:
        raise BadRequest(fields=wrong)


def _reserve(tx: Tx, wish: Wish, user_id: UUID | None) -> _Reserved:
    session = checkouts.hold_session(tx, wish.session_id)
    if session is None:
        raise Gone(_ENDED)
    order = checkouts.hold_order(tx, session.id)
    if order is not None and order.paid_at is not None:
        raise Conflict(_PAID)
    now = clock.now()
    until = min(session.expires_at - _MARGIN, now + _PAGE_MOST - _MARGIN)
    if session.expires_at <= now or (order is not None and order.status != "pending_payment"):
        raise Gone(_ENDED)
    if wish.pay_with == CARD and until - now < _PAGE_LEAST:
        raise Gone("This upload ends in less than half an hour, which is too short to pay. Please bring them again.")
    valid = _valid(checkouts.files(tx, session.id), keep_duplicates=wish.keep_duplicates)
    order = _write(tx, order, wish, user_id, valid)
    if wish.pay_with == CREDITS and user_id is not None:
        _check_credits(tx, order, user_id)
    page = checkouts.next_page(tx, order.id)
    return _Reserved(order, len(valid), page, order.stripe_session_id, until)


def _valid(files: list[File], *, keep_duplicates: bool) -> list[File]:
    if any(file.status == "pending" for file in files):
        raise Conflict("A photo is still being looked into, or was not brought yet.")
    twice = {} if keep_duplicates else duplicates.found(files)
    valid = [file for file in files if file.status == "valid" and file.id not in twice]
    if not valid:
        raise BadRequest("None of these files is a photo that can be restored.")
    return valid


def _write(tx: Tx, order: Order | None, wish: Wish, user_id: UUID | None, valid: list[File]) -> Order:
    """The order with these wishes; its price is that of its first checkout."""
    price = settings().restoration_price_cents if order is None else order.price_cents
    values: dict[str, Any] = {
        "session_id": wish.session_id,
        "user_id": user_id,
        "email": mailbox.address(wish.email),
        "pay_with": wish.pay_with,
        "currency": ledger.CURRENCY,
        "price_cents": price,
        "total_cents": price * len(valid),
        "fidelity": wish.fidelity,
        "colorize": wish.colorize,
        "upscale": wish.upscale,
    }
    places = [file.storage_key for file in valid]
    if order is None:
        order = checkouts.create(tx, values)
        checkouts.put_photos(tx, order.id, valid)
        return order
    order = checkouts.change(tx, order.id, values)
    if checkouts.photo_places(tx, order.id) != places:
        checkouts.put_photos(tx, order.id, valid)
    return order


def _check_credits(tx: Tx, order: Order, user_id: UUID) -> None:
    """Before a page is closed for it; the hold itself decides."""
    available = ledger.balances(tx, user_id).available_credits_cents
    if available < order.total_cents:
        raise PaymentRequired(f"This needs {order.total_cents} cents of credits; {available} are available.")


# --- by card -------------------------------------------------------------------------------------------------------


def _open_page(tx: Tx, reserved: _Reserved) -> CheckedOut:
    order = reserved.order
    assert order.email is not None
    web = settings().web_origin
    opened = stripe_client.open_page(
        stripe_client.Wanted(
            order_id=order.id,
            number=reserved.page,
            email=order.email,
            price_cents=order.price_cents,
            currency=order.currency,
            photos=reserved.photos,
            expires_at=reserved.expires_at,
            success_url=f"{web}/restore/orders/{order.id}?paid=1",
            cancel_url=f"{web}/restore?session={order.session_id}",
        )
    )
    if checkouts.page_opened(tx, order.id, reserved.page, opened.session_id, opened.url):
        return CheckedOut(order.id, links.new_token(tx, order.id, order.user_id), opened.url)
    tx.commit()
    pages.expire_quietly(opened.session_id)
    return _after_another(tx, order.id)


def _after_another(tx: Tx, order_id: UUID) -> CheckedOut:
    """Somebody else checks out the same photos: there is one page, and it is the later one."""
    until = time.monotonic() + _OTHERS_SECONDS
    while True:
        order = orders.get(tx, order_id)
        assert order is not None
        if order.paid_at is not None or order.status != "pending_payment":
            raise Conflict(_PAID)
        if order.stripe_session_url is not None:
            return CheckedOut(order.id, links.new_token(tx, order.id, order.user_id), order.stripe_session_url)
        tx.commit()
        if time.monotonic() > until:
            raise Conflict("Another checkout of these photos is under way.", headers={"Retry-After": "5"})
        time.sleep(_LOOK_SECONDS)


# --- by credits ------------------------------------------------------------------------------------------------------


def _pay_with_credits(tx: Tx, order_id: UUID, user_id: UUID) -> CheckedOut:
    """All in one transaction: the work begins with the hold, or neither does."""
    order = orders.hold(tx, order_id)
    if order is None or order.paid_at is not None:
        raise Conflict(_PAID)
    if order.status != "pending_payment" or order.email is None:
        raise Gone(_ENDED)
    if order.pay_with != CREDITS or order.user_id != user_id:
        raise Conflict("Another checkout of these photos is under way.", headers={"Retry-After": "5"})
    payment = Came(order.total_cents, CREDITS, None, people.customer(tx, order.email), None)
    paid = money.came(tx, order_id, payment)
    assert paid is not None
    begun = payments.begin(tx, paid)
    ledger.post(tx, user_id, "hold", -begun.total_cents, str(order_id))
    token = links.new_token(tx, order_id, user_id)
    telling.order_updated(tx, order_id)
    return CheckedOut(order_id, token, None)
