"""Every mail by its name. The names and the fields that each takes stand in `darkroom.mail.TEMPLATES`."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final, NamedTuple

from notifications.templates import accounts, captures, page, plain, restorations
from notifications.templates.letter import Files, Letter, Note

LETTERS: Final[Mapping[str, Callable[[Mapping[str, Any]], Letter]]] = {
    "confirm_email": accounts.confirm_email,
    "password_reset": accounts.password_reset,
    "password_changed": accounts.password_changed,
    "export_ready": accounts.export_ready,
    "account_deleted": accounts.account_deleted,
    "phone_changed": accounts.phone_changed,
    "device_offline": captures.device_offline,
    **{
        letter.__name__: letter
        for letter in (
            restorations.order_paid,
            restorations.order_completed,
            restorations.order_photos_failed,
            restorations.order_refunded,
            restorations.order_links,
            restorations.admin_photo_failed,
            restorations.admin_payment_held,
            restorations.admin_disputed,
            restorations.admin_refund_failed,
        )
    },
}

_FOOTER: Final = "You get this mail because this address is known to Darkroom. Nobody here will ask for your password."


class Rendered(NamedTuple):
    """A mail as its provider takes it."""

    subject: str
    text: str
    html: str


def render(template: str, data: Mapping[str, Any], links: tuple[tuple[str, str], ...] = ()) -> Rendered:
    """The mail called `template`; `links` are the files that were too large to travel in it."""
    letter = LETTERS[template](data)
    if links:
        note = Note("These files are too large for a mail, so they wait for you here:")
        letter = replace(letter, blocks=(*letter.blocks, note, Files(links)))
    # A subject is one line, whatever a person called themselves.
    subject = " ".join(letter.subject.split())
    return Rendered(subject, plain.render(letter, _FOOTER), page.render(letter, _FOOTER))
