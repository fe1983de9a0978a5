"""The page that takes the money: what is bought, and the buttons Pay, Decline and Cancel. It works without script."""

from html import escape
from http import HTTPStatus
from typing import Any

from infra.local.stand_ins.framework import Call, Reply
from infra.local.stand_ins.stripe import forms, html, payments, schema
from infra.local.stand_ins.stripe.books import Books, OpenBooks
from infra.local.stand_ins.stripe.refused import Refused

_DELAY_SECONDS, _DELAY_MOST_SECONDS = 5, 86_400
_ABOUT = "<header>Test mode: no money moves. This page stands in for Stripe’s Checkout.</header>"
_NOWHERE = "<h1>There is no such payment page</h1><p>The link may be cut off. Open it again where you found it.</p>"
Document = dict[str, Any]


def answer(open_books: OpenBooks, call: Call) -> Reply:
    identifier = call.path.removeprefix("/pay/")
    with open_books() as books:
        session = books.store.find("checkout.session", identifier)
        if session is None or call.method not in ("GET", "HEAD", "POST"):
            return html.page("No such page", f"{_ABOUT}<main>{_NOWHERE}</main>", status=HTTPStatus.NOT_FOUND)
        if call.method != "POST":
            return html.page(*_page(books, session))
        if session["status"] != "open":  # pressed twice, or in another tab
            return html.see(f"{books.pages}/pay/{identifier}")
        try:
            return _pressed(books, session, forms.read(call.body.decode("utf-8", "replace")))
        except Refused as refused:
            return html.page(*_page(books, session, str(refused)), status=HTTPStatus.BAD_REQUEST)


def _pressed(books: Books, session: Document, given: Document) -> Reply:
    action = given.get("action")
    if action == "cancel" and session["cancel_url"]:
        return html.see(_address(session, "cancel_url"))
    email = session["customer_email"] or schema.check(schema.email, given.get("email", ""), "email")
    if action == "decline":
        payments.decline(books, session, email)
        return html.see(session["url"])
    if action == "pay":
        payments.pay(books, session, email)
    elif action == "delay":
        outcome = payments.FAILED if given.get("outcome") == "fails" else payments.ARRIVED
        wait = schema.check(
            schema.integer(0, _DELAY_MOST_SECONDS), given.get("seconds", str(_DELAY_SECONDS)), "seconds"
        )
        payments.pay_later(books, session, email, outcome=outcome, seconds=wait)
    else:
        raise Refused("Choose one of the buttons.")
    return html.see(_address(session, "success_url"))


def _address(session: Document, which: str) -> str:
    return str(session[which]).replace("{CHECKOUT_SESSION_ID}", session["id"])


def _page(books: Books, session: Document, complaint: str = "") -> tuple[str, str]:
    amount = html.money(session["amount_total"], session["currency"])
    if session["status"] == "open":
        title, main = f"Pay {amount}", _open_page(books, session, amount, complaint)
    elif session["status"] == "complete":
        paid = session["payment_status"] == "paid"
        title = "This payment is complete" if paid else "This payment is on its way"
        text = f"{amount} is paid." if paid else f"{amount} was ordered, and has not arrived yet."
        back = escape(_address(session, "success_url"), quote=True)
        main = f'<h1>{title}</h1>{_items(session)}<p class="good">{text}</p><a class="button" href="{back}">Go on</a>'
    else:
        title = "This payment page has expired"
        main = f"<h1>{title}</h1><p>Nothing was charged. Start again where you came from.</p>"
        if session["cancel_url"]:
            back = escape(_address(session, "cancel_url"), quote=True)
            main += f'<a class="button" href="{back}">Back</a>'
    return title, f'{_ABOUT}<main><div class="card">{main}</div>{_quiet(session)}</main>'


def _open_page(books: Books, session: Document, amount: str, complaint: str) -> str:
    complaint = complaint or _declined(books, session)
    alert = f'<p class="bad" role="alert">{escape(complaint)}</p>' if complaint else ""
    cancel = '<button name="action" value="cancel" formnovalidate>Cancel</button>' if session["cancel_url"] else ""
    return f"""<h1>Pay {amount}</h1>{_items(session)}{alert}
<form method="post">{_email(session, "email")}
<button class="strong" name="action" value="pay">Pay</button>
<button name="action" value="decline">Decline</button>
{cancel}</form>"""


def _declined(books: Books, session: Document) -> str:
    intent = books.store.find("payment_intent", session["payment_intent"] or "")
    error = intent["last_payment_error"] if intent else None
    return f"{error['message']} Nothing was charged. Try again." if error else ""


def _items(session: Document) -> str:
    rows = "".join(
        f"<li><span>{escape(item['description'])}"
        + (f" × {item['quantity']}" if item["quantity"] > 1 else "")
        + (f'<br><span class="soft">{escape(item["_description"])}</span>' if item["_description"] else "")
        + f'</span><span class="amount">{html.money(item["amount_total"], item["currency"])}</span></li>'
        for item in session["_items"]
    )
    return f'<ul class="items" aria-label="What is bought">{rows}</ul>'


def _email(session: Document, name: str) -> str:
    known = session["customer_email"]
    if known:
        return f'<p class="soft">For {escape(known)}</p>'
    return (
        f'<label for="{name}">E-mail</label><input id="{name}" name="email" type="email" autocomplete="email" required>'
    )


def _quiet(session: Document) -> str:
    if session["status"] != "open":
        return ""
    return f"""<details><summary>Delayed payment, for tests</summary>
<form method="post">
<p>As with a bank debit: the order is placed now, and the money arrives later, or does not.</p>
{_email(session, "delayed-email")}
<label for="outcome">Then the payment</label>
<select id="outcome" name="outcome">
<option value="arrives">arrives</option><option value="fails">fails</option>
</select>
<label for="seconds">After so many seconds</label>
<input id="seconds" name="seconds" type="number" min="0" max="{_DELAY_MOST_SECONDS}" value="{_DELAY_SECONDS}" required>
<button name="action" value="delay">Pay with a delay</button>
</form></details>"""
