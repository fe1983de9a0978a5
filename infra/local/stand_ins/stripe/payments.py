"""What happens at a checkout: opened, paid, declined, paid in a way that settles later, expired."""

from typing import Any

from infra.local.stand_ins.stripe import objects
from infra.local.stand_ins.stripe.books import Books
from infra.local.stand_ins.stripe.refused import Failed

OTHER_AMOUNT = frozenset({"other_amount"})
ARRIVED, FAILED = "payment_arrives", "payment_fails"
EXPIRE = "expire"
Document = dict[str, Any]


def open_session(books: Books, asked: Document) -> Document:
    items = [objects.line_item(item, books.now) for item in asked["line_items"]]
    session = objects.session(asked, items, books.pages, books.now)
    books.store.add(session)
    books.later(session["expires_at"] - books.now, EXPIRE, session["id"])
    return session


def pay(books: Books, session: Document, email: str | None) -> None:
    """At once, by card."""
    intent = _attempt(books, session, email)
    _receive(books, session, intent)
    _complete(books, session, "paid")


def decline(books: Books, session: Document, email: str | None) -> None:
    """The session stays open: another card may do."""
    intent = _attempt(books, session, email)
    charge = _failed_charge(books, session, intent, "card_declined", "Your card was declined.")
    books.tell("charge.failed", charge)
    books.store.save(session)
    books.tell("payment_intent.payment_failed", intent)


def pay_later(books: Books, session: Document, email: str | None, *, outcome: str, seconds: int) -> None:
    """A way to pay that settles later: the session is complete, and the money is not here."""
    intent = _attempt(books, session, email)
    intent["status"] = "processing"
    books.store.save(intent)
    books.tell("payment_intent.processing", intent)
    _complete(books, session, "unpaid")
    books.later(seconds, outcome, session["id"])


def settle(books: Books, session: Document, *, arrived: bool) -> None:
    intent = books.get("payment_intent", session["payment_intent"])
    if session["payment_status"] != "unpaid" or intent["status"] != "processing":
        return
    if arrived:
        _receive(books, session, intent)
        session["payment_status"] = "paid"
        books.store.save(session)
        books.tell("checkout.session.async_payment_succeeded", session)
        return
    charge = _failed_charge(books, session, intent, "payment_method_provider_decline", "The payment did not arrive.")
    books.tell("charge.failed", charge)
    books.tell("payment_intent.payment_failed", intent)
    books.tell("checkout.session.async_payment_failed", session)


def expire(books: Books, session: Document) -> None:
    """By its time or by whoever made it; a payment that was begun is called off."""
    if session["status"] != "open":
        raise Failed(
            'Only Checkout Sessions with a status in ["open"] can be expired.'
            f" This Checkout Session has a status of {session['status']}."
        )
    session |= {"status": "expired", "url": None}
    books.store.save(session)
    if session["payment_intent"]:
        intent = books.get("payment_intent", session["payment_intent"])
        intent |= {"status": "canceled", "canceled_at": books.now, "cancellation_reason": "automatic"}
        books.store.save(intent)
        books.tell("payment_intent.canceled", intent)
    books.tell("checkout.session.expired", session)


def _attempt(books: Books, session: Document, email: str | None) -> Document:
    """The payment's intent, made with the first attempt."""
    if session["payment_intent"]:
        intent = books.get("payment_intent", session["payment_intent"])
    else:
        if books.take_fault(OTHER_AMOUNT):
            session["amount_total"] = max(1, session["amount_total"] - 100)
        intent = objects.payment_intent(session, books.now)
        session["payment_intent"] = intent["id"]
        books.store.add(intent)
        books.tell("payment_intent.created", intent)
    details = {**dict.fromkeys(("address", "name", "phone", "tax_ids")), "tax_exempt": "none"}
    session["customer_details"] = {**details, "email": session["customer_email"] or email}
    return intent


def _receive(books: Books, session: Document, intent: Document) -> None:
    charge = objects.charge(intent, session["customer_details"]["email"], books.now)
    books.store.add(charge)
    books.tell("charge.succeeded", charge)
    intent |= {
        "status": "succeeded",
        "amount_received": intent["amount"],
        "latest_charge": charge["id"],
        "payment_method": charge["payment_method"],
        "last_payment_error": None,
    }
    books.store.save(intent)
    books.tell("payment_intent.succeeded", intent)


def _failed_charge(books: Books, session: Document, intent: Document, code: str, message: str) -> Document:
    charge = objects.charge(intent, session["customer_details"]["email"], books.now)
    charge |= {"status": "failed", "paid": False, "captured": False, "amount_captured": 0}
    charge |= {"failure_code": code, "failure_message": message}
    charge["outcome"] = {
        "network_status": "declined_by_network",
        "reason": "generic_decline",
        "risk_level": "normal",
        "seller_message": "The bank did not return any further details with this decline.",
        "type": "issuer_declined",
    }
    books.store.add(charge)
    error = {"charge": charge["id"], "code": code, "message": message, "type": "card_error"}
    if code == "card_declined":
        error["decline_code"] = "generic_decline"
    intent |= {"status": "requires_payment_method", "latest_charge": charge["id"], "last_payment_error": error}
    books.store.save(intent)
    return charge


def _complete(books: Books, session: Document, payment_status: str) -> None:
    session |= {"status": "complete", "payment_status": payment_status, "url": None}
    books.store.save(session)
    books.tell("checkout.session.completed", session)
