"""Captures whose photos are on their way."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, LiteralString, NamedTuple
from uuid import UUID

from darkroom import pictures
from darkroom.db import Tx

if TYPE_CHECKING:
    from darkroom.images import Inspection


class Arriving(NamedTuple):
    """A capture, and what its agent announced."""

    id: UUID
    user_id: UUID
    device_id: UUID
    client_id: UUID | None
    status: str
    taken_at: datetime | None
    storage_key: str | None
    content_type: str | None
    file_size_bytes: int | None
    sha256: bytes | None
    image_id: UUID | None


class Announced(NamedTuple):
    content_type: str
    file_size_bytes: int
    sha256: bytes


def announced_of(capture: Arriving) -> Announced:
    """What was announced of a capture that has a place in storage."""
    assert capture.content_type is not None
    assert capture.file_size_bytes is not None
    assert capture.sha256 is not None
    return Announced(capture.content_type, capture.file_size_bytes, capture.sha256)


class Reported(NamedTuple):
    """A photo that nobody had asked for when its agent tells of it."""

    id: UUID
    user_id: UUID
    device_id: UUID
    schedule_id: UUID | None
    due_at: datetime | None
    client_id: UUID
    taken_at: datetime
    storage_key: str


_COLUMNS: Final[LiteralString] = (
    "id, user_id, device_id, client_id, status, taken_at, storage_key, content_type, file_size_bytes, sha256, image_id"
)


def find(tx: Tx, device_id: UUID, capture_id: UUID) -> Arriving | None:
    return tx.one(
        f"SELECT {_COLUMNS} FROM captures WHERE id = %(id)s AND device_id = %(device_id)s",  # noqa: S608
        {"id": capture_id, "device_id": device_id},
        into=Arriving,
    )


def hold(tx: Tx, device_id: UUID, capture_id: UUID) -> Arriving | None:
    """As `find`; the capture stays as it is until the transaction ends."""
    return tx.one(
        f"""SELECT {_COLUMNS} FROM captures WHERE id = %(id)s AND device_id = %(device_id)s
               FOR NO KEY UPDATE""",  # noqa: S608
        {"id": capture_id, "device_id": device_id},
        into=Arriving,
    )


def hold_reported(tx: Tx, device_id: UUID, client_id: UUID) -> Arriving | None:
    return tx.one(
        f"""SELECT {_COLUMNS} FROM captures WHERE device_id = %(device_id)s AND client_id = %(client_id)s
               FOR NO KEY UPDATE""",  # noqa: S608
        {"device_id": device_id, "client_id": client_id},
        into=Arriving,
    )


def hold_due(tx: Tx, schedule_id: UUID, due_at: datetime) -> Arriving | None:
    return tx.one(
        f"""SELECT {_COLUMNS} FROM captures WHERE schedule_id = %(schedule_id)s AND due_at = %(due_at)s
               FOR NO KEY UPDATE""",  # noqa: S608
        {"schedule_id": schedule_id, "due_at": due_at},
        into=Arriving,
    )


def insert(tx: Tx, new: Reported, announced: Announced, now: datetime) -> None:
    """It waits for no device, so its time to wait is over already."""
    tx.execute(
        """INSERT INTO captures (id, user_id, device_id, schedule_id, due_at, client_id, status, requested_at,
                                 expires_at, uploading_at, taken_at, storage_key, content_type, file_size_bytes, sha256)
           VALUES (%(id)s, %(user_id)s, %(device_id)s, %(schedule_id)s, %(due_at)s, %(client_id)s, 'uploading',
                   coalesce(%(due_at)s::timestamptz, %(taken_at)s), %(now)s, %(now)s, %(taken_at)s, %(storage_key)s,
                   %(content_type)s, %(file_size_bytes)s, %(sha256)s)""",
        {**new._asdict(), **announced._asdict(), "now": now},
    )


def give_place(tx: Tx, capture_id: UUID, storage_key: str, announced: Announced, now: datetime) -> None:
    """The photo may be brought here. Whoever asks again is still at it: the time to bring it begins anew."""
    tx.execute(
        """UPDATE captures
              SET status = 'uploading', error = NULL, uploading_at = %(now)s, storage_key = %(storage_key)s,
                  content_type = %(content_type)s, file_size_bytes = %(file_size_bytes)s, sha256 = %(sha256)s
            WHERE id = %(id)s""",
        {"id": capture_id, "storage_key": storage_key, "now": now, **announced._asdict()},
    )


def claim(tx: Tx, capture_id: UUID, client_id: UUID, taken_at: datetime) -> None:
    """The agent reports the photo of this capture by a name of its own; the first name and time stand."""
    tx.execute(
        """UPDATE captures
              SET client_id = coalesce(client_id, %(client_id)s), taken_at = coalesce(taken_at, %(taken_at)s)
            WHERE id = %(id)s""",
        {"id": capture_id, "client_id": client_id, "taken_at": taken_at},
    )


def forget_report(tx: Tx, capture_id: UUID) -> None:
    """The agent's name of the photo is free for another capture."""
    tx.execute("UPDATE captures SET client_id = NULL WHERE id = %(id)s", {"id": capture_id})


def was_paused(tx: Tx, device_id: UUID, moment: datetime) -> bool:
    return bool(
        tx.value(
            """SELECT EXISTS (SELECT FROM device_pauses
                               WHERE device_id = %(id)s AND began_at <= %(moment)s
                                 AND (ended_at IS NULL OR ended_at > %(moment)s))""",
            {"id": device_id, "moment": moment},
        )
    )


def fail(tx: Tx, capture: Arriving, reason: str) -> None:
    """It gives its place in storage up."""
    tx.execute(
        "UPDATE captures SET status = 'failed', error = %(reason)s, storage_key = NULL WHERE id = %(id)s",
        {"id": capture.id, "reason": reason},
    )
    if capture.storage_key is not None:
        erase(tx, capture.user_id, [capture.storage_key])


def fail_abandoned(tx: Tx, before: datetime, reason: str, limit: int) -> list[UUID]:
    """Photos that never arrived."""
    rows = tx.all(
        """WITH gone AS (
               SELECT id, user_id, storage_key FROM captures
                WHERE status = 'uploading' AND uploading_at <= %(before)s
                ORDER BY uploading_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED)
           UPDATE captures AS c SET status = 'failed', error = %(reason)s, storage_key = NULL
             FROM gone WHERE c.id = gone.id
        RETURNING gone.id, gone.user_id, gone.storage_key""",
        {"before": before, "reason": reason, "limit": limit},
    )
    for row in rows:
        if row["storage_key"] is not None:
            erase(tx, row["user_id"], [row["storage_key"]])
    return [row["id"] for row in rows]


def spend_key(tx: Tx, capture: Arriving) -> bool:
    """What lies under the key is not what was announced, and cannot be replaced: the next try gets another key.
    False: the capture has gone on meanwhile."""
    spent = tx.execute(
        """UPDATE captures SET storage_key = NULL
            WHERE id = %(id)s AND status = 'uploading' AND storage_key = %(storage_key)s""",
        {"id": capture.id, "storage_key": capture.storage_key},
    )
    if spent and capture.storage_key is not None:
        erase(tx, capture.user_id, [capture.storage_key])
    return bool(spent)


def complete(
    tx: Tx, capture_id: UUID, image_id: UUID, found: "Inspection", *, taken_at: datetime, now: datetime
) -> None:
    tx.execute(
        """UPDATE captures
              SET status = 'completed', error = NULL, completed_at = %(now)s, taken_at = %(taken_at)s,
                  image_id = %(image_id)s, phash = %(phash)s, thumbhash = %(thumbhash)s
            WHERE id = %(id)s""",
        {
            "id": capture_id,
            "image_id": image_id,
            "phash": found.phash,
            "thumbhash": found.thumbhash,
            "taken_at": taken_at,
            "now": now,
        },
    )


def make_image(
    tx: Tx, capture: Arriving, image_id: UUID, found: "Inspection", *, filename: str, taken_at: datetime
) -> None:
    """The photo among its owner's others; its derivatives are in storage."""
    latitude, longitude = found.metadata.gps or (None, None)
    row: dict[str, Any] = {
        "id": image_id,
        "user_id": capture.user_id,
        "storage_key": capture.storage_key,
        "filename": filename,
        "content_type": found.content_type,
        "size": found.size_bytes,
        "width": found.width,
        "height": found.height,
        "sha256": found.sha256,
        "crc32": found.crc32,
        "phash": found.phash,
        "thumbhash": found.thumbhash,
        "taken_at": taken_at,
        "offset": found.metadata.taken_at_offset,
        "latitude": latitude,
        "longitude": longitude,
    }
    tx.execute(
        """INSERT INTO images (id, user_id, source, storage_key, original_filename, content_type, file_size_bytes,
                               width, height, sha256, crc32, phash, thumbhash, taken_at, taken_at_offset, latitude,
                               longitude, derived_at)
           VALUES (%(id)s, %(user_id)s, 'capture', %(storage_key)s, %(filename)s, %(content_type)s, %(size)s,
                   %(width)s, %(height)s, %(sha256)s, %(crc32)s, %(phash)s, %(thumbhash)s, %(taken_at)s, %(offset)s,
                   %(latitude)s, %(longitude)s, now())""",
        row,
    )


def image_id_of(storage_key: str) -> UUID:
    """The id that the image under a key has or will have, so that whoever repeats the work writes the same objects."""
    return UUID(storage_key.rpartition("/")[2].partition(".")[0])


def erase(tx: Tx, user_id: UUID, storage_keys: Sequence[str]) -> None:
    """The objects go with the next sweep of storage, and with them the pictures that somebody may have made of them
    before being killed."""
    keys = [*storage_keys, *(key for each in storage_keys for key in pictures.keys(image_id_of(each)))]
    tx.execute(
        """INSERT INTO storage_erasures (storage_key, owner_id)
           SELECT key, %(user_id)s FROM unnest(%(keys)s::text[]) AS gone (key) ON CONFLICT DO NOTHING""",
        {"user_id": user_id, "keys": keys},
    )
