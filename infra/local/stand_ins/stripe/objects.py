"""Stripe's objects as they are when they are made. Names that begin with an underscore stay inside (`shown`)."""

import secrets
import string
from collections.abc import Mapping
from typing import Any

API_VERSION = "2026-10-28.endive"
_ALPHABET = string.ascii_letters + string.digits
_CARD = {
    "brand": "visa",
    "country": "US",
    "exp_month": 12,
    "exp_year": 2034,
    "fingerprint": "Xt5EWLLDS7FJjR1c",
    "funding": "credit",
    "last4": "4242",
    "network": "visa",
    "wallet": None,
}


def identifier(prefix: str, length: int = 24) -> str:
    return f"{prefix}_" + "".join(secrets.choice(_ALPHABET) for _ in range(length))


def shown(document: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in document.items() if not name.startswith("_")}


def _nothing(*names: str) -> dict[str, Any]:
    """What there is not, by names between spaces."""
    return dict.fromkeys(" ".join(names).split())


def line_item(asked: Mapping[str, Any], now: int) -> dict[str, Any]:
    price, quantity = asked["price_data"], asked["quantity"]
    product = price["product_data"]
    total = price["unit_amount"] * quantity
    return {
        "id": identifier("li"),
        "object": "item",
        "amount_discount": 0,
        "amount_subtotal": total,
        "amount_tax": 0,
        "amount_total": total,
        "currency": price["currency"],
        "description": product["name"],
        "metadata": {},
        "price": {
            "id": identifier("price"),
            "object": "price",
            "active": False,
            "billing_scheme": "per_unit",
            "created": now,
            "currency": price["currency"],
            "livemode": False,
            "metadata": {},
            "nickname": None,
            "product": identifier("prod", 14),
            "recurring": None,
            "tax_behavior": price.get("tax_behavior", "unspecified"),
            "type": "one_time",
            "unit_amount": price["unit_amount"],
            "unit_amount_decimal": str(price["unit_amount"]),
        },
        "quantity": quantity,
        "_description": product.get("description", ""),
    }


def session(asked: Mapping[str, Any], items: list[dict[str, Any]], pages: str, now: int) -> dict[str, Any]:
    made = identifier("cs_test", 58)
    total = sum(item["amount_total"] for item in items)
    email = asked.get("customer_email")
    return {
        "id": made,
        "object": "checkout.session",
        **_nothing(
            "adaptive_pricing after_expiration client_secret collected_information consent "
            "consent_collection currency_conversion customer customer_account invoice payment_link "
            "payment_method_configuration_details permissions phone_number_collection presentment_details "
            "recovered_from saved_payment_method_options setup_intent shipping_address_collection "
            "shipping_cost subscription"
        ),
        "allow_promotion_codes": None,
        "amount_subtotal": total,
        "amount_total": total,
        "automatic_tax": {"enabled": False, "liability": None, "provider": None, "status": None},
        "billing_address_collection": asked.get("billing_address_collection"),
        "cancel_url": asked.get("cancel_url"),
        "client_reference_id": asked.get("client_reference_id"),
        "created": now,
        "currency": items[0]["currency"],
        "custom_fields": [],
        "custom_text": {"after_submit": None, "shipping_address": None, "submit": None},
        "customer_creation": asked.get("customer_creation", "if_required"),
        "customer_details": {
            "email": email,
            **_nothing("address", "name", "phone"),
            "tax_exempt": "none",
            "tax_ids": None,
        }
        if email
        else None,
        "customer_email": email,
        "discounts": [],
        "expires_at": asked["expires_at"],
        "invoice_creation": {"enabled": False},
        "livemode": False,
        "locale": asked.get("locale"),
        "metadata": asked.get("metadata", {}),
        "mode": "payment",
        "origin_context": None,
        "payment_intent": None,
        "payment_method_collection": "if_required",
        "payment_method_options": {},
        "payment_method_types": asked.get("payment_method_types", ["card"]),
        "payment_status": "unpaid",
        "shipping_options": [],
        "status": "open",
        "submit_type": asked.get("submit_type"),
        "success_url": asked["success_url"],
        "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
        "ui_mode": "hosted_page",
        "url": f"{pages}/pay/{made}",
        "wallet_options": None,
        "_items": items,
        "_intent": asked.get("payment_intent_data", {}),
    }


def payment_intent(of: Mapping[str, Any], now: int) -> dict[str, Any]:
    made = identifier("pi")
    wanted = of["_intent"]
    return {
        "id": made,
        "object": "payment_intent",
        **_nothing(
            "application application_fee_amount automatic_payment_methods canceled_at cancellation_reason "
            "customer customer_account last_payment_error latest_charge next_action on_behalf_of "
            "payment_method payment_method_configuration_details processing review setup_future_usage "
            "shipping source transfer_data transfer_group"
        ),
        "amount": of["amount_total"],
        "amount_capturable": 0,
        "amount_details": {"tip": {}},
        "amount_received": 0,
        "capture_method": "automatic_async",
        "client_secret": f"{made}_secret_{secrets.token_hex(12)}",
        "confirmation_method": "automatic",
        "created": now,
        "currency": of["currency"],
        "description": wanted.get("description"),
        "livemode": False,
        "metadata": wanted.get("metadata", {}),
        "payment_method_options": {"card": {"request_three_d_secure": "automatic"}},
        "payment_method_types": of["payment_method_types"],
        "receipt_email": wanted.get("receipt_email"),
        "statement_descriptor": wanted.get("statement_descriptor"),
        "statement_descriptor_suffix": wanted.get("statement_descriptor_suffix"),
        "status": "requires_payment_method",
    }


def charge(intent: Mapping[str, Any], email: str | None, now: int) -> dict[str, Any]:
    return {
        "id": identifier("ch"),
        "object": "charge",
        **_nothing(
            "application application_fee application_fee_amount balance_transaction customer "
            "failure_balance_transaction failure_code failure_message on_behalf_of receipt_number "
            "receipt_url review shipping source source_transfer transfer_data transfer_group"
        ),
        "amount": intent["amount"],
        "amount_captured": intent["amount"],
        "amount_refunded": 0,
        "billing_details": {"email": email, **_nothing("address", "name", "phone", "tax_id")},
        "calculated_statement_descriptor": "DARKROOM",
        "captured": True,
        "created": now,
        "currency": intent["currency"],
        "description": intent["description"],
        "disputed": False,
        "fraud_details": {},
        "livemode": False,
        "metadata": dict(intent["metadata"]),
        "outcome": {
            "network_status": "approved_by_network",
            "reason": None,
            "risk_level": "normal",
            "seller_message": "Payment complete.",
            "type": "authorized",
        },
        "paid": True,
        "payment_intent": intent["id"],
        "payment_method": identifier("pm"),
        "payment_method_details": {"type": "card", "card": dict(_CARD)},
        "receipt_email": intent["receipt_email"],
        "refunded": False,
        "statement_descriptor": intent["statement_descriptor"],
        "statement_descriptor_suffix": intent["statement_descriptor_suffix"],
        "status": "succeeded",
    }


def refund(of: Mapping[str, Any], amount: int, asked: Mapping[str, Any], now: int) -> dict[str, Any]:
    return {
        "id": identifier("re"),
        "object": "refund",
        **_nothing("balance_transaction", "receipt_number", "source_transfer_reversal", "transfer_reversal"),
        "amount": amount,
        "charge": of["id"],
        "created": now,
        "currency": of["currency"],
        "destination_details": {"card": {"reference_status": "pending", "type": "refund"}, "type": "card"},
        "metadata": asked.get("metadata", {}),
        "payment_intent": of["payment_intent"],
        "reason": asked.get("reason"),
        "status": "succeeded",
    }


def dispute(of: Mapping[str, Any], amount: int, reason: str, now: int) -> dict[str, Any]:
    return {
        "id": identifier("du"),
        "object": "dispute",
        "amount": amount,
        "balance_transactions": [],
        "charge": of["id"],
        "created": now,
        "currency": of["currency"],
        "enhanced_eligibility_types": [],
        "evidence": {},
        "evidence_details": {
            "due_by": now + 7 * 86_400,
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
        },
        "is_charge_refundable": False,
        "livemode": False,
        "metadata": {},
        "payment_intent": of["payment_intent"],
        "payment_method_details": {"card": {"brand": "visa", "network_reason_code": "10.4"}, "type": "card"},
        "reason": reason,
        "status": "needs_response",
    }


def event(kind: str, of: Mapping[str, Any], request: Mapping[str, Any], now: int) -> dict[str, Any]:
    return {
        "id": identifier("evt"),
        "object": "event",
        "api_version": API_VERSION,
        "created": now,
        "data": {"object": dict(of)},
        "livemode": False,
        "pending_webhooks": 1,
        "request": dict(request),
        "type": kind,
    }
