"""Whom an order concerns beside its owner."""

from typing import NamedTuple
from uuid import UUID

from darkroom import ids
from darkroom.db import Tx

_ADMINS_TOLD = 20


class Admin(NamedTuple):
    id: UUID
    email: str


def admins(tx: Tx) -> list[Admin]:
    return tx.all(
        """SELECT id, email FROM users
            WHERE role = 'admin' AND suspended_at IS NULL AND deleted_at IS NULL ORDER BY id LIMIT %s""",
        (_ADMINS_TOLD,),
        into=Admin,
    )


def customer(tx: Tx, email: str) -> UUID:
    """The customer of this address, new or known."""
    return UUID(
        str(
            tx.value(
                """INSERT INTO customers AS c (id, email) VALUES (%(id)s, %(email)s)
                   ON CONFLICT (lower(email)) DO UPDATE SET email = c.email RETURNING id""",
                {"id": ids.new_id(), "email": email},
            )
        )
    )
