"""The rows of people."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from darkroom.db import Tx


class Person(NamedTuple):
    """A live account."""

    id: UUID
    email: str
    name: str
    role: str
    email_confirmed: bool
    phone: str | None
    suspended: bool
    created_at: datetime


class Credentials(NamedTuple):
    """What a sign-in is judged by."""

    id: UUID
    role: str
    password_hash: str
    suspended: bool


_PERSON = """id, email, name, role, email_confirmed_at IS NOT NULL AS email_confirmed, phone,
             suspended_at IS NOT NULL AS suspended, created_at"""


def insert(tx: Tx, user_id: UUID, email: str, name: str, password_hash: str) -> Person | None:
    """A new account, or None where the address has one. Two at once: the second waits and then finds it taken."""
    return tx.one(
        f"""INSERT INTO users (id, email, name, password_hash)
            VALUES (%(id)s, %(email)s, %(name)s, %(password_hash)s)
            ON CONFLICT (lower(email)) DO NOTHING
            RETURNING {_PERSON}""",  # noqa: S608
        {"id": user_id, "email": email, "name": name, "password_hash": password_hash},
        into=Person,
    )


def get(tx: Tx, user_id: UUID) -> Person | None:
    return tx.one(
        f"SELECT {_PERSON} FROM users WHERE id = %(id)s AND deleted_at IS NULL",  # noqa: S608
        {"id": user_id},
        into=Person,
    )


def lock(tx: Tx, *user_ids: UUID) -> dict[UUID, Person]:
    """Live accounts, held until the transaction ends; always in one order, so that no two wait for each other."""
    people = tx.all(
        f"""SELECT {_PERSON} FROM users
             WHERE id = ANY(%(ids)s) AND deleted_at IS NULL
             ORDER BY id FOR NO KEY UPDATE""",  # noqa: S608
        {"ids": list(user_ids)},
        into=Person,
    )
    return {person.id: person for person in people}


def id_of(tx: Tx, email: str) -> UUID | None:
    """Whose address this is."""
    found: UUID | None = tx.value("SELECT id FROM users WHERE lower(email) = %(email)s", {"email": email})
    return found


def credentials(tx: Tx, email: str) -> Credentials | None:
    return tx.one(
        """SELECT id, role, password_hash, suspended_at IS NOT NULL AS suspended
             FROM users WHERE lower(email) = %(email)s AND deleted_at IS NULL""",
        {"email": email},
        into=Credentials,
    )


def rename(tx: Tx, user_id: UUID, name: str) -> Person | None:
    return tx.one(
        f"""UPDATE users SET name = %(name)s, updated_at = now()
             WHERE id = %(id)s AND deleted_at IS NULL RETURNING {_PERSON}""",  # noqa: S608
        {"id": user_id, "name": name},
        into=Person,
    )


def confirm_email(tx: Tx, user_id: UUID, email: str) -> bool:
    """Whether this is the person's address (still), which is confirmed now."""
    return bool(
        tx.execute(
            """UPDATE users SET email_confirmed_at = coalesce(email_confirmed_at, now()), updated_at = now()
                WHERE id = %(id)s AND email = %(email)s AND deleted_at IS NULL""",
            {"id": user_id, "email": email},
        )
    )


def change_password(tx: Tx, user_id: UUID, password_hash: str) -> Person | None:
    """By a link that was mailed, which proves the address as well."""
    return tx.one(
        f"""UPDATE users
               SET password_hash = %(hash)s, email_confirmed_at = coalesce(email_confirmed_at, now()),
                   updated_at = now()
             WHERE id = %(id)s AND deleted_at IS NULL RETURNING {_PERSON}""",  # noqa: S608
        {"id": user_id, "hash": password_hash},
        into=Person,
    )


def change_phone(tx: Tx, user_id: UUID, phone: str | None) -> bool:
    """A confirmed number in place of the present one, or none; False where there was none to take away."""
    return bool(
        tx.execute(
            """UPDATE users
                  SET phone = %(phone)s::text, updated_at = now(),
                      phone_confirmed_at = CASE WHEN %(phone)s::text IS NOT NULL THEN now() END
                WHERE id = %(id)s AND deleted_at IS NULL AND (phone IS NOT NULL OR %(phone)s::text IS NOT NULL)""",
            {"id": user_id, "phone": phone},
        )
    )


def search(
    tx: Tx, *, text: str | None, role: str | None, suspended: bool | None, before: UUID | None, limit: int
) -> list[Person]:
    """For administrators: live accounts, newest first. `text` is a part of the address or the name."""
    return tx.all(
        f"""SELECT {_PERSON} FROM users
             WHERE deleted_at IS NULL
               AND (%(pattern)s::text IS NULL OR lower(email || ' ' || name) LIKE %(pattern)s)
               AND (%(role)s::text IS NULL OR role = %(role)s)
               AND (%(suspended)s::boolean IS NULL OR (suspended_at IS NOT NULL) = %(suspended)s)
               AND (%(before)s::uuid IS NULL OR id < %(before)s)
             ORDER BY id DESC LIMIT %(limit)s""",  # noqa: S608
        {
            "pattern": None if text is None else _containing(text.lower()),
            "role": role,
            "suspended": suspended,
            "before": before,
            "limit": limit,
        },
        into=Person,
    )


def administer(tx: Tx, user_id: UUID, *, role: str, suspended: bool) -> Person | None:
    """By an administrator who has locked the row."""
    return tx.one(
        f"""UPDATE users
               SET role = %(role)s, updated_at = now(),
                   suspended_at = CASE WHEN %(suspended)s THEN coalesce(suspended_at, now()) END
             WHERE id = %(id)s AND deleted_at IS NULL RETURNING {_PERSON}""",  # noqa: S608
        {"id": user_id, "role": role, "suspended": suspended},
        into=Person,
    )


def make_admin(tx: Tx, email: str) -> UUID | None:
    """By the operator, who has the database."""
    made: UUID | None = tx.value(
        """UPDATE users SET role = 'admin', updated_at = now()
            WHERE lower(email) = %(email)s AND deleted_at IS NULL RETURNING id""",
        {"email": email},
    )
    return made


def bury(tx: Tx, user_id: UUID, name: str) -> None:
    """What stays of a deleted account: a row that the ledger can point to, and nothing that tells whose it was."""
    tx.execute(
        """UPDATE users
              SET email = NULL, name = %(name)s, password_hash = NULL, role = 'user', email_confirmed_at = NULL,
                  phone = NULL, phone_confirmed_at = NULL, suspended_at = NULL,
                  deleted_at = now(), updated_at = now()
            WHERE id = %(id)s AND deleted_at IS NULL""",
        {"id": user_id, "name": name},
    )


def _containing(text: str) -> str:
    escaped = text.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")
    return f"%{escaped}%"
