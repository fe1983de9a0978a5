"""Jobs that make albums: what was asked, how far each photo is, what the model said."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from psycopg.types.json import Jsonb

from darkroom.db import Tx


class Curation(NamedTuple):
    job_id: UUID
    user_id: UUID
    instructions: str | None
    regroup: bool
    model_calls: int
    undo_job_id: UUID | None


class Entry(NamedTuple):
    """A photo of a job."""

    position: int
    storage_key: str
    image_id: UUID | None
    state: str
    reason: str | None


class Counts(NamedTuple):
    waiting: int
    ready: int
    skipped: int

    @property
    def total(self) -> int:
        return self.waiting + self.ready + self.skipped


class Known(NamedTuple):
    """What is known of a photo that is to be grouped."""

    id: UUID
    created_at: datetime
    taken_at: datetime | None
    taken_at_offset: str | None
    latitude: float | None
    longitude: float | None
    width: int
    height: int
    phash: int | None
    look: bytes | None


def create(
    tx: Tx,
    job_id: UUID,
    user_id: UUID,
    *,
    instructions: str | None,
    regroup: bool,
    photos: Sequence[tuple[str, UUID]],
) -> None:
    """`photos` are storage keys and what they became, in the person's order."""
    tx.execute(
        """INSERT INTO curations (job_id, user_id, instructions, regroup)
           VALUES (%(job_id)s, %(user_id)s, %(instructions)s, %(regroup)s)""",
        {"job_id": job_id, "user_id": user_id, "instructions": instructions, "regroup": regroup},
    )
    tx.execute(
        """INSERT INTO curation_photos (job_id, position, storage_key, image_id)
           SELECT %(job_id)s, place - 1, key, image_id
             FROM unnest(%(keys)s::text[], %(ids)s::uuid[]) WITH ORDINALITY AS photo (key, image_id, place)""",
        {"job_id": job_id, "keys": [key for key, _ in photos], "ids": [image_id for _, image_id in photos]},
    )


def get(tx: Tx, job_id: UUID) -> Curation | None:
    return tx.one(
        """SELECT job_id, user_id, instructions, regroup, model_calls, undo_job_id
             FROM curations WHERE job_id = %(job_id)s""",
        {"job_id": job_id},
        into=Curation,
    )


def counts(tx: Tx, job_id: UUID) -> Counts:
    found = tx.one(
        """SELECT count(*) FILTER (WHERE state = 'waiting') AS waiting,
                  count(*) FILTER (WHERE state = 'ready') AS ready,
                  count(*) FILTER (WHERE state = 'skipped') AS skipped
             FROM curation_photos WHERE job_id = %(job_id)s""",
        {"job_id": job_id},
        into=Counts,
    )
    assert found is not None
    return found


def waiting(tx: Tx, job_id: UUID, first: int = 0, last: int = 1_000_000) -> list[Entry]:
    """Photos from one position to another that nobody has prepared yet."""
    return tx.all(
        """SELECT position, storage_key, image_id, state, reason FROM curation_photos
            WHERE job_id = %(job_id)s AND position BETWEEN %(first)s AND %(last)s AND state = 'waiting'
            ORDER BY position""",
        {"job_id": job_id, "first": first, "last": last},
        into=Entry,
    )


def settle(tx: Tx, job_id: UUID, position: int, image_id: UUID | None, skipped_because: str | None = None) -> None:
    """A photo is ready, or skipped for a reason. The first word stands."""
    tx.execute(
        """UPDATE curation_photos
              SET state = CASE WHEN %(reason)s::text IS NULL THEN 'ready' ELSE 'skipped' END,
                  image_id = %(image_id)s, reason = %(reason)s
            WHERE job_id = %(job_id)s AND position = %(position)s AND state = 'waiting'""",
        {"job_id": job_id, "position": position, "image_id": image_id, "reason": skipped_because},
    )


def groupable(tx: Tx, job_id: UUID, *, regroup: bool) -> list[Known]:
    """The photos that albums are to be made of, each once: shown, and unless `regroup` in no album yet."""
    return tx.all(
        """SELECT i.id, i.created_at, i.taken_at, i.taken_at_offset, i.latitude, i.longitude, i.width, i.height,
                  i.phash, l.look
             FROM images AS i
             LEFT JOIN image_looks AS l ON l.image_id = i.id
            WHERE i.id IN (SELECT image_id FROM curation_photos WHERE job_id = %(job_id)s AND state = 'ready')
              AND i.trashed_at IS NULL AND i.derived_at IS NOT NULL
              AND (%(regroup)s OR NOT EXISTS (SELECT FROM album_images AS a WHERE a.image_id = i.id))
            ORDER BY coalesce(i.taken_at, i.created_at), i.id""",
        {"job_id": job_id, "regroup": regroup},
        into=Known,
    )


def count_images(tx: Tx, job_id: UUID) -> int:
    """How many photos a job is about: one that was brought twice is one."""
    return int(
        tx.value(
            """SELECT count(DISTINCT image_id) FROM curation_photos WHERE job_id = %(job_id)s AND state = 'ready'""",
            {"job_id": job_id},
        )
    )


def skipped(tx: Tx, job_id: UUID) -> list[dict[str, str]]:
    return tx.all(
        """SELECT storage_key, reason FROM curation_photos
            WHERE job_id = %(job_id)s AND state = 'skipped' ORDER BY position""",
        {"job_id": job_id},
    )


def refusals(tx: Tx, user_id: UUID, keys: Sequence[str]) -> dict[str, str]:
    """Why photos of these keys were skipped before, whichever job it was."""
    rows = tx.all(
        """SELECT p.storage_key, max(p.reason) AS reason
             FROM curation_photos AS p JOIN curations AS c ON c.job_id = p.job_id AND c.user_id = %(user_id)s
            WHERE p.storage_key = ANY(%(keys)s) AND p.state = 'skipped'
            GROUP BY p.storage_key""",
        {"user_id": user_id, "keys": list(keys)},
    )
    return {row["storage_key"]: row["reason"] for row in rows}


def duplicates(tx: Tx, job_id: UUID) -> list[dict[str, str]]:
    """Photos whose bytes were known under another key, and the image that has them."""
    return tx.all(
        """SELECT p.storage_key, i.id::text AS image_id
             FROM curation_photos AS p JOIN images AS i ON i.id = p.image_id AND i.storage_key <> p.storage_key
            WHERE p.job_id = %(job_id)s AND p.state = 'ready' ORDER BY p.position""",
        {"job_id": job_id},
    )


def answers(tx: Tx, job_id: UUID) -> dict[int, dict[str, Any]]:
    """What was kept of the model's answers, by batch (galleries.curating.proposals). One that failed for good says
    which photos it was about, and nothing of them."""
    rows = tx.all(
        "SELECT batch, answer FROM curation_answers WHERE job_id = %(job_id)s ORDER BY batch", {"job_id": job_id}
    )
    return {row["batch"]: row["answer"] for row in rows}


def keep_answer(tx: Tx, job_id: UUID, batch: int, answer: dict[str, Any]) -> bool:
    """The first answer stands, whoever asks at the same time. False: there is one."""
    return bool(
        tx.execute(
            """INSERT INTO curation_answers (job_id, batch, answer) VALUES (%(job_id)s, %(batch)s, %(answer)s)
                   ON CONFLICT DO NOTHING""",
            {"job_id": job_id, "batch": batch, "answer": Jsonb(answer)},
        )
    )


def forget_failed_answers(tx: Tx, job_id: UUID) -> None:
    """For a retry: the model is asked again where it failed, with a new budget."""
    tx.execute("DELETE FROM curation_answers WHERE job_id = %(job_id)s AND answer ? 'failed'", {"job_id": job_id})
    tx.execute("UPDATE curations SET model_calls = 0 WHERE job_id = %(job_id)s", {"job_id": job_id})


def count_model_call(tx: Tx, job_id: UUID, at_most: int) -> bool:
    """Takes one call from the job's budget; False when it is spent."""
    return bool(
        tx.execute(
            """UPDATE curations SET model_calls = model_calls + 1
                WHERE job_id = %(job_id)s AND model_calls < %(at_most)s""",
            {"job_id": job_id, "at_most": at_most},
        )
    )


def mark_undone(tx: Tx, job_id: UUID, undo_job_id: UUID) -> bool:
    """False: it is being undone, or was."""
    return bool(
        tx.execute(
            """UPDATE curations SET undo_job_id = %(undo_job_id)s
                WHERE job_id = %(job_id)s AND undo_job_id IS NULL""",
            {"job_id": job_id, "undo_job_id": undo_job_id},
        )
    )


def unmark_undone(tx: Tx, undo_job_id: UUID) -> None:
    """The undoing failed; it may be asked for again."""
    tx.execute("UPDATE curations SET undo_job_id = NULL WHERE undo_job_id = %(id)s", {"id": undo_job_id})
