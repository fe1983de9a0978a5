"""What a download link leads to.

A GET that writes, so it opens transactions of its own. Nothing is counted until there is something to lead to.
"""

from datetime import timedelta
from typing import Final

from darkroom import clock, db, storage
from darkroom.crypto import token_hash
from darkroom.db import Tx
from darkroom.errors import Forbidden, Unavailable
from restorations import naming
from restorations.queries import links as queries
from restorations.queries import photos
from restorations.queries.links import Link
from restorations.service import archives

_REFUSED: Final = "This link is not valid, has expired, or was used as often as it may be. Your order's page says more."
_FAILED: Final = "We could not pack these photos. We have been told, and look into it."
_TOKEN_MAX: Final = 200
_ANOTHER_TRY_AFTER: Final = timedelta(minutes=30)


def fetch(token: str) -> str | int:
    """The address of the file, which counts as a download; or how many seconds later to ask again. Raises Forbidden."""
    if not token.isascii() or len(token) > _TOKEN_MAX:
        raise Forbidden(_REFUSED)
    with db.transaction() as tx:
        link = queries.usable(tx, token_hash(token), clock.now())
        if link is None:
            raise Forbidden(_REFUSED)
        return _archive(tx, link) if link.is_archive else _photo(tx, link)


def _photo(tx: Tx, link: Link) -> str:
    found = photos.get(tx, link.image_ids[0])
    if found is None or found.restored_key is None:
        raise Forbidden(_REFUSED)
    return _counted(tx, link, found.restored_key, naming.restored(found))


def _archive(tx: Tx, link: Link) -> str | int:
    found = archives.standing(tx, link.order_id, link.image_ids)
    if found is not None and found.status == "ready":
        return _counted(tx, link, found.storage_key, naming.archive(link.ordered_at))
    if found is not None and found.status == "failed":
        if found.created_at > clock.now() - _ANOTHER_TRY_AFTER:
            raise Unavailable(_FAILED)
        found = None
    if found is None:
        archives.begin(tx, link.order_id, link.image_ids)
    return archives.seconds_left(found)


def _counted(tx: Tx, link: Link, key: str, name: str) -> str:
    if not queries.count(tx, link.id, clock.now()):
        raise Forbidden(_REFUSED)
    return storage.read_url(key, name)
