"""How the dashboard looks."""

from datetime import UTC, datetime
from html import escape
from http import HTTPStatus
from typing import Any

from infra.local.stand_ins.framework import Reply
from infra.local.stand_ins.stripe import html

_HEADS = "".join(f'<th scope="col">{head}</th>' for head in ("Event", "Webhook", "Tries", "Last answer", "Again"))
Document = dict[str, Any]


def draw(payments: list[Document], webhooks: list[Document], pages: str, complaint: str, status: int) -> Reply:
    alert = f'<p class="bad" role="alert">{escape(complaint)}</p>' if complaint else ""
    cards = "".join(_payment(payment, pages) for payment in payments) or "<p>Nobody has opened a checkout yet.</p>"
    rows = "".join(_webhook(webhook, pages) for webhook in webhooks)
    table = (
        '<div class="scroll" tabindex="0" role="region" aria-labelledby="webhooks"><table><thead><tr>'
        f"{_HEADS}</tr></thead><tbody>{rows}</tbody></table></div>"
        if rows
        else "<p>Nothing has happened yet.</p>"
    )
    content = (
        "<header>Test mode: no money moves. This stands in for Stripe’s dashboard.</header>"
        f'<main><h1>Payments</h1>{alert}{cards}<h2 id="webhooks">Webhooks</h2>{table}</main>'
    )
    return html.page("Payments", content, status=status or HTTPStatus.OK, wide=True)


def _payment(payment: Document, pages: str) -> str:
    money = html.money(payment["amount"], payment["currency"])
    facts = {
        "Status": _status(payment),
        "Customer": payment["customer_email"] or "not known yet",
        "Reference": payment["client_reference_id"] or "none",
        "Payment": payment["payment_intent"] or "none",
        "Opened": datetime.fromtimestamp(payment["created"], UTC).strftime("%Y-%m-%d %H:%M:%S UTC"),
    }
    shown = "".join(f"<dt>{name}</dt><dd>{escape(str(value))}</dd>" for name, value in facts.items())
    content = f"<h2>{money}</h2><dl>{shown}</dl>{_actions(payment, pages)}"
    return f'<section class="card" data-session="{payment["session"]}">{content}</section>'


def _status(payment: Document) -> str:
    if payment["dispute"]:
        return f"disputed ({payment['dispute']['status'].replace('_', ' ')})"
    if payment["amount_refunded"]:
        refunded = html.money(payment["amount_refunded"], payment["currency"])
        return "refunded" if payment["amount_refunded"] == payment["amount"] else f"{refunded} refunded"
    if payment["session_status"] == "complete":
        return str(payment["payment_status"])
    return str(payment["session_status"])


def _actions(payment: Document, pages: str) -> str:
    forms = []
    intent = f"{pages}/dashboard/payments/{payment['payment_intent']}"
    dispute = payment["dispute"]
    left = payment["amount"] - payment["amount_refunded"]
    is_charged = payment["payment_intent_status"] == "succeeded"
    if is_charged and left and (dispute is None or dispute["status"] == "won"):
        field = f"amount-{payment['session']}"
        forms.append(
            f'<form class="row" method="post" action="{intent}/refund"><div><label for="{field}">Cents, empty for all'
            f' that is left</label><input id="{field}" name="amount" type="number" min="1" max="{left}"></div>'
            "<button>Refund</button></form>"
        )
    if is_charged and left and dispute is None:
        forms.append(_button(f"{intent}/dispute", "Open a dispute"))
    if dispute and dispute["status"] not in ("won", "lost"):
        close = f"{pages}/dashboard/disputes/{dispute['id']}/close"
        forms.append(
            f'<form class="row" method="post" action="{close}"><button name="outcome" value="won">Close as won</button>'
            '<button name="outcome" value="lost">Close as lost</button></form>'
        )
    if payment["session_status"] == "open":
        forms.append(_button(f"{pages}/dashboard/sessions/{payment['session']}/expire", "Expire"))
    for refund in payment["refunds"]:
        address = f"{pages}/dashboard/refunds/{refund['id']}"
        amount = html.money(refund["amount"], payment["currency"])
        forms.append(f"<p>Refund of {amount}: {refund['status']}</p>")
        if refund["status"] == "pending":
            forms.append(_button(f"{address}/complete", f"Complete the refund of {amount}"))
        if refund["status"] in ("pending", "succeeded"):
            forms.append(_button(f"{address}/fail", f"Let the refund of {amount} fail"))
    return "".join(forms)


def _webhook(webhook: Document, pages: str) -> str:
    again = _button(f"{pages}/dashboard/events/{webhook['event']}/resend", "Send again")
    cells = (webhook["type"], webhook["state"], webhook["attempts"], webhook["last"] or "")
    return "<tr>" + "".join(f"<td>{escape(str(cell))}</td>" for cell in cells) + f"<td>{again}</td></tr>"


def _button(action: str, words: str) -> str:
    return f'<form class="row" method="post" action="{action}"><button>{words}</button></form>'
