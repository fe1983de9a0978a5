"""Keyset pages: a cursor is where the last page ended, so page 1,000 costs what page 1 costs.

after = page.after(datetime, UUID)                # None on the first page
rows = queries.photos(tx, user.id, after, page.fetch)
items, next_cursor = page.split(rows, lambda row: (row.created_at, row.id))
"""

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

from darkroom.errors import BadRequest, FieldError

Row = TypeVar("Row")
Key = str | int | datetime | UUID

LIMIT_DEFAULT = 50
LIMIT_MAX = 200
CURSOR_MAX = 500


class Cursor:
    """The opaque text of a keyset: the last row's sort keys, typed."""

    @staticmethod
    def encode(keys: Sequence[Key]) -> str:
        text = json.dumps([_pack(key) for key in keys], separators=(",", ":"))
        return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()

    @staticmethod
    def decode(text: str, *types: type[Key]) -> tuple[Any, ...]:
        """The keys, which must be of `types`. Anything that `encode` did not make for them is a 400."""
        try:
            packed = json.loads(base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True))
            if not isinstance(packed, list) or len(packed) != len(types):
                raise ValueError("not a keyset of this list")  # noqa: TRY301 - one way out of every bad cursor
            return tuple(_unpack(value, kind) for value, kind in zip(packed, types, strict=True))
        except (ValueError, TypeError, AttributeError, RecursionError, binascii.Error) as failure:
            fields = [FieldError("cursor", "This is not a cursor of this list.")]
            raise BadRequest("The cursor is not valid.", fields=fields) from failure


class PageRequest(NamedTuple):
    """What `?limit=&cursor=` asked for."""

    limit: int = LIMIT_DEFAULT
    cursor: str | None = None

    def after(self, *types: type[Key]) -> tuple[Any, ...] | None:
        """The keys of the last row already seen, or None on the first page."""
        return Cursor.decode(self.cursor, *types) if self.cursor is not None else None

    @property
    def fetch(self) -> int:
        """How many rows to ask for: one more than the page holds tells whether another follows."""
        return self.limit + 1

    def split(self, rows: Sequence[Row], keys: Callable[[Row], Sequence[Key]]) -> tuple[list[Row], str | None]:
        """The page's rows and the cursor of the next one, from up to `fetch` rows."""
        items = list(rows[: self.limit])
        following = Cursor.encode(keys(items[-1])) if len(rows) > self.limit else None
        return items, following


def _pack(key: Key) -> str | int:
    if isinstance(key, datetime):
        return key.isoformat()
    return str(key) if isinstance(key, UUID) else key


def _unpack(value: Any, kind: type[Key]) -> Key:
    if kind is int:
        if type(value) is not int or not -(2**63) <= value < 2**63:
            raise ValueError("not a number")
        return value
    if not isinstance(value, str) or "\x00" in value:
        raise ValueError("not a text")
    if kind is datetime:
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is None:
            raise ValueError("not a moment")
        return moment
    if kind is UUID:
        return UUID(value)
    value.encode()  # a lone surrogate is no text of ours
    return value
