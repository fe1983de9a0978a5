"""Stripe's dashboard in small: what somebody does there by hand, by a browser or as JSON.

    GET  /dashboard                            the page
    GET  /dashboard/payments                   [{payment_intent, session, client_reference_id, charge, refunds, ...}]
    POST /dashboard/payments/{which}/refund    {amount?, reason?}    `which`: a payment intent, a checkout session
    POST /dashboard/payments/{which}/dispute   {reason?}             or the client_reference_id of one
    POST /dashboard/disputes/{id}/close        {outcome: "won" | "lost"}
    POST /dashboard/refunds/{id}/complete      a pending refund arrives
    POST /dashboard/refunds/{id}/fail          the bank sends it back
    POST /dashboard/sessions/{id}/expire
    POST /dashboard/events/{id}/resend

JSON is answered with the object as it now is, a form with the page.
"""

import json
import re
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from infra.local.stand_ins.framework import Call, Reply, json_reply
from infra.local.stand_ins.stripe import clock, dashboard_page, forms, html, objects, payments, returns, schema
from infra.local.stand_ins.stripe.books import Books, OpenBooks
from infra.local.stand_ins.stripe.outbox import Outbox
from infra.local.stand_ins.stripe.refused import Refused, missing

_SHOWN = 100
_ACTION = re.compile(r"/dashboard/(?P<group>\w+)/(?P<which>[^/]+)/(?P<act>\w+)")
_DISPUTED = schema.choice("fraudulent", "general", "product_not_received", "product_unacceptable", "unrecognized")
Document = dict[str, Any]
Act = Callable[[Books, str, Document], Document]


def answer(open_books: OpenBooks, outbox: Outbox, call: Call) -> Reply:
    if call.method == "POST":
        return _post(open_books, outbox, call)
    with open_books() as books:
        if call.path == "/dashboard/payments":
            return json_reply(overview(books))
        if call.path == "/dashboard":
            return _shown(books, outbox)
    return json_reply({"error": {"message": "There is no such page."}}, HTTPStatus.NOT_FOUND)


def _post(open_books: OpenBooks, outbox: Outbox, call: Call) -> Reply:
    is_form = call.headers.get("content-type", "").startswith("application/x-www-form-urlencoded")
    try:
        given = _given(call, is_form=is_form)
        with open_books() as books:
            found = _act(books, outbox, call.path, given)
    except Refused as refused:
        if not is_form:
            return json_reply(refused.document, refused.status)
        with open_books() as books:
            return _shown(books, outbox, str(refused), refused.status)
    if is_form:
        with open_books() as books:
            return html.see(f"{books.pages}/dashboard")
    return json_reply(objects.shown(found))


def _given(call: Call, *, is_form: bool) -> Document:
    """Numbers as text, as a form has them; a field that was left empty is not there."""
    if is_form:
        return {name: value for name, value in forms.read(call.body.decode("utf-8", "replace")).items() if value}
    try:
        found = json.loads(call.body or b"{}")
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise Refused("Send a JSON object, or nothing.")
    return {name: str(value) for name, value in found.items() if value is not None}


def _act(books: Books, outbox: Outbox, path: str, given: Document) -> Document:
    found = _ACTION.fullmatch(path)
    group, which, act = found.groups() if found else ("", "", "")
    if (group, act) == ("events", "resend"):
        event = books.get("event", which)
        outbox.send_again(which, clock.now())
        return event
    done = _ACTS.get((group, act))
    if done is None:
        raise Refused("There is no such action.", status=HTTPStatus.NOT_FOUND)
    return done(books, which, given)


def _refund(books: Books, which: str, given: Document) -> Document:
    shape = {"amount": schema.integer(1), "reason": schema.choice("duplicate", "fraudulent", "requested_by_customer")}
    wanted = schema.check(shape, given)
    return returns.refund(books, {**wanted, "payment_intent": _intent(books, which)["id"]})


def _dispute(books: Books, which: str, given: Document) -> Document:
    reason = schema.check({"reason": _DISPUTED}, given).get("reason", "fraudulent")
    intent = _intent(books, which)
    return returns.dispute(books, books.get("charge", intent["latest_charge"] or ""), reason)


def _close(books: Books, which: str, given: Document) -> Document:
    wanted = schema.check({"outcome": schema.choice("won", "lost")}, given)
    schema.needed(wanted, "outcome")
    found = books.get("dispute", which)
    returns.close_dispute(books, found, wanted["outcome"])
    return found


def _complete(books: Books, which: str, given: Document) -> Document:
    schema.check({}, given)
    found = books.get("refund", which)
    returns.arrive(books, found)
    return found


def _fail(books: Books, which: str, given: Document) -> Document:
    schema.check({}, given)
    found = books.get("refund", which)
    returns.bounce(books, found)
    return found


def _expire(books: Books, which: str, given: Document) -> Document:
    schema.check({}, given)
    found = books.get("checkout.session", which)
    payments.expire(books, found)
    return found


_ACTS: dict[tuple[str, str], Act] = {
    ("payments", "refund"): _refund,
    ("payments", "dispute"): _dispute,
    ("disputes", "close"): _close,
    ("refunds", "complete"): _complete,
    ("refunds", "fail"): _fail,
    ("sessions", "expire"): _expire,
}


def _intent(books: Books, which: str) -> Document:
    """A payment by whatever its seller knows of it. Of several sessions for one order, the one that was paid."""
    found = books.store.find("payment_intent", which)
    if found is not None:
        return found
    one = books.store.find("checkout.session", which)
    sessions = [one] if one else books.store.page("checkout.session", equal={"client_reference_id": which})[0]
    tried = [session for session in sessions if session["payment_intent"]]
    tried.sort(key=lambda session: session["status"] != "complete")
    if not tried:
        raise missing("payment_intent", which)
    return books.get("payment_intent", tried[0]["payment_intent"])


def overview(books: Books) -> list[Document]:
    """Every checkout, newest first, with what became of its money."""
    sessions, _ = books.store.page("checkout.session", limit=_SHOWN)
    return [_row(books, session) for session in sessions]


def _row(books: Books, session: Document) -> Document:
    intent = books.store.find("payment_intent", session["payment_intent"] or "")
    charge = books.store.find("charge", (intent or {}).get("latest_charge") or "")
    charged = {"charge": charge["id"]} if charge else {"charge": ""}
    refunds = books.store.page("refund", equal=charged)[0]
    disputes = books.store.page("dispute", equal=charged, limit=1)[0]
    return {
        "created": session["created"],
        "session": session["id"],
        "session_status": session["status"],
        "payment_status": session["payment_status"],
        "client_reference_id": session["client_reference_id"],
        "customer_email": session["customer_email"] or (session["customer_details"] or {}).get("email"),
        "amount": session["amount_total"],
        "amount_refunded": charge["amount_refunded"] if charge else 0,
        "currency": session["currency"],
        "payment_intent": session["payment_intent"],
        "payment_intent_status": intent["status"] if intent else None,
        "charge": charge["id"] if charge else None,
        "refunds": [{name: refund[name] for name in ("id", "amount", "status")} for refund in refunds],
        "dispute": {name: disputes[0][name] for name in ("id", "status", "reason")} if disputes else None,
    }


def _shown(books: Books, outbox: Outbox, complaint: str = "", status: int = HTTPStatus.OK) -> Reply:
    return dashboard_page.draw(overview(books), outbox.newest(_SHOWN), books.pages, complaint, status)
