"""The mails of orders. Whoever gets them has no account, so each says all that is needed."""

from collections.abc import Mapping
from typing import Any

from notifications.templates.letter import Button, Facts, Letter, Note, Text, moment


def order_paid(data: Mapping[str, Any]) -> Letter:
    return Letter(
        subject="Your photos are being restored",
        preview=f"Your payment of {data['total']} is here. We write again when they are ready.",
        blocks=(
            Text("Thank you: your payment is here, and your photos are being restored now."),
            Text("Mostly that takes minutes. We write again as soon as they are ready; you need not wait for it."),
            Facts((("Ordered", data["photos"]), ("Paid", data["total"]), ("Order", _number(data["order"])))),
            Button("Watch the progress", data["url"]),
            Note("The link opens your order for whoever has it, so keep this mail to yourself."),
        ),
    )


def order_completed(data: Mapping[str, Any]) -> Letter:
    failed: tuple[Text, ...] = ()
    if data["failed"]:
        failed = (
            Text(f"{data['failed']} could not be restored well enough. What you paid for that goes back by itself."),
        )
    return Letter(
        subject="Your restored photos are ready",
        preview=f"{data['photos']} to look at and to download.",
        blocks=(
            Text("Your restored photos are ready."),
            Facts((("Restored", data["photos"]), ("Order", _number(data["order"])))),
            *failed,
            Button("See your photos", data["url"]),
            Text("Or download all of them at once, as a ZIP:"),
            Button("Download the ZIP", data["download_url"]),
            Note(f"The download link works until {moment(data['expires_at'])}. Your order's page makes new ones."),
        ),
    )


def order_photos_failed(data: Mapping[str, Any]) -> Letter:
    return Letter(
        subject="Some photos could not be restored",
        preview="You do not pay for them.",
        blocks=(
            Text("We are sorry. We tried several times, and these photos do not come out as well as they should:"),
            Facts(tuple((name, reason) for name, reason in data["failures"])),
            Facts((("Not to be paid", data["refunded"]), ("Order", _number(data["order"])))),
            Text(
                "There is nothing that you have to do. What was paid by card goes back by itself, and we write again "
                "when it is on its way. Credits are back at once."
            ),
            Button("See your order", data["url"]),
        ),
    )


def order_refunded(data: Mapping[str, Any]) -> Letter:
    return Letter(
        subject="Your money is on its way back",
        preview=f"{data['amount']} goes back to you.",
        blocks=(
            Text("What you paid for your order goes back to you, by the way on which it came."),
            Facts((("Amount", data["amount"]), ("Reason", data["reason"]), ("Order", _number(data["order"])))),
            Note("A bank may take some days to show it. Credits are back at once."),
        ),
    )


def order_links(data: Mapping[str, Any]) -> Letter:
    buttons = tuple(Button(f"Order {_number(order)} of {moment(at)}", url) for order, at, url in data["orders"])
    return Letter(
        subject="Your orders",
        preview="Links to the photos that you had restored.",
        blocks=(
            Text("Someone, hopefully you, asked for the orders of this address. Each link opens one:"),
            *buttons,
            Note(
                "If this was not you, there is nothing to do: the links went to you alone. Keep this mail to yourself."
            ),
        ),
    )


def admin_photo_failed(data: Mapping[str, Any]) -> Letter:
    return Letter(
        subject=f"Photos of order {_number(data['order'])} failed",
        preview="They could not be restored, and their price goes back.",
        blocks=(
            Text("Photos could not be restored after every try. Their customer was told, and their price goes back."),
            Facts((("Order", _number(data["order"])), *((name, reason) for name, reason in data["failures"]))),
            Button("Open the order", data["url"]),
        ),
    )


def admin_payment_held(data: Mapping[str, Any]) -> Letter:
    return Letter(
        subject=f"A payment for order {_number(data['order'])} is held",
        preview=data["reason"],
        blocks=(
            Text(
                "A payment came that is not what the order costs. Nothing has begun: accept it, or give it back there."
            ),
            Facts(
                (
                    ("Order", _number(data["order"])),
                    ("Expected", data["expected"]),
                    ("Came", data["paid"]),
                    ("Why", data["reason"]),
                )
            ),
            Button("Open the order", data["url"]),
        ),
    )


def admin_disputed(data: Mapping[str, Any]) -> Letter:
    return Letter(
        subject=f"Order {_number(data['order'])} is disputed",
        preview="Its downloads are closed until the dispute is won.",
        blocks=(
            Text("A customer's bank disputes a payment. Downloads are closed and work rests until the dispute is won."),
            Facts((("Order", _number(data["order"])), ("Amount", data["amount"]))),
            Button("Open the order", data["url"]),
        ),
    )


def admin_refund_failed(data: Mapping[str, Any]) -> Letter:
    return Letter(
        subject=f"A refund of order {_number(data['order'])} came to nothing",
        preview=data["reason"],
        blocks=(
            Text("Money that was to go back to a customer did not. What the bank sent back is tried again by itself."),
            Facts((("Order", _number(data["order"])), ("Amount", data["amount"]), ("Why", data["reason"]))),
            Button("Open the order", data["url"]),
        ),
    )


def _number(order: str) -> str:
    """What people call an order, short enough to be read out. The web app calls it the same (`orderNumber`)."""
    return order[-8:].upper()
