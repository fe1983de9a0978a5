"""The links of an address's orders, mailed to it and told to nobody else.

Known and unknown addresses are answered alike and after the same work: one look, one message. What is mailed is found
by the worker.
"""

from typing import Final
from uuid import UUID

from darkroom import clock, log, mail, mailbox, messages, outbox, throttle
from darkroom.db import Tx
from darkroom.errors import TooMany
from darkroom.settings import settings
from restorations.queries import checkouts
from restorations.service import links, refunds

QUEUE: Final = refunds.QUEUE
LINKS: Final = "restorations.send_links"
ORDERS_MAX: Final = 20
_AN_HOUR: Final = 3_600


def send_links(tx: Tx, address: str, email: str) -> None:
    """Whoever asks too often about one address hears nothing of it: the address's owner is spared, not told on."""
    throttle.hit(tx, "order lookup", address, settings().lookups_per_address_hour, _AN_HOUR)
    try:
        wanted = mailbox.address(email)
    except ValueError:
        return  # it is nobody's, and answered like any other
    try:
        throttle.hit(tx, "order lookup of", wanted.lower(), settings().lookups_per_email_hour, _AN_HOUR)
    except TooMany:
        log.info("restorations.lookup_too_often")
        return
    found = checkouts.newest_of_address(tx, wanted)
    outbox.send(tx, QUEUE, messages.new(LINKS, {"order_id": found}))


def mail_links(tx: Tx, order_id: UUID | None) -> None:
    """One link for each order of this one's address; None: there is none (the payments worker)."""
    found = [] if order_id is None else checkouts.of_same_address(tx, order_id, ORDERS_MAX)
    if not found or found[0].email is None:
        return
    orders = [
        [str(order.id), clock.rfc3339(order.created_at), links.page(tx, order.id, order.user_id)] for order in found
    ]
    mail.send(tx, found[0].email, "order_links", {"orders": orders})
