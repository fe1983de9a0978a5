"""Rows of people, for tests of what people have."""

from uuid import UUID

from darkroom import ids
from darkroom.db import Tx


def person(tx: Tx, name: str = "Ada") -> UUID:
    user_id = ids.new_id()
    tx.execute(
        "INSERT INTO users (id, email, name, password_hash) VALUES (%s, %s, %s, 'x')",
        (user_id, f"{user_id}@example.test", name),
    )
    return user_id
