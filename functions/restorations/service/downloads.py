"""Links that download: made here, counted where they are used (fetching)."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from darkroom.auth import Caller
from darkroom.db import Tx


class Link(NamedTuple):
    token: str
    url: str
    expires_at: datetime
    max_downloads: int


def create(tx: Tx, caller: Caller, order_id: UUID, image_ids: Sequence[UUID] | None) -> Link:
    """For whoever may open the order: one photo, or a ZIP."""
    raise NotImplementedError


def issue(tx: Tx, order_id: UUID) -> Link:
    """A link to the ZIP of all restored photos of an order that this transaction completes, for its mail. The ZIP is
    begun at once, so that it is there when somebody comes for it."""
    raise NotImplementedError


def revoke(tx: Tx, order_id: UUID) -> None:
    """No link of this order opens anything from now on."""
    raise NotImplementedError
