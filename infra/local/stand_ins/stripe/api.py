"""The routes under /v1 that the platform uses, and those that help to look into what happened."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from infra.local.stand_ins.stripe import checkouts, payments, returns, schema
from infra.local.stand_ins.stripe.books import Books
from infra.local.stand_ins.stripe.expansion import Shop
from infra.local.stand_ins.stripe.refused import Refused, missing
from infra.local.stand_ins.stripe.schema import choice, integer, text

Document = dict[str, Any]
Route = Callable[["Asked"], Document]
_PAGE_ITEMS = 10
_ID = text(200)

# What each list can be narrowed by: the parameter, and where the value stands in the document.
_FILTERS: Mapping[str, Mapping[str, str]] = {
    "checkout.session": {"payment_intent": "payment_intent", "status": "status"},
    "payment_intent": {},
    "charge": {"payment_intent": "payment_intent"},
    "refund": {"payment_intent": "payment_intent", "charge": "charge"},
    "dispute": {"payment_intent": "payment_intent", "charge": "charge"},
    "event": {"type": "type"},
}
_REFUND = {
    "payment_intent": _ID,
    "charge": _ID,
    "amount": integer(1),
    "reason": choice("duplicate", "fraudulent", "requested_by_customer"),
    "metadata": schema.metadata,
    "expand": schema.EXPAND,
}


@dataclass(frozen=True)
class Asked:
    """One request: the books it works on, the ids of its path, and what it says."""

    books: Books
    path: str
    ids: tuple[str, ...]
    given: Document

    def read(self, shape: Mapping[str, Any]) -> Document:
        found: Document = schema.check(shape, self.given)
        return found

    def show(self, document: Document, wanted: list[str] | None = None) -> Document:
        return Shop(self.books.store).show(document, wanted or [])


def _retrieve(kind: str, param: str = "id") -> Route:
    def route(asked: Asked) -> Document:
        wanted = asked.read({"expand": schema.EXPAND}).get("expand")
        return asked.show(asked.books.get(kind, asked.ids[0], param), wanted)

    return route


def _list(kind: str) -> Route:
    filters = _FILTERS[kind]
    shape = {**schema.PAGE, **dict.fromkeys(filters, _ID)}
    if kind == "checkout.session":
        shape |= {"status": choice("open", "complete", "expired"), "customer_details": {"email": schema.email}}
    if kind == "event":
        shape |= {"types": [_ID], "delivery_success": schema.flag}

    def route(asked: Asked) -> Document:
        given = asked.read(shape)
        equal = {path: given[name] for name, path in filters.items() if name in given}
        if "customer_details" in given:
            equal["customer_details.email"] = given["customer_details"].get("email")
        if "starting_after" in given and "ending_before" in given:
            raise Refused("You can only pass one of starting_after or ending_before.", param="ending_before")
        for cursor in ("starting_after", "ending_before"):
            if cursor in given:
                asked.books.get(kind, given[cursor], cursor, 400)
        found, more = asked.books.store.page(
            kind,
            equal=equal,
            created=given.get("created"),
            types=given.get("types"),
            delivered=given.get("delivery_success"),
            after=given.get("starting_after"),
            before=given.get("ending_before"),
            limit=given.get("limit", _PAGE_ITEMS),
        )
        shop = Shop(asked.books.store)
        return shop.show_list(found, asked.path, more=more, wanted=given.get("expand", []))

    return route


def _create_session(asked: Asked) -> Document:
    wanted = checkouts.read(asked.given, asked.books.now)
    return asked.show(payments.open_session(asked.books, wanted), wanted.get("expand"))


def _expire_session(asked: Asked) -> Document:
    wanted = asked.read({"expand": schema.EXPAND}).get("expand")
    session = asked.books.get("checkout.session", asked.ids[0], "session")
    payments.expire(asked.books, session)
    return asked.show(session, wanted)


def _line_items(asked: Asked) -> Document:
    given = asked.read({name: check for name, check in schema.PAGE.items() if name != "created"})
    items = asked.books.get("checkout.session", asked.ids[0], "session")["_items"]
    places = {item["id"]: place for place, item in enumerate(items)}
    limit = given.get("limit", _PAGE_ITEMS)
    for cursor in ("starting_after", "ending_before"):
        if given.get(cursor, items[0]["id"]) not in places:
            raise missing("line item", given[cursor], cursor, 400)
    if "ending_before" in given:
        end = places[given["ending_before"]]
        found, more = items[max(0, end - limit) : end], end > limit
    else:
        start = places[given["starting_after"]] + 1 if "starting_after" in given else 0
        found, more = items[start : start + limit], len(items) > start + limit
    return Shop(asked.books.store).show_list(found, asked.path, more=more, wanted=given.get("expand", []))


def _create_refund(asked: Asked) -> Document:
    wanted = asked.read(_REFUND)
    return asked.show(returns.refund(asked.books, wanted), wanted.get("expand"))


def _close_dispute(asked: Asked) -> Document:
    wanted = asked.read({"expand": schema.EXPAND}).get("expand")
    dispute = asked.books.get("dispute", asked.ids[0], "dispute")
    returns.close_dispute(asked.books, dispute, "lost")
    return asked.show(dispute, wanted)


def _account(asked: Asked) -> Document:
    asked.read({"expand": schema.EXPAND})
    return {
        "id": "acct_1StandInOfDarkroom",
        "object": "account",
        "business_profile": {"name": "Darkroom", "support_email": None, "url": None},
        "capabilities": {"card_payments": "active", "transfers": "active"},
        "charges_enabled": True,
        "country": "US",
        "created": 1_700_000_000,
        "default_currency": "usd",
        "details_submitted": True,
        "email": "studio@darkroom.localhost",
        "metadata": {},
        "payouts_enabled": True,
        "type": "standard",
    }


def _balance(asked: Asked) -> Document:
    asked.read({"expand": schema.EXPAND})
    rows = asked.books.store.database.execute(
        "SELECT json_extract(document, '$.currency'),"
        " sum(json_extract(document, '$.amount_captured') - json_extract(document, '$.amount_refunded'))"
        " FROM objects WHERE kind = 'charge' AND json_extract(document, '$.status') = 'succeeded' GROUP BY 1"
    ).fetchall() or [("usd", 0)]
    available = [{"amount": sum_, "currency": currency, "source_types": {"card": sum_}} for currency, sum_ in rows]
    pending = [{"amount": 0, "currency": currency, "source_types": {"card": 0}} for currency, _ in rows]
    return {"object": "balance", "available": available, "livemode": False, "pending": pending}


_ROUTES: tuple[tuple[str, str, Route], ...] = (
    ("POST", "/v1/checkout/sessions", _create_session),
    ("GET", "/v1/checkout/sessions", _list("checkout.session")),
    ("GET", "/v1/checkout/sessions/{}", _retrieve("checkout.session", "session")),
    ("GET", "/v1/checkout/sessions/{}/line_items", _line_items),
    ("POST", "/v1/checkout/sessions/{}/expire", _expire_session),
    ("GET", "/v1/payment_intents", _list("payment_intent")),
    ("GET", "/v1/payment_intents/{}", _retrieve("payment_intent", "intent")),
    ("GET", "/v1/charges", _list("charge")),
    ("GET", "/v1/charges/{}", _retrieve("charge", "charge")),
    ("POST", "/v1/refunds", _create_refund),
    ("GET", "/v1/refunds", _list("refund")),
    ("GET", "/v1/refunds/{}", _retrieve("refund", "refund")),
    ("GET", "/v1/events", _list("event")),
    ("GET", "/v1/events/{}", _retrieve("event")),
    ("GET", "/v1/disputes", _list("dispute")),
    ("GET", "/v1/disputes/{}", _retrieve("dispute", "dispute")),
    ("POST", "/v1/disputes/{}/close", _close_dispute),
    ("GET", "/v1/account", _account),
    ("GET", "/v1/balance", _balance),
)
_TABLE = [(method, re.compile(path.replace("{}", "([^/]+)")), route) for method, path, route in _ROUTES]


def find(method: str, path: str) -> tuple[Route, tuple[str, ...]]:
    """The route of an address, and the ids in it."""
    for known, pattern, route in _TABLE:
        if known == method and (found := pattern.fullmatch(path)):
            return route, found.groups()
    raise Refused(
        f"Unrecognized request URL ({method}: {path}). Please see https://stripe.com/docs or we can help at"
        " https://support.stripe.com/.",
        status=404,
    )
