"""What Stripe's objects say, as far as it concerns us: read from events, from its answers, and from what we kept.

Names, addresses and cards in them are nobody's business here, so they are neither read nor kept.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

from darkroom import ids, log

PAGE_EVENTS: Final = (
    "checkout.session.completed",
    "checkout.session.async_payment_succeeded",
    "checkout.session.async_payment_failed",
    "checkout.session.expired",
)
_FAILED: Final = "checkout.session.async_payment_failed"
CHARGE_EVENTS: Final = ("charge.refunded",)
REFUND_EVENTS: Final = ("refund.created", "refund.updated", "refund.failed")
DISPUTE_EVENTS: Final = ("charge.dispute.created", "charge.dispute.closed")
EVENTS: Final = (*PAGE_EVENTS, *CHARGE_EVENTS, *REFUND_EVENTS, *DISPUTE_EVENTS)

_REFUND_STATES: Final = frozenset({"pending", "requires_action", "succeeded", "failed", "canceled"})
_WON: Final = frozenset({"won", "warning_closed", "prevented"})
_CURRENCY_LENGTH: Final = 3
_ID_MAX: Final = 255
_CENTS_MAX: Final = 10**12


class NoEvent(ValueError):
    """Whatever this is, it is no event of Stripe's."""


class Page(NamedTuple):
    """A payment page (a Checkout Session) and the payment that was made on it."""

    session_id: str
    order_id: UUID | None
    payment_intent: str | None
    status: str  # open, complete, expired
    payment_status: str  # unpaid, paid, no_payment_required
    amount_cents: int
    currency: str
    has_failed: bool = False  # a payment that was to arrive later did not

    @property
    def is_paid(self) -> bool:
        return self.payment_status == "paid" and self.payment_intent is not None

    @property
    def is_over(self) -> bool:
        """Nobody can pay on it any more, and nobody has."""
        return not self.is_paid and (self.status == "expired" or self.has_failed)


class Charge(NamedTuple):
    """How much of a payment has gone back, all in all, when this was said."""

    payment_intent: str
    refunded_cents: int


class Refund(NamedTuple):
    id: str
    payment_intent: str
    amount_cents: int
    status: str
    refund_id: UUID | None  # our row, when we have asked for it
    currency: str | None = None  # events that were kept before it was read have none


class Dispute(NamedTuple):
    id: str
    payment_intent: str
    amount_cents: int
    currency: str
    status: str  # open, won, lost


Fact = Page | Charge | Refund | Dispute


class Event(NamedTuple):
    id: str
    type: str
    created_at: datetime
    fact: Fact

    @property
    def payment_intent(self) -> str | None:
        return self.fact.payment_intent


def event(document: Mapping[str, Any]) -> Event | None:
    """An event that may concern us, or None: of another type, or about money that no payment page of ours took. Other
    products may live on the same account, whose objects look otherwise."""
    kind, data = document.get("type"), document.get("data")
    thing = data.get("object") if isinstance(data, Mapping) else None
    if document.get("object") != "event" or not isinstance(kind, str) or not isinstance(thing, Mapping):
        raise NoEvent("not an event")
    event_id, created_at = _text(document, "id"), _moment(document)
    if kind not in EVENTS:
        return None
    try:
        fact = _fact(kind, thing)
    except NoEvent as failure:
        log.error("stripe.not_understood", event_id=event_id, type=kind, why=str(failure))
        return None
    return None if fact is None else Event(event_id, kind, created_at, fact)


def _fact(kind: str, thing: Mapping[str, Any]) -> Fact | None:
    if kind in PAGE_EVENTS:
        if _order_id(thing) is None:
            return None
        return page(thing)._replace(has_failed=kind == _FAILED)
    if _reference(thing.get("payment_intent")) is None:
        return None  # not made by a payment page
    if kind in CHARGE_EVENTS:
        return Charge(_intent(thing), _cents(thing, "amount_refunded"))
    return refund(thing) if kind in REFUND_EVENTS else _dispute(thing)


def page(thing: Mapping[str, Any]) -> Page:
    return Page(
        session_id=_text(thing, "id"),
        order_id=_order_id(thing),
        payment_intent=_reference(thing.get("payment_intent")),
        status=str(thing.get("status")),
        payment_status=str(thing.get("payment_status")),
        amount_cents=_cents(thing, "amount_total"),
        currency=_currency(thing),
    )


def refund(thing: Mapping[str, Any]) -> Refund:
    status = thing.get("status")
    if status not in _REFUND_STATES:
        raise NoEvent("a refund in a state that there is not")
    return Refund(
        id=_text(thing, "id"),
        payment_intent=_intent(thing),
        amount_cents=_cents(thing, "amount", least=1),
        status=str(status),
        refund_id=_id(_metadata(thing).get("refund_id")),
        currency=None if thing.get("currency") is None else _currency(thing),
    )


def _dispute(thing: Mapping[str, Any]) -> Dispute:
    status = thing.get("status")
    return Dispute(
        id=_text(thing, "id"),
        payment_intent=_intent(thing),
        amount_cents=_cents(thing, "amount", least=1),
        currency=_currency(thing),
        status="won" if status in _WON else "lost" if status == "lost" else "open",
    )


# --- as they are kept --------------------------------------------------------------------------------------------


def document(fact: Fact) -> dict[str, Any]:
    return {name: str(value) if isinstance(value, UUID) else value for name, value in fact._asdict().items()}


def kept(kind: str, kept_document: Mapping[str, Any]) -> Fact:
    """The fact of an event of this type, from what `document` made of it."""
    given = dict(kept_document)
    if kind in PAGE_EVENTS:
        return Page(**(given | {"order_id": _id(given["order_id"])}))
    if kind in CHARGE_EVENTS:
        return Charge(**given)
    if kind in REFUND_EVENTS:
        return Refund(**(given | {"refund_id": _id(given["refund_id"])}))
    return Dispute(**given)


# --- fields ------------------------------------------------------------------------------------------------------


def _order_id(thing: Mapping[str, Any]) -> UUID | None:
    return _id(_metadata(thing).get("order_id")) or _id(thing.get("client_reference_id"))


def _metadata(thing: Mapping[str, Any]) -> Mapping[str, Any]:
    found = thing.get("metadata")
    return found if isinstance(found, Mapping) else {}


def _id(value: object) -> UUID | None:
    """An id of ours; anything else is somebody else's."""
    try:
        return ids.parse_id(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _reference(value: object) -> str | None:
    """Another object by its id, also where it is given whole."""
    if isinstance(value, Mapping):
        value = value.get("id")
    return value if isinstance(value, str) and 0 < len(value) <= _ID_MAX and value.isprintable() else None


def _intent(thing: Mapping[str, Any]) -> str:
    found = _reference(thing.get("payment_intent"))
    if found is None:
        raise NoEvent("it names no payment")
    return found


def _text(thing: Mapping[str, Any], field: str) -> str:
    value = thing.get(field)
    if not isinstance(value, str) or not 0 < len(value) <= _ID_MAX or not value.isprintable():
        raise NoEvent(f"{field} is no text")
    return value


def _cents(thing: Mapping[str, Any], field: str, least: int = 0) -> int:
    value = thing.get(field)
    if type(value) is not int or not least <= value <= _CENTS_MAX:
        raise NoEvent(f"{field} is no amount")
    return value


def _currency(thing: Mapping[str, Any]) -> str:
    value = thing.get("currency")
    if not isinstance(value, str) or len(value) != _CURRENCY_LENGTH or not value.isalpha():
        raise NoEvent("no currency")
    return value.lower()


def _moment(thing: Mapping[str, Any]) -> datetime:
    value = thing.get("created")
    if type(value) is not int or not 0 <= value < 10**10:
        raise NoEvent("created is no time")
    return datetime.fromtimestamp(value, UTC)
