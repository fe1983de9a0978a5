"""Telling the platform's administrators by mail; alarms tell whoever is on duty beside it."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from darkroom import mail
from darkroom.db import Tx
from restorations.queries import people


def tell_admins(tx: Tx, template: str, data: Mapping[str, Any], *, about: UUID) -> None:
    """One mail to each, once for what it is about."""
    for admin in people.admins(tx):
        key = f"{template}:{about}:{admin.id}"
        mail.send(tx, admin.email, template, data, user_id=admin.id, dedupe_key=key)
