"""Bringing old photos: a session of a day, and what became of each file."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple, Protocol
from uuid import UUID

from darkroom import auth, clock, ids, messages, outbox, storage, throttle
from darkroom.db import Tx
from darkroom.errors import BadRequest, Conflict, FieldError, Gone, NotFound
from darkroom.settings import settings
from darkroom.storage import Upload
from restorations import keys
from restorations.queries import uploads as queries
from restorations.queries.uploads import File as Uploaded
from restorations.service import duplicates

# Where files are looked into (validating), apart from here because that opens photos.
QUEUE: Final = "validations"
VALIDATE: Final = "restorations.validate_upload"

TOKEN: Final = "upload"  # noqa: S105 - the kind of token that opens a session
EXPIRED: Final = "This upload has expired. Please bring your photos again."

_HOUR: Final = 3600
# The token outlives its session, so that whoever comes back later is told that it is over, and not to sign in.
_TOKEN_OUTLIVES: Final = timedelta(days=1)
_LOOKED_FOR_AFTER_SECONDS: Final = 120
_LATE_UPLOADS_SECONDS: Final = 900  # a file that was begun in the last minute has the time to end


class File(Protocol):
    """What a client says about a file before it brings it."""

    @property
    def filename(self) -> str: ...
    @property
    def content_type(self) -> str: ...
    @property
    def size_bytes(self) -> int: ...


class Place(NamedTuple):
    upload_id: UUID
    upload: Upload


class Opened(NamedTuple):
    id: UUID
    token: str
    places: list[Place]
    expires_at: datetime


class Session(NamedTuple):
    id: UUID
    expires_at: datetime
    files: list[Uploaded]
    order_id: UUID | None


def open_session(tx: Tx, address: str, files: Sequence[File]) -> Opened:
    """A place for each file, in their order; one file that could not be taken refuses the whole call."""
    most = settings().restoration_files_max
    if len(files) > most:
        reason = f"Bring at most {most} photos at once."
        raise BadRequest(reason, fields=[FieldError("files", reason)])
    storage.check_photos(files)
    throttle.hit(tx, "upload_sessions", address, settings().upload_sessions_per_address_hour, _HOUR)
    session_id, expires_at = ids.new_id(), clock.now() + timedelta(seconds=settings().upload_session_seconds)
    new = [announced(session_id, file) for file in files]
    queries.open_session(tx, session_id, expires_at, new)
    token = auth.issue_opaque(tx, TOKEN, session_id, expires_at + _TOKEN_OUTLIVES)
    places = [place(each.id, each.storage_key, each.announced_type, each.announced_bytes) for each in new]
    return Opened(session_id, token, places, expires_at)


def get(tx: Tx, caller_id: UUID, session_id: UUID) -> Session:
    found = _living(tx, caller_id, session_id)
    files = queries.files(tx, session_id)
    twice = duplicates.found(files)
    shown = [file._replace(status="invalid", reason=twice[file.id]) if file.id in twice else file for file in files]
    return Session(found.id, found.expires_at, shown, found.order_id)


def renew(tx: Tx, caller_id: UUID, session_id: UUID, upload_ids: Sequence[UUID]) -> list[Place]:
    """Fresh addresses for files whose first ones have run out; what was brought cannot be brought again."""
    _living(tx, caller_id, session_id)
    known = {file.id: file for file in queries.files(tx, session_id)}
    tx.commit()
    if not known.keys() >= set(upload_ids):
        raise NotFound
    wanted = [known[each] for each in dict.fromkeys(upload_ids)]
    there = storage.sizes([file.storage_key for file in wanted if file.status == "pending"])
    brought = [file for file in wanted if file.status != "pending" or file.storage_key in there]
    if brought:
        names = ", ".join(file.filename for file in brought)
        raise Conflict(f"Already brought: {names}. Ask for addresses of the others only.")
    return [place(file.id, file.storage_key, file.announced_type, file.announced_bytes) for file in wanted]


def look_for_lost(tx: Tx, limit: int) -> int:
    """Has files looked into that lie in storage although nobody was told so (the watch; commits between)."""
    wanted = queries.to_look_for(tx, _LOOKED_FOR_AFTER_SECONDS, limit)
    tx.commit()
    if wanted:
        there = storage.sizes(list(wanted))
        found = [messages.new(VALIDATE, {"upload_id": wanted[key]}) for key in there]
        outbox.send_many(tx, QUEUE, found)
    return len(wanted)


def forget_over(tx: Tx, limit: int) -> int:
    """Objects first, then the rows that name them: killed in between, what is gone is asked for once more, which is no
    error (the cleanup; commits between)."""
    sessions = queries.over(tx, _LATE_UPLOADS_SECONDS, limit)
    tx.commit()
    if sessions:
        storage.delete_many([key for each in sessions for key in each.storage_keys])
        storage.delete_many([keys.preview(each.id, upload_id) for each in sessions for upload_id in each.upload_ids])
        queries.forget(tx, [each.id for each in sessions])
    return len(sessions)


def _living(tx: Tx, caller_id: UUID, session_id: UUID) -> queries.Session:
    if caller_id != session_id:
        raise NotFound
    found = queries.session(tx, session_id)
    if found is None or found.expires_at <= clock.now():
        raise Gone(EXPIRED)
    return found


def announced(session_id: UUID, file: File) -> queries.Announced:
    upload_id = ids.new_id()
    return queries.Announced(
        upload_id,
        storage.safe_name(file.filename),
        file.content_type,
        file.size_bytes,
        keys.temp(session_id, upload_id, file.content_type),
    )


def place(upload_id: UUID, key: str, content_type: str, size_bytes: int) -> Place:
    return Place(upload_id, storage.upload_url(key, content_type, size_bytes))
