"""From an upload session to an order, and the pages on which it can be paid."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, LiteralString, NamedTuple
from uuid import UUID

from darkroom import ids
from darkroom.db import Tx
from restorations.queries.orders import Order

_COLUMNS: Final[LiteralString] = ", ".join(Order._fields)


class Session(NamedTuple):
    id: UUID
    expires_at: datetime


class File(NamedTuple):
    id: UUID
    position: int
    filename: str
    status: str
    storage_key: str
    content_type: str | None
    size_bytes: int | None
    width: int | None
    height: int | None
    sha256: bytes | None
    crc32: int | None


class Open(NamedTuple):
    """A page that may still be paid on."""

    order_id: UUID
    stripe_session_id: str | None


def hold_session(tx: Tx, session_id: UUID) -> Session | None:
    """The session, of which nobody else makes an order meanwhile. Rows that refer to it can be written all the same:
    so nobody who holds its order waits for this."""
    return tx.one(
        "SELECT id, expires_at FROM upload_sessions WHERE id = %s FOR NO KEY UPDATE", (session_id,), into=Session
    )


def files(tx: Tx, session_id: UUID) -> list[File]:
    return tx.all(
        """SELECT id, position, filename, status, storage_key, content_type, size_bytes, width, height, sha256, crc32
             FROM upload_files WHERE session_id = %s AND left_out_at IS NULL ORDER BY position""",
        (session_id,),
        into=File,
    )


def hold_order(tx: Tx, session_id: UUID) -> Order | None:
    """The session's order, held."""
    return tx.one(
        f"SELECT {_COLUMNS} FROM orders WHERE session_id = %s FOR NO KEY UPDATE",  # noqa: S608
        (session_id,),
        into=Order,
    )


def create(tx: Tx, values: Mapping[str, Any]) -> Order:
    order = tx.one(
        f"""INSERT INTO orders (id, session_id, user_id, email, pay_with, currency, price_cents, total_cents, fidelity,
                                colorize, upscale)
            VALUES (%(id)s, %(session_id)s, %(user_id)s, %(email)s, %(pay_with)s, %(currency)s, %(price_cents)s,
                    %(total_cents)s, %(fidelity)s, %(colorize)s, %(upscale)s)
         RETURNING {_COLUMNS}""",  # noqa: S608
        {"id": ids.new_id(), **values},
        into=Order,
    )
    assert order is not None
    return order


def change(tx: Tx, order_id: UUID, values: Mapping[str, Any]) -> Order:
    """New wishes for an order that nobody has paid. Whoever was its owner stays so, unless somebody else signed in."""
    order = tx.one(
        f"""UPDATE orders SET user_id = coalesce(%(user_id)s, user_id), email = %(email)s,
                   total_cents = %(total_cents)s, pay_with = %(pay_with)s, fidelity = %(fidelity)s,
                   colorize = %(colorize)s, upscale = %(upscale)s
             WHERE id = %(id)s AND paid_at IS NULL AND status = 'pending_payment'
         RETURNING {_COLUMNS}""",  # noqa: S608
        {"id": order_id, **values},
        into=Order,
    )
    assert order is not None
    return order


def photo_places(tx: Tx, order_id: UUID) -> list[str]:
    """Where the photos of an order lie that nobody has paid."""
    rows = tx.all("SELECT temp_key FROM order_images WHERE order_id = %s ORDER BY position", (order_id,))
    return [row["temp_key"] for row in rows]


def put_photos(tx: Tx, order_id: UUID, valid: Sequence[File]) -> None:
    """The photos of an order that nobody has paid are these."""
    tx.execute("DELETE FROM order_images WHERE order_id = %s", (order_id,))
    tx.execute_many(
        """INSERT INTO order_images (id, order_id, position, filename, temp_key, content_type, size_bytes, width,
                                     height, sha256, crc32)
           VALUES (%(image_id)s, %(order_id)s, %(number)s, %(filename)s, %(storage_key)s, %(content_type)s,
                   %(size_bytes)s, %(width)s, %(height)s, %(sha256)s, %(crc32)s)""",
        [
            {**file._asdict(), "image_id": ids.new_id(), "order_id": order_id, "number": number}
            for number, file in enumerate(valid, 1)
        ],
    )


def next_page(tx: Tx, order_id: UUID) -> int:
    """The number of the page that is about to be opened; from now on earlier ones are not wanted any more."""
    return int(tx.value("UPDATE orders SET pages = pages + 1 WHERE id = %s RETURNING pages", (order_id,)))


def page_opened(tx: Tx, order_id: UUID, number: int, session_id: str, url: str) -> bool:
    """Keeps the page, unless a later one was asked for or the order was paid meanwhile."""
    return bool(
        tx.execute(
            """UPDATE orders SET stripe_session_id = %(session_id)s, stripe_session_url = %(url)s
                WHERE id = %(id)s AND pages = %(number)s AND paid_at IS NULL AND status = 'pending_payment'""",
            {"id": order_id, "number": number, "session_id": session_id, "url": url},
        )
    )


def forget_page(tx: Tx, order_id: UUID, session_id: str) -> bool:
    """Nobody can pay on this page any more."""
    return bool(
        tx.execute(
            """UPDATE orders SET stripe_session_id = NULL, stripe_session_url = NULL
                WHERE id = %s AND stripe_session_id = %s""",
            (order_id, session_id),
        )
    )


def open_pages(tx: Tx, after: UUID | None, limit: int) -> list[Open]:
    """Pages of unpaid orders, by order."""
    return tx.all(
        """SELECT id AS order_id, stripe_session_id FROM orders
            WHERE status = 'pending_payment' AND paid_at IS NULL AND stripe_session_id IS NOT NULL
              AND (%(after)s::uuid IS NULL OR id > %(after)s) ORDER BY id LIMIT %(limit)s""",
        {"after": after, "limit": limit},
        into=Open,
    )


def given_up(tx: Tx, now: datetime, limit: int) -> list[Open]:
    """Orders that nobody paid before their photos' time ran out."""
    return tx.all(
        """SELECT o.id AS order_id, o.stripe_session_id
             FROM orders o LEFT JOIN upload_sessions s ON s.id = o.session_id
            WHERE o.status = 'pending_payment' AND o.paid_at IS NULL AND (s.id IS NULL OR s.expires_at <= %(now)s)
            ORDER BY o.created_at LIMIT %(limit)s""",
        {"now": now, "limit": limit},
        into=Open,
    )


def newest_of_address(tx: Tx, email: str) -> UUID | None:
    """An order of this address, in whatever case it is written."""
    found: UUID | None = tx.value(
        "SELECT id FROM orders WHERE lower(email) = lower(%s) ORDER BY created_at DESC LIMIT 1", (email,)
    )
    return found


def of_same_address(tx: Tx, order_id: UUID, limit: int) -> list[Order]:
    """The newest orders of the address of this one, without those that were given up and had no payment."""
    return tx.all(
        f"""SELECT {_COLUMNS} FROM orders
             WHERE lower(email) = (SELECT lower(email) FROM orders WHERE id = %s)
               AND (status <> 'failed' OR paid_cents IS NOT NULL)
             ORDER BY created_at DESC, id DESC LIMIT %s""",  # noqa: S608
        (order_id, limit),
        into=Order,
    )
