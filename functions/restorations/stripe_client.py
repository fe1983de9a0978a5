"""Stripe, by its own SDK: payment pages, refunds, and what happened. What cannot be understood is Stripe's failure.

The SDK repeats what got no answer, under the same idempotency key. Everything here may take seconds, so no transaction
may be open around it.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from uuid import UUID

from darkroom import log
from darkroom.errors import BadRequest, FieldError, ProviderFailed
from darkroom.secrets import secret
from darkroom.settings import settings
from restorations import facts
from restorations.facts import NoEvent, Page, Refund

if TYPE_CHECKING:
    import stripe

_TIMEOUT_SECONDS: Final = 6
_RETRIES: Final = 2
_AT_ONCE: Final = 100
_DETAIL: Final = "The payment provider cannot be reached right now. Nothing was charged; please try again in a moment."


class NotOpen(Exception):
    """The page is paid or has expired."""


class Unknown(Exception):
    """Stripe has no such thing (any more, or not under this key)."""


class Refused(Exception):
    """Stripe will not make this refund, however often it is asked. `code` is Stripe's own word, or empty."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail

    @property
    def is_disputed(self) -> bool:
        return self.code == "charge_disputed"


class Wanted(NamedTuple):
    """A payment page to be opened."""

    order_id: UUID
    number: int
    email: str
    price_cents: int
    currency: str
    photos: int
    expires_at: datetime
    success_url: str
    cancel_url: str


class Opened(NamedTuple):
    session_id: str
    url: str


def open_page(wanted: Wanted) -> Opened:
    """A page that takes cards and nothing that settles days later (wallets are cards). The same number twice is the
    same page."""
    import stripe

    product = {"name": "Restored photo", "description": "Scratches removed, colours brought back, in full resolution"}
    price = {"currency": wanted.currency, "unit_amount": wanted.price_cents, "product_data": product}
    about = {"order_id": str(wanted.order_id)}
    params: Any = {
        "mode": "payment",
        "line_items": [{"price_data": price, "quantity": wanted.photos}],
        "payment_method_types": ["card"],
        "client_reference_id": str(wanted.order_id),
        "metadata": about,
        "payment_intent_data": {"metadata": about},
        "customer_email": wanted.email,
        "expires_at": int(wanted.expires_at.timestamp()),
        "success_url": wanted.success_url,
        "cancel_url": wanted.cancel_url,
    }
    key = f"checkout:{wanted.order_id}:{wanted.number}"
    with _asking("open_page"):
        try:
            made = _client().v1.checkout.sessions.create(params, {"idempotency_key": key})
        except stripe.InvalidRequestError as refused:
            if refused.param == "customer_email":
                message = "The payment provider does not take this address."
                raise BadRequest(fields=[FieldError("email", message)]) from refused
            raise
        return Opened(_text(made.id), _text(made.url))


def expire_page(session_id: str) -> None:
    """Nobody can pay on it any more; NotOpen when somebody has, or nobody could."""
    import stripe

    with _asking("expire_page"):
        try:
            # Not repeated: a page must be opened within the same request.
            _client().v1.checkout.sessions.expire(session_id, options={"max_network_retries": 0})
        except stripe.InvalidRequestError as refused:
            raise _missing_or(refused, NotOpen()) from refused


def page(session_id: str) -> Page:
    import stripe

    with _asking("page"):
        try:
            found = _client().v1.checkout.sessions.retrieve(session_id, options={"max_network_retries": 1})
        except stripe.InvalidRequestError as refused:
            raise _missing_or(refused, refused) from refused
        return facts.page(found.to_dict())


def refund(refund_id: UUID, payment_intent: str, amount_cents: int, key: str) -> Refund:
    """Has money go back. The same key twice is the same refund."""
    import stripe

    wanted: Any = {
        "payment_intent": payment_intent,
        "amount": amount_cents,
        "metadata": {"refund_id": str(refund_id)},
    }
    with _asking("refund"):
        try:
            made = _client().v1.refunds.create(wanted, {"idempotency_key": key})
        except stripe.InvalidRequestError as refused:
            raise Refused(refused.code or "", refused.user_message or "it was refused") from refused
        return facts.refund(made.to_dict())


def refunds(payment_intent: str) -> list[Refund]:
    """Every refund of a payment; of one that Stripe does not know there are none."""
    import stripe

    with _asking("refunds"):
        try:
            found = _client().v1.refunds.list({"payment_intent": payment_intent, "limit": _AT_ONCE})
        except stripe.InvalidRequestError as refused:
            if refused.code != "resource_missing":
                raise
            return []
        return [facts.refund(each.to_dict()) for each in found.auto_paging_iter()]


def left(payment_intent: str) -> int:
    """How much of a payment has not gone back. Raises Unknown."""
    import stripe

    with _asking("left"):
        try:
            found = _client().v1.payment_intents.retrieve(payment_intent, {"expand": ["latest_charge"]})
        except stripe.InvalidRequestError as refused:
            raise _missing_or(refused, refused) from refused
        charge: Any = found.latest_charge
        return max(0, int(charge.amount) - int(charge.amount_refunded))


def events(since: datetime, types: Sequence[str]) -> Iterator[list[Mapping[str, Any]]]:
    """What has happened since then, newest first, a hundred at a time."""
    last: str | None = None
    while True:
        wanted: Any = {"created": {"gte": int(since.timestamp())}, "types": list(types), "limit": _AT_ONCE}
        if last is not None:
            wanted["starting_after"] = last
        with _asking("events"):
            found = _client().v1.events.list(wanted)
            page_of_events: list[Mapping[str, Any]] = [each.to_dict() for each in found.data]
            has_more = bool(found.has_more)
        yield page_of_events
        if not page_of_events or not has_more:
            return
        last = str(page_of_events[-1]["id"])


def forget() -> None:
    """Ask with a new connection from now on (tests)."""
    _made.cache_clear()


@contextmanager
def _asking(what: str) -> Iterator[None]:
    """Whatever goes wrong is the provider's failure, in words; what it refused has a name of its own."""
    import stripe

    try:
        yield
    except (stripe.StripeError, NoEvent, ValueError, TypeError, AttributeError, KeyError) as failure:
        said: dict[str, Any] = {}
        if isinstance(failure, stripe.StripeError):  # its message may hold what a customer typed
            said = {"code": failure.code, "status": failure.http_status, "stripe_request": failure.request_id}
        log.error("stripe.failed", asked=what, error=type(failure).__name__, **said)
        raise ProviderFailed(_DETAIL) from failure


def _missing_or(refused: "stripe.InvalidRequestError", otherwise: Exception) -> Exception:
    return Unknown() if refused.code == "resource_missing" else otherwise


def _text(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise NoEvent("an answer without an id or an address")
    return value


def _client() -> "stripe.StripeClient":
    return _made(secret("stripe_secret_key", ""), settings().stripe_url)


@lru_cache(maxsize=1)
def _made(key: str, address: str) -> "stripe.StripeClient":
    import stripe

    return stripe.StripeClient(
        key,
        base_addresses={"api": address},
        max_network_retries=_RETRIES,
        http_client=stripe.RequestsClient(timeout=_TIMEOUT_SECONDS),
    )
