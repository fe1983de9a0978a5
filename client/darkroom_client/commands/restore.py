"""`darkroom restore`, `orders` and `order`."""

import argparse
import json
import sys
from typing import NamedTuple
from urllib.parse import urlsplit

from darkroom_client.client import Client
from darkroom_client.commands.output import progress, say
from darkroom_client.errors import DarkroomError, NotSignedIn
from darkroom_client.orders import Brought, Checkout, Order, PayWith, Wishes, money


class Which(NamedTuple):
    id: str
    token: str | None


def restore(options: argparse.Namespace) -> int:
    with progress(quiet=options.json) as watcher, Client(options.url, waiting=watcher.waiting) as client:
        email = options.email or _own_address(client)
        tray = client.restoring.bring(options.paths, watcher)
        files = client.restoring.wait_for_files(tray)
        refused = [file for file in files if file.status == "invalid"]
        if len(refused) == len(files):
            raise DarkroomError("\n  ".join(["None of these files can be restored:", *map(_why, refused)]))
        wishes = Wishes(options.fidelity, options.colorize, options.upscale)
        pay_with: PayWith = "credits" if options.credits else "card"
        checkout = client.restoring.check_out(tray, email, wishes, pay_with=pay_with)
        order = client.restoring.order(checkout.order_id, checkout.token)
        if options.json:
            print(json.dumps(_document(client, checkout, order, refused)))
        else:
            _tell(client, checkout, order, refused)
        sys.stdout.flush()
        if not options.wait and options.output is None:
            return 0
        return _finish(client, Which(order.id, checkout.token), options)


def orders(options: argparse.Namespace) -> int:
    with Client(options.url) as client:
        found = list(client.restoring.orders())
    if options.json:
        print(json.dumps([order.document for order in found]))
    elif not found:
        say("There are no orders yet. Have old photos restored with `darkroom restore PATH`.")
    for order in () if options.json else found:
        price = money(order.total_cents, order.currency)
        say(f"{order.id}  {order.restored} of {order.photos} restored  {price}  {_standing(order)}")
    return 0


def order(options: argparse.Namespace) -> int:
    which = _which(options.order)
    with Client(options.url) as client:
        if options.wait or options.output is not None:
            return _finish(client, which, options)
        found = client.restoring.order(which.id, which.token)
    _show(found, as_json=options.json)
    return 1 if found.status == "failed" else 0


def _finish(client: Client, which: Which, options: argparse.Namespace) -> int:
    """Wait for the end, and fetch what there is."""
    said = ""

    def told(order: Order) -> None:
        nonlocal said
        words = f"{_standing(order)}: {order.ended} of {len(order.photos)} photos"
        if words != said and not options.json:
            print(words, file=sys.stderr, flush=True)
        said = words

    found = client.restoring.wait(which.id, which.token, told)
    _show(found, as_json=options.json)
    if found.status != "completed":
        return 1
    if options.output is not None:
        with progress(quiet=options.json) as watcher:
            size = client.restoring.download(found.id, options.output, which.token, watcher=watcher)
        if not options.json:
            say(f"{options.output}: {found.restored} restored photos, {size:,} bytes")
    return 0


def _own_address(client: Client) -> str:
    try:
        return client.account().email
    except NotSignedIn:
        raise DarkroomError("Say where the photos go: darkroom restore PATH --email you@example.com") from None


def _which(words: str) -> Which:
    """An order's number, or its link from a letter, which opens it without signing in."""
    parts = urlsplit(words)
    if not parts.scheme:
        return Which(words, None)
    return Which(parts.path.rstrip("/").rpartition("/")[2], parts.fragment or None)


def _link(client: Client, checkout: Checkout) -> str:
    return f"{client.url}/restore/orders/{checkout.order_id}#{checkout.token}"


def _document(client: Client, checkout: Checkout, order: Order, refused: list[Brought]) -> dict[str, object]:
    return {
        "order_id": checkout.order_id,
        "order_token": checkout.token,
        "order_url": _link(client, checkout),
        "checkout_url": checkout.url,
        "status": order.status,
        "total_cents": order.total_cents,
        "currency": order.currency,
        "refused": [{"filename": file.filename, "reason": file.reason} for file in refused],
    }


def _tell(client: Client, checkout: Checkout, order: Order, refused: list[Brought]) -> None:
    if refused:
        say(f"Left out {len(refused)}:")
        for file in refused:
            say(f"  {_why(file)}")
    count = len(order.photos)
    say(f"{count} {'photo' if count == 1 else 'photos'}, {money(order.total_cents, order.currency)}.")
    say(f"Pay here:  {checkout.url}" if checkout.url else "Paid with your credits.")
    say(f"Your order: {_link(client, checkout)}")


def _show(order: Order, *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(order.document))
        return
    say(f"Order {order.id}: {_standing(order)}, {money(order.total_cents, order.currency)}")
    for photo in order.photos:
        say(f"  {photo.filename}: {photo.status}{f' ({photo.error})' if photo.error else ''}")
    if order.checkout_url:
        say(f"Pay here: {order.checkout_url}")


def _standing(order: object) -> str:
    words = {"pending_payment": "not paid yet", "processing": "in work"}
    status, payment = getattr(order, "status", ""), getattr(order, "payment_status", "")
    unusual = f", {payment.replace('_', ' ')}" if payment not in {"paid", "unpaid"} else ""
    return f"{words.get(status, status)}{unusual}"


def _why(file: Brought) -> str:
    return f"{file.filename}: {file.reason}"
