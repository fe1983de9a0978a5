"""People signed in, and tokens of those without an account."""

from datetime import timedelta
from typing import NamedTuple
from uuid import UUID

from darkroom import auth, clock, ids
from darkroom.db import Tx
from tests.factories.people import person


class SignedIn(NamedTuple):
    user_id: UUID
    session_id: UUID
    token: str


def signed_in(tx: Tx, user_id: UUID | None = None, role: str = "user") -> SignedIn:
    """A person (a new one unless told) with a session of 30 days and an access token of it."""
    owner = user_id or person(tx)
    if role != "user":
        tx.execute(
            "UPDATE users SET role = %(role)s, email_confirmed_at = now() WHERE id = %(id)s",
            {"role": role, "id": owner},
        )
    session_id = ids.new_id()
    tx.execute(
        "INSERT INTO sessions (id, user_id, expires_at) VALUES (%(id)s, %(user_id)s, %(expires_at)s)",
        {"id": session_id, "user_id": owner, "expires_at": clock.now() + timedelta(days=30)},
    )
    return SignedIn(owner, session_id, auth.issue_access(owner, session_id, role))
