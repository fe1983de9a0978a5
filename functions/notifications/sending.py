"""What becomes of one e-mail: claim (commit), render, send, mark (commit). Killed anywhere, the message comes again.

killed before the claim   nothing has happened
killed while sending      the lease runs out, and the next delivery takes over; if the provider had the mail already,
                          it goes out a second time (see providers)
killed after the mark     the next delivery finds `sent` and does nothing
"""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from darkroom import log, mail
from darkroom.db import Tx
from darkroom.settings import settings
from darkroom.storage import safe_name
from notifications import mime, queries, templates
from notifications.mime import Envelope, File
from notifications.providers import Carrier, NotSent, Refused
from notifications.queries import Claimed

INLINE_BYTES_MAX = 5_000_000  # together; base64 makes 7 MB of it, and many mailboxes stop at 10

Fetch = Callable[[str], bytes]


class InFlight(Exception):
    """Another worker is sending this mail right now, or died doing so less than a lease ago."""


def send(tx: Tx, email_id: UUID, carrier: Carrier, fetch: Fetch) -> None:
    """Send the mail, or raise when it is to be tried again. What can never be sent ends as `failed` without a word."""
    claimed = _claim(tx, email_id)
    if claimed is None:
        return
    if claimed.suppressed is not None:
        _fail(tx, claimed, f"the address is suppressed: {claimed.suppressed}")
        return
    try:
        provider_message_id = carrier.send(_prepare(claimed, fetch))
    except (Refused, mime.BadAddress) as failure:
        _fail(tx, claimed, str(failure))
        return
    except NotSent as failure:
        _fail(tx, claimed, str(failure))
        raise
    except Exception as failure:
        _fail(tx, claimed, type(failure).__name__)
        raise
    queries.mark_sent(tx, claimed, provider_message_id, forget_address=mail.TEMPLATES[claimed.template].last)
    tx.commit()
    log.info("mail.sent", email_id=str(email_id), template=claimed.template, attempts=claimed.attempts)


def _claim(tx: Tx, email_id: UUID) -> Claimed | None:
    """The mail, leased to this worker and durably so before anything leaves the house."""
    queries.revive(tx, email_id)
    claimed = queries.claim(tx, email_id)
    in_flight = claimed is None and queries.status(tx, email_id) == "sending"
    tx.commit()
    if in_flight:
        raise InFlight(str(email_id))
    return claimed


def _fail(tx: Tx, claimed: Claimed, reason: str) -> None:
    queries.mark_failed(tx, claimed, reason)
    tx.commit()
    log.warning("mail.failed", email_id=str(claimed.id), template=claimed.template, reason=reason)


def _prepare(claimed: Claimed, fetch: Fetch) -> Envelope:
    data = mail.open_data(claimed.id, claimed.data)
    files, links = _attach(claimed.attachments, fetch)
    rendered = templates.render(claimed.template, data, links)
    return mime.envelope(claimed.id, settings().mail_from, claimed.to_address, rendered, files)


def _attach(attachments: list[dict[str, Any]], fetch: Fetch) -> tuple[tuple[File, ...], tuple[tuple[str, str], ...]]:
    """Files as long as they fit, in the order they were named; the others as links."""
    files: list[File] = []
    links: list[tuple[str, str]] = []
    room = INLINE_BYTES_MAX
    for attachment in (mail.Attachment(**each) for each in attachments):
        if attachment.size_bytes <= room:
            room -= attachment.size_bytes
            files.append(File(attachment.filename, attachment.content_type, fetch(attachment.storage_key)))
        else:
            links.append((safe_name(attachment.filename, "file"), attachment.url))
    return tuple(files), tuple(links)
