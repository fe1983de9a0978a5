"""The Lambda that removes a deleted person's objects from storage: those that were listed, and those under their name.

It may come twice and stop anywhere: what is gone is struck off, what is left is found again.
"""

from collections.abc import Iterator
from itertools import islice
from uuid import UUID

from accounts.queries import erasure
from accounts.service import deletion
from accounts.service.exports import FOLDER as EXPORTS
from darkroom import log, storage, worker
from darkroom.db import Tx
from darkroom.messages import Message

_AT_ONCE = 1_000
# Where a key tells whose it is: late uploads have no row.
_FOLDERS = ("uploads", "captures", "restorations", "downloads", EXPORTS)


def erase(tx: Tx, message: Message) -> None:
    user_id = message.uuid("user_id")
    if not erasure.is_deleted(tx, user_id):
        raise worker.Permanent(f"{user_id} is not deleted")
    erasure.forget(tx, user_id)  # once more: a worker may have written a row of theirs after they had left
    while keys := erasure.listed(tx, user_id, _AT_ONCE):
        tx.commit()  # storage is called outside transactions
        storage.delete_many(keys)
        erasure.strike(tx, user_id, keys)
    tx.commit()
    found = _under_their_name(user_id)
    while keys := list(islice(found, _AT_ONCE)):
        storage.delete_many(keys)
    log.info("accounts.erased", user_id=str(user_id))


def _under_their_name(user_id: UUID) -> Iterator[str]:
    for folder in _FOLDERS:
        yield from storage.keys_under(f"{folder}/{user_id}/")


handler = worker.sqs_worker(guarded={deletion.ERASE: erase})
