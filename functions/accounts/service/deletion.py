"""Leaving: everything that is the person's goes, and the books stay, without a name."""

from uuid import UUID

from accounts.queries import erasure, users
from darkroom import events, log, mail, messages, outbox, realtime
from darkroom.db import Tx
from darkroom.errors import NotFound

QUEUE = "erasures"
ERASE = "accounts.erase"

# Uploads that were allowed a moment before may still arrive while their URLs live: the storage is swept again then.
LATE_UPLOADS_SECONDS = 600

TOMBSTONE = "Deleted account"
KEPT = (
    "The entries of your earnings and payments, because books must be kept. "
    "They are anonymous now: nothing in them tells whose they were."
)


def delete(tx: Tx, user_id: UUID) -> str:
    """Take out the person; what is kept, in words.

    Rows go with this transaction, each product's by its own trigger; the objects in storage follow within minutes, by a
    message that is not lost; the event tells whoever holds something elsewhere.
    """
    person = users.lock(tx, user_id).get(user_id)
    if person is None:
        raise NotFound
    realtime.end_caller(tx, "user", user_id)
    realtime.end_owned(tx, user_id)
    users.bury(tx, user_id, TOMBSTONE)  # the products' triggers take out what points to the rows that go next
    erasure.forget(tx, user_id)
    correlation_id = log.bound("correlation_id")
    for delay in (0, LATE_UPLOADS_SECONDS):
        message = messages.new(ERASE, {"user_id": user_id}, correlation_id=correlation_id)
        outbox.send(tx, QUEUE, message, delay)
    events.publish(tx, events.ACCOUNT_DELETED, user_id=user_id)
    mail.send(tx, person.email, "account_deleted", {"name": person.name, "kept": KEPT})
    outbox.adopt(tx)
    log.info("accounts.deleted", user_id=str(user_id))
    return KEPT
