"""Making albums: of what the model said where it was asked, and of what the photos themselves tell for the rest.

Grouping is computed outside any transaction; then one transaction writes every album and completes the job, so that a
message which comes twice finds it completed and no album is there twice.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from darkroom import jobs, log
from darkroom.db import Tx
from darkroom.messages import Message
from galleries.curating.photos import Album, Photo
from galleries.queries import albums, curations
from galleries.queries.curations import Curation, Known
from galleries.service import curations as service

_BEFORE_ALL = datetime.min.replace(tzinfo=UTC)


def make_albums(tx: Tx, message: Message) -> None:
    job_id = message.uuid("job_id")
    curation = curations.get(tx, job_id)
    if curation is None or jobs.resume(tx, job_id) is None:
        return
    known = curations.groupable(tx, job_id, regroup=curation.regroup)
    answers = list(curations.answers(tx, job_id).values())
    tx.commit()
    found = find_albums([_photo(row) for row in known], answers)
    _write(tx, curation, found)


def find_albums(photos: Sequence[Photo], answers: Sequence[dict[str, Any]]) -> list[Album]:
    """What the model proposed, and by the fallback what it says nothing of. The last one is to be shown first: it is
    the newest, and those without a date come at the very beginning."""
    from galleries.curating import grouping, proposals

    proposed = proposals.merge([photo.id for photo in photos], answers)
    left = set(proposed.unanswered)
    by_fallback = grouping.group([photo for photo in photos if photo.id in left])[::-1]
    if not proposed.albums:
        return by_fallback  # it knows what is the rest of everything
    taken = {photo.id: photo.taken_at for photo in photos}

    def began(album: Album) -> datetime:
        return min((moment for photo in album.photo_ids if (moment := taken[photo])), default=_BEFORE_ALL)

    return sorted([*by_fallback, *proposed.albums], key=began)


def _photo(row: Known) -> Photo:
    here = row.latitude is not None and row.longitude is not None
    return Photo(
        id=row.id,
        created_at=row.created_at,
        taken_at=row.taken_at,
        taken_at_offset=row.taken_at_offset,
        place=(row.latitude, row.longitude) if here else None,  # type: ignore[arg-type]  # both are numbers
        width=row.width,
        height=row.height,
        phash=row.phash,
        look=row.look,
    )


def _write(tx: Tx, curation: Curation, found: Sequence[Album]) -> None:
    """All of it and the job's end, or nothing. Photos that another job or the person has put into an album, or into the
    trash, meanwhile stay there."""
    if not albums.lock(tx, curation.user_id) or service.report(tx, curation.job_id, service.MAKING) is None:
        return  # the person is gone, or another delivery has finished the job
    emptied = albums.albums_of(tx, [photo for album in found for photo in album.photo_ids])
    made: list[UUID] = []
    for album in found:
        album_id = albums.insert(
            tx,
            curation.user_id,
            title=album.title,
            theme_description=album.theme_description,
            curated_by=album.curated_by,
            job_id=curation.job_id,
        )
        if albums.put_new_in(tx, curation.user_id, album_id, album.photo_ids, regroup=curation.regroup):
            made.append(album_id)
        else:
            albums.delete(tx, curation.user_id, album_id)
    albums.delete_empty(tx, curation.user_id, list(emptied))
    result = {
        "albums_created": len(made),
        "album_ids": [str(album_id) for album_id in made],
        "curated_by": "gemini" if any(album.curated_by == "gemini" for album in found) else "fallback",
        "photos": curations.count_images(tx, curation.job_id),
        "skipped": curations.skipped(tx, curation.job_id),
        "duplicates": curations.duplicates(tx, curation.job_id),
    }
    jobs.complete(tx, curation.job_id, result)
    log.info("galleries.albums_made", job_id=str(curation.job_id), albums=len(made), photos=result["photos"])
