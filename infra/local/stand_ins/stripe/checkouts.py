"""What a Checkout Session may be made of."""

from typing import Any

from infra.local.stand_ins.stripe import schema
from infra.local.stand_ins.stripe.refused import Refused
from infra.local.stand_ins.stripe.schema import choice, integer, text

_OPEN_LEAST_SECONDS, _OPEN_MOST_SECONDS = 30 * 60, 24 * 3_600
_SLACK_SECONDS = 60  # the caller's clock, and the way here
_AMOUNT_LEAST, _AMOUNT_MOST = 50, 99_999_999
_ITEMS_MOST = 100

CREATE = {
    "mode": choice("payment"),
    "ui_mode": choice("hosted_page"),
    "line_items": [
        {
            "price_data": {
                "currency": schema.currency,
                "unit_amount": integer(),
                "tax_behavior": choice("exclusive", "inclusive", "unspecified"),
                "product_data": {
                    "name": text(),
                    "description": text(40_000),
                    "images": [schema.url],
                    "metadata": schema.metadata,
                    "tax_code": text(),
                },
            },
            "quantity": integer(1, 999_999),
        }
    ],
    "success_url": schema.url,
    "cancel_url": schema.url,
    "client_reference_id": text(200),
    "customer_email": schema.email,
    "customer_creation": choice("always", "if_required"),
    "metadata": schema.metadata,
    "payment_intent_data": {
        "description": text(1_000),
        "metadata": schema.metadata,
        "receipt_email": schema.email,
        "statement_descriptor": text(22),
        "statement_descriptor_suffix": text(22),
        "capture_method": choice("automatic", "automatic_async"),
    },
    "payment_method_types": [choice("card", "link", "paypal", "klarna", "us_bank_account", "sepa_debit")],
    "expires_at": integer(most=10**12),
    "billing_address_collection": choice("auto", "required"),
    "submit_type": choice("auto", "book", "donate", "pay"),
    "locale": text(10),
    "expand": schema.EXPAND,
}


def read(given: Any, now: float) -> dict[str, Any]:
    """The request, complete and allowed."""
    asked: dict[str, Any] = schema.check(CREATE, given)
    schema.needed(asked, "mode", "line_items", "success_url")
    items = asked["line_items"]
    if not 1 <= len(items) <= _ITEMS_MOST:
        raise Refused(f"There must be 1 to {_ITEMS_MOST} line items.", param="line_items")
    for index, item in enumerate(items):
        within = f"line_items[{index}]"
        schema.needed(item, "price_data", "quantity", within=within)
        schema.needed(item["price_data"], "currency", "unit_amount", "product_data", within=f"{within}[price_data]")
        schema.needed(item["price_data"]["product_data"], "name", within=f"{within}[price_data][product_data]")
    if len({item["price_data"]["currency"] for item in items}) > 1:
        raise Refused("You must provide only one currency.", param="line_items")
    total = sum(item["price_data"]["unit_amount"] * item["quantity"] for item in items)
    if total < _AMOUNT_LEAST:
        raise Refused(
            f"The Checkout Session's total amount must convert to at least {_AMOUNT_LEAST} cents.",
            code="amount_too_small",
        )
    if total > _AMOUNT_MOST:
        raise Refused(f"The total amount must be at most {_AMOUNT_MOST}.", code="amount_too_large")
    asked.setdefault("expires_at", int(now) + _OPEN_MOST_SECONDS)
    ahead = asked["expires_at"] - now
    if ahead < _OPEN_LEAST_SECONDS - _SLACK_SECONDS:
        raise Refused(
            "The `expires_at` timestamp must be at least 30 minutes from Checkout Session creation.", param="expires_at"
        )
    if ahead > _OPEN_MOST_SECONDS + _SLACK_SECONDS:
        raise Refused(
            "The `expires_at` timestamp must be less than 24 hours from Checkout Session creation.", param="expires_at"
        )
    return asked
