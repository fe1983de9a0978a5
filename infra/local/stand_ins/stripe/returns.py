"""What happens after a payment: refunds, which may take their time or fail, and disputes."""

from typing import Any

from infra.local.stand_ins.stripe import objects
from infra.local.stand_ins.stripe.books import Books
from infra.local.stand_ins.stripe.refused import Failed

REFUND_FAULTS = frozenset({"pending_refund", "failed_refund"})
ARRIVE, BOUNCE = "refund_arrives", "refund_bounces"
SETTLE_SECONDS = 5.0
Document = dict[str, Any]


def refund(books: Books, asked: Document) -> Document:
    """Whole, or the part that is asked for."""
    charge = _charge_of(books, asked)
    left = charge["amount"] - charge["amount_refunded"]
    if _is_charged_back(books, charge):
        raise Failed(f"Charge {charge['id']} has been charged back; cannot issue a refund.", code="charge_disputed")
    if left == 0:
        raise Failed(f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded")
    amount = asked.get("amount", left)
    if amount > left:
        raise Failed(
            f"Refund amount ({_money(amount, charge)}) is greater than unrefunded amount on charge"
            f" ({_money(left, charge)})",
            param="amount",
        )
    made = objects.refund(charge, amount, asked, books.now)
    fault = books.take_fault(REFUND_FAULTS)
    if fault == "pending_refund":
        made |= {"status": "pending", "pending_reason": "processing"}
        books.later(SETTLE_SECONDS, ARRIVE, made["id"])
    books.store.add(made)
    charge["amount_refunded"] += amount
    charge["refunded"] = charge["amount_refunded"] == charge["amount"]
    books.store.save(charge)
    books.tell("refund.created", made)
    books.tell("charge.refunded", charge)
    if fault == "failed_refund":
        books.later(SETTLE_SECONDS, BOUNCE, made["id"])
    elif fault is None:
        arrive(books, made)
    return made


def arrive(books: Books, made: Document) -> None:
    """The bank has it, and says under which number."""
    if made["destination_details"]["card"]["reference_status"] != "pending" or made["status"] == "failed":
        raise Failed(f"The refund is {made['status']}.")
    made.pop("pending_reason", None)
    made["status"] = "succeeded"
    made["destination_details"]["card"] |= {
        "reference": "7700370077007700",
        "reference_status": "available",
        "reference_type": "acquirer_reference_number",
    }
    books.store.save(made)
    books.tell("refund.updated", made)


def bounce(books: Books, made: Document) -> None:
    """The bank sends it back: the customer has nothing, and the money is ours again."""
    if made["status"] not in ("pending", "succeeded"):
        raise Failed(f"The refund is {made['status']}.")
    made.pop("pending_reason", None)
    made |= {"status": "failed", "failure_reason": "expired_or_canceled_card"}
    books.store.save(made)
    charge = books.get("charge", made["charge"])
    charge |= {"amount_refunded": charge["amount_refunded"] - made["amount"], "refunded": False}
    books.store.save(charge)
    books.tell("refund.updated", made)
    books.tell("refund.failed", made)


def dispute(books: Books, charge: Document, reason: str) -> Document:
    if charge["status"] != "succeeded" or charge["disputed"]:
        raise Failed("This payment cannot be disputed: it was not made, or it is disputed already.")
    amount = charge["amount"] - charge["amount_refunded"]
    if amount == 0:
        raise Failed("This payment cannot be disputed: it was refunded.")
    made = objects.dispute(charge, amount, reason, books.now)
    books.store.add(made)
    charge["disputed"] = True
    books.store.save(charge)
    books.tell("charge.dispute.created", made)
    books.tell("charge.dispute.funds_withdrawn", made)
    return made


def close_dispute(books: Books, made: Document, outcome: str) -> None:
    """`won`: the money comes back. `lost`: it does not."""
    if made["status"] in ("won", "lost"):
        raise Failed("This dispute is already closed")
    made |= {"status": outcome}
    books.store.save(made)
    books.tell("charge.dispute.closed", made)
    if outcome == "won":
        books.tell("charge.dispute.funds_reinstated", made)


def _charge_of(books: Books, asked: Document) -> Document:
    if "charge" in asked:
        charge = books.get("charge", asked["charge"], "charge", 400)
        if asked.get("payment_intent") not in (None, charge["payment_intent"]):
            raise Failed("The charge does not belong to the payment intent.", param="charge")
    elif "payment_intent" in asked:
        intent = books.get("payment_intent", asked["payment_intent"], "payment_intent", 400)
        if intent["status"] != "succeeded":
            raise Failed(
                f"This PaymentIntent ({intent['id']}) does not have a successful charge to refund.",
                code="payment_intent_unexpected_state",
                param="payment_intent",
            )
        charge = books.get("charge", intent["latest_charge"])
    else:
        raise Failed("One of the following params should be provided for this request: payment_intent or charge.")
    if charge["status"] != "succeeded":
        raise Failed(f"Charge {charge['id']} was not successful; it cannot be refunded.", param="charge")
    return charge


def _is_charged_back(books: Books, charge: Document) -> bool:
    """A dispute that was won is over."""
    disputes, _ = books.store.page("dispute", equal={"charge": charge["id"]}, limit=1)
    return any(dispute["status"] != "won" for dispute in disputes)


def _money(amount: int, of: Document) -> str:
    return f"{amount / 100:.2f} {of['currency']}"
