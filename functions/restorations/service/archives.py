"""ZIPs of an order's photos: begun here, written part by part by the archive worker.

Sizes and CRCs of the photos are known, so every byte of a ZIP has its place before the first is read
(darkroom.archive.Layout). Each part that lies in storage is a checkpoint: a worker that is killed, or has no time
left, is followed by one that goes on with the next part. Two that write at once write the same bytes; a lease keeps
that rare, and what may be written twice does no harm. Memory is that of one part, whatever the ZIP's size.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from typing import Final, NamedTuple, NoReturn
from uuid import UUID

from darkroom import clock, ids, log, messages, outbox, storage
from darkroom.archive import FileChanged, Layout, Stored
from darkroom.db import Tx
from darkroom.worker import Permanent
from restorations import keys, naming
from restorations.queries import archives as queries
from restorations.queries import orders, photos
from restorations.queries.archives import Archive
from restorations.queries.photos import Photo

QUEUE: Final = "archives"
BUILD: Final = "restorations.build_archive"
KEPT: Final = timedelta(days=7)

_LEASE_SECONDS: Final = 60  # renewed with each part
_PATIENCE_SECONDS: Final = 15  # with one that was left half done
_MESSAGES_ARE_LOST_AFTER_SECONDS: Final = 300
_ATTEMPTS_MAX: Final = 20  # without a single part in between
_HANDED_OUT_AT_MOST: Final = timedelta(hours=2)  # an address works for an hour, and then a download may still run
_LEFTOVERS_AFTER_SECONDS: Final = 3600
_LOST: Final = "lost: "
_CONTENT_TYPE: Final = "application/zip"
_BYTES_A_SECOND: Final = 30_000_000  # a guess, for Retry-After alone
_RETRY_AFTER: Final = (2, 60)


class Plan(NamedTuple):
    """What an archive is to hold."""

    photos: list[Photo]
    layout: Layout
    part_bytes: int

    @property
    def part_count(self) -> int:
        return -(-self.layout.size_bytes // self.part_bytes)


def begin(tx: Tx, order_id: UUID, image_ids: Sequence[UUID]) -> None:
    """Has the ZIP of these photos written, unless there is one already."""
    archive_id = ids.new_id()
    if queries.write(tx, archive_id, order_id, image_ids, keys.archive(order_id, clock.now())):
        outbox.send(tx, QUEUE, messages.new(BUILD, {"archive_id": archive_id}))


def standing(tx: Tx, order_id: UUID, image_ids: Sequence[UUID]) -> Archive | None:
    """The ZIP of these photos as it is now; None when it is about to be cleared away, which is as good as gone."""
    found = queries.of_choice(tx, order_id, image_ids)
    if found is None or found.ready_at is None or found.status != "ready":
        return found
    if found.ready_at > clock.now() - KEPT + _HANDED_OUT_AT_MOST:
        return found
    queries.fail(tx, found.id, "too old to be handed out")
    return None


def seconds_left(archive: Archive | None) -> int:
    """When to ask for a ZIP again that is not ready."""
    shortest, longest = _RETRY_AFTER
    if archive is None or archive.size_bytes is None:
        return shortest
    left = archive.size_bytes - len(archive.parts) * _part_bytes(archive.size_bytes)
    return min(max(left // _BYTES_A_SECOND, shortest), longest)


def build(tx: Tx, archive_id: UUID, has_time: Callable[[], bool]) -> None:
    """Writes a ZIP, or goes on with it. Without time for another part, the next message goes on."""
    archive = queries.claim(tx, archive_id, _LEASE_SECONDS)
    if archive is None:
        _still_lost(tx, archive_id)
        return
    try:
        _go_on(tx, archive, has_time)
        tx.commit()
    except Exception:
        # The queue tries again in seconds, and must not find this one's lease.
        tx.rollback()
        queries.release(tx, archive.id)
        tx.commit()
        raise


def _go_on(tx: Tx, archive: Archive, has_time: Callable[[], bool]) -> None:
    if archive.attempts > _ATTEMPTS_MAX:
        _lose(tx, archive, "begun too often in vain")
    plan = _plan(tx, archive)
    tx.commit()
    if plan is None:
        queries.fail(tx, archive.id, "its order is no longer completed")
        return
    try:
        _write(tx, archive, plan, has_time)
    except (storage.Missing, FileChanged) as damaged:
        tx.rollback()
        _lose(tx, archive, f"{type(damaged).__name__}: {damaged}")


def take_up(tx: Tx, limit: int) -> int:
    """ZIPs that nobody writes any more are gone on with (the watch)."""
    found = queries.left_alone(tx, _PATIENCE_SECONDS, _MESSAGES_ARE_LOST_AFTER_SECONDS, limit)
    outbox.send_many(tx, QUEUE, [messages.new(BUILD, {"archive_id": each}) for each in found])
    return len(found)


def forget_over(tx: Tx, limit: int) -> int:
    """Storage first, then the rows: killed in between, what is gone is removed once more (the cleanup; commits)."""
    since = clock.now() - KEPT
    found = queries.over(tx, since, limit)
    tx.commit()
    for each in found:
        if each.upload_id is not None and each.status == "failed":
            storage.abandon_parts(each.storage_key, each.upload_id)
    if found:
        storage.delete_many([each.storage_key for each in found])
        queries.forget(tx, [each.id for each in found], since)
    return len(found)


def forget_results(tx: Tx, limit: int) -> int:
    """What tries were given and brought, since the photo is done with (the cleanup; commits)."""
    found = queries.leftovers(tx, _LEFTOVERS_AFTER_SECONDS, limit)
    tx.commit()
    if found:
        storage.delete_many(
            [keys.result(job.order_id, job.position, n) for job in found for n in range(1, job.try_number + 1)]
            + [keys.model_input(job.order_id, job.position) for job in found]
        )
        queries.tidied(tx, [job.job_id for job in found])
    return len(found)


def _plan(tx: Tx, archive: Archive) -> Plan | None:
    """The same for the same photos, each time: names, order and times come from rows that do not change."""
    order = orders.get(tx, archive.order_id)
    if order is None or order.status != "completed":
        return None
    wanted = set(archive.image_ids)
    found = [photo for photo in photos.of_order(tx, archive.order_id) if photo.id in wanted]
    files = []
    for photo, name in zip(found, naming.apart(map(naming.restored, found)), strict=True):
        if photo.restored_bytes is None or photo.restored_crc32 is None or photo.completed_at is None:
            return None
        files.append(Stored(name, photo.completed_at, photo.restored_bytes, photo.restored_crc32))
    layout = Layout(files)
    return Plan(found, layout, _part_bytes(layout.size_bytes)) if len(found) == len(wanted) else None


def _part_bytes(size_bytes: int) -> int:
    return max(storage.PART_BYTES, -(-size_bytes // storage.PARTS_MAX))


def _write(tx: Tx, archive: Archive, plan: Plan, has_time: Callable[[], bool]) -> None:
    upload_id, etags = archive.upload_id, list(archive.parts)
    if upload_id is None or archive.layout != plan.layout.digest:
        begun, etags = storage.begin_parts(archive.storage_key, _CONTENT_TYPE), []
        if not queries.begin(tx, archive, begun, plan.layout.digest, plan.layout.size_bytes):
            tx.commit()
            storage.abandon_parts(archive.storage_key, begun)
            return
        tx.commit()
        if upload_id is not None:
            storage.abandon_parts(archive.storage_key, upload_id)
        upload_id = begun
        archive = archive._replace(upload_id=begun)
    try:
        for number in range(len(etags) + 1, plan.part_count + 1):
            if not has_time():
                _hand_over(tx, archive)
                return
            etag = storage.write_part(archive.storage_key, upload_id, number, _part(plan, number))
            if not queries.add_part(tx, archive.id, upload_id, number, etag, _LEASE_SECONDS):
                tx.commit()
                return  # given up meanwhile, or somebody else goes on with it
            tx.commit()
            etags.append(etag)
        storage.finish_parts(archive.storage_key, upload_id, etags)
    except storage.UploadGone:
        if not _is_there(archive, plan):
            queries.begin_anew(tx, archive)
            tx.commit()
            raise
    if queries.ready(tx, archive.id, clock.now()):
        log.info("restorations.archive_ready", archive_id=str(archive.id), size_bytes=plan.layout.size_bytes)


def _part(plan: Plan, number: int) -> bytes:
    def read(index: int, start: int, stop: int) -> Iterator[bytes]:
        key = plan.photos[index].restored_key
        assert key is not None  # its row is that of a completed photo
        return storage.stream(key, start, stop)

    start = (number - 1) * plan.part_bytes
    return b"".join(plan.layout.pieces(read, start, start + plan.part_bytes))


def _is_there(archive: Archive, plan: Plan) -> bool:
    """Whether whoever was here before had finished it, and was killed before it could say so."""
    stored = storage.head(archive.storage_key)
    return stored is not None and stored.size_bytes == plan.layout.size_bytes


def _hand_over(tx: Tx, archive: Archive) -> None:
    log.info("restorations.archive_handed_over", archive_id=str(archive.id))
    queries.release(tx, archive.id)
    outbox.send(tx, QUEUE, messages.new(BUILD, {"archive_id": archive.id}))


def _lose(tx: Tx, archive: Archive, why: str) -> NoReturn:
    """No repetition makes it: the message goes to the dead letters, whose alarm tells us. Whoever asks for the ZIP
    later begins another one; the cleanup removes what was written of this one."""
    queries.fail(tx, archive.id, _LOST + why)
    tx.commit()
    raise Permanent(why)


def _still_lost(tx: Tx, archive_id: UUID) -> None:
    """A message that was refused comes some more times before it is a dead letter."""
    why = queries.error(tx, archive_id)
    if why is not None and why.startswith(_LOST):
        raise Permanent(why)
