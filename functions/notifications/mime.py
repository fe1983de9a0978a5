"""A mail as its bytes (RFC 5322). The library refuses line breaks in headers; they are taken out before it must."""

import re
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from typing import NamedTuple
from uuid import UUID

from darkroom.storage import safe_name
from notifications.templates import Rendered

_CONTROL = re.compile(r"[\x00-\x1f\x7f\u0085\u2028\u2029\u202a-\u202e\u2066-\u2069]+")
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")


class BadAddress(ValueError):
    """An address that no mail can be sent to."""


class File(NamedTuple):
    """A file that travels in the mail."""

    filename: str
    content_type: str
    content: bytes


class Envelope(NamedTuple):
    """One mail, ready for any provider."""

    email_id: UUID
    sender: str
    to: str
    subject: str
    text: str
    html: str
    files: tuple[File, ...] = ()


def envelope(email_id: UUID, sender: str, to: str, rendered: Rendered, files: tuple[File, ...]) -> Envelope:
    """The mail with everything that could break out of a header taken away."""
    safe = tuple(File(safe_name(file.filename, "file"), file.content_type, file.content) for file in files)
    return Envelope(email_id, sender, _checked(to), one_line(rendered.subject), rendered.text, rendered.html, safe)


def build(mail: Envelope, at: datetime) -> bytes:
    name, address = parseaddr(mail.sender)
    message = EmailMessage(policy=SMTP)
    message["From"] = Address(name, addr_spec=address)
    message["To"] = Address(addr_spec=mail.to)
    message["Subject"] = mail.subject
    message["Date"] = format_datetime(at)
    for header, value in headers(mail).items():
        message[header] = value
    message.set_content(mail.text)
    message.add_alternative(mail.html, subtype="html")
    for file in mail.files:
        maintype, _, subtype = file.content_type.partition("/")
        message.add_attachment(file.content, maintype=maintype, subtype=subtype, filename=file.filename)
    return _begun_beside_its_name(message.as_bytes())


def _begun_beside_its_name(mail: bytes) -> bytes:
    """A subject that fits on a line but not beside its name is put below it whole, and readers show that as a space."""
    head, end, body = mail.partition(b"\r\n\r\n")
    return head.replace(b"\r\nSubject:\r\n ", b"\r\nSubject: ", 1) + end + body


def headers(mail: Envelope) -> dict[str, str]:
    """The headers that are the same whoever carries the mail."""
    domain = parseaddr(mail.sender)[1].rpartition("@")[2]
    return {
        # The same for every try, so that a mailbox can tell a repetition. SES puts its own in place of it.
        "Message-ID": f"<{mail.email_id}@{domain}>",
        "X-Entity-Ref-ID": str(mail.email_id),
        # A machine wrote this: out-of-office replies and ticket systems leave it alone (RFC 3834).
        "Auto-Submitted": "auto-generated",
    }


def one_line(text: str) -> str:
    """Without control characters, line breaks of any alphabet and what turns the direction of writing around."""
    return " ".join(_CONTROL.sub(" ", text).split())


def _checked(address: str) -> str:
    """An address in ASCII, its domain as DNS has it; one that cannot be written so is nobody's mailbox with us."""
    local, _, domain = address.rpartition("@")
    try:
        parsed = Address(username=local, domain=domain.encode("idna").decode()).addr_spec
        parsed.encode("ascii")
    except (ValueError, IndexError) as failure:
        raise BadAddress("not an address that a mail can go to") from failure
    if not _ADDRESS.fullmatch(parsed):
        raise BadAddress("not an address that a mail can go to")
    return parsed
