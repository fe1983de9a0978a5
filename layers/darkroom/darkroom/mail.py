"""Mail: a product says which mail goes to whom, `mail.send(tx, to, "password_reset", {...})`, and nothing else.

The row and its message are part of the caller's transaction; the notifications worker renders and sends it. A mail's
states are pending -> sending -> sent | failed and failed -> pending; the table refuses every other step.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple
from uuid import UUID

from darkroom import crypto, ids, messages, outbox
from darkroom.db import Tx

QUEUE: Final = "mail"
SEND: Final = "mail.send"
_SEAL: Final = "emails"
_ADDRESS_MAX: Final = 254


@dataclass(frozen=True)
class Template:
    """What a mail must be given, and what kind of mail it is."""

    fields: frozenset[str]
    # The person's own doing, which they must hear of; all other mail waits until they have confirmed their address.
    own: bool = False
    # The address is forgotten once the mail has left.
    last: bool = False


def _own(*fields: str, last: bool = False) -> Template:
    return Template(frozenset(fields), own=True, last=last)


def _other(*fields: str) -> Template:
    return Template(frozenset(fields))


# Every mail there is, so that a product's typing error fails in its own tests and not in the worker at night. How each
# looks stands in functions/notifications/templates.
TEMPLATES: Final[Mapping[str, Template]] = {
    "confirm_email": _own("name", "confirm_url", "valid_for"),
    "password_reset": _own("name", "reset_url", "valid_for"),
    "password_changed": _own("name", "changed_at", "reset_url"),
    "export_ready": _own("name", "url", "expires_at"),
    "account_deleted": _own("name", "kept", last=True),
    "phone_changed": _own("name", "phone"),
    # Orders: their customers have no account, and what they paid for is their own doing.
    "order_paid": _own("order", "photos", "total", "url"),
    "order_completed": _own("order", "photos", "failed", "url", "download_url", "expires_at"),
    "order_photos_failed": _own("order", "failures", "refunded", "url"),
    "order_refunded": _own("order", "amount", "reason"),
    "order_links": _own("orders"),
    # Administrators hear of strangers' orders: at an address that they have shown to be theirs.
    "admin_photo_failed": _other("order", "failures", "url"),
    "admin_payment_held": _other("order", "expected", "paid", "reason", "url"),
    "admin_disputed": _other("order", "amount", "url"),
    "admin_refund_failed": _other("order", "amount", "reason", "url"),
    "device_offline": _other("name", "device", "last_seen_at", "url"),
}


class Attachment(NamedTuple):
    """A file in storage. Small ones travel in the mail; for others the mail links to `url`, a page that lasts."""

    storage_key: str
    filename: str
    content_type: str
    size_bytes: int
    url: str


def send(
    tx: Tx,
    to: str,
    template: str,
    data: Mapping[str, Any],
    *,
    user_id: UUID | None = None,
    dedupe_key: str | None = None,
    attachments: Sequence[Attachment] = (),
) -> UUID | None:
    """Send a mail once this commits; its id, or None when it is not to be sent: its `dedupe_key` names a mail that
    exists already, or the person has not confirmed their address and the mail is not about their own doing."""
    kind = TEMPLATES[template]
    if set(data) != kind.fields:
        raise ValueError(f"{template} takes {', '.join(sorted(kind.fields))}")
    if len(to) > _ADDRESS_MAX or "@" not in to or not to.isprintable() or " " in to:
        raise ValueError("not an address that a mail can go to")
    email_id = ids.new_id()
    written = tx.execute(
        """
        INSERT INTO emails (id, user_id, to_address, template, data, attachments, dedupe_key)
        SELECT %(id)s, %(user_id)s, %(to)s, %(template)s, %(data)s, %(attachments)s::jsonb, %(dedupe_key)s
        WHERE %(always)s OR EXISTS (
            SELECT FROM users WHERE id = %(user_id)s AND email_confirmed_at IS NOT NULL)
        ON CONFLICT (dedupe_key) DO NOTHING""",
        {
            "id": email_id,
            "user_id": user_id,
            "always": kind.own or user_id is None,
            "to": to,
            "template": template,
            "data": crypto.seal(_SEAL, json.dumps(dict(data)).encode(), email_id.bytes),
            "attachments": json.dumps([attachment._asdict() for attachment in attachments]),
            "dedupe_key": dedupe_key,
        },
    )
    if not written:
        return None
    outbox.send(tx, QUEUE, messages.new(SEND, {"email_id": email_id}))
    return email_id


def open_data(email_id: UUID, sealed: bytes) -> dict[str, Any]:
    """What a mail was given. Sealed to its own row, so that no row's link can be moved into another's mail."""
    opened: dict[str, Any] = json.loads(crypto.open_sealed(_SEAL, sealed, email_id.bytes))
    return opened


def suppress(tx: Tx, address: str, reason: str) -> None:
    """Send nothing to this address any more."""
    tx.execute(
        "INSERT INTO email_suppressions (address, reason) VALUES (lower(%(address)s), %(reason)s)"
        " ON CONFLICT (address) DO NOTHING",
        {"address": address, "reason": reason},
    )
