"""Restorations as tries: one job a photo, whose row says what has been done of its current try.

Whoever changes a job holds its order first (queries.orders.hold). Each step is guarded by the state and by the number
of the try, so that what comes late finds another number and changes nothing.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, LiteralString, NamedTuple
from uuid import UUID

from darkroom import ids
from darkroom.db import Tx

STOPPED: Final = "stopped"


class Job(NamedTuple):
    id: UUID
    order_id: UUID
    image_id: UUID
    status: str
    try_number: int
    fidelity: float
    prediction_id: str | None
    result_key: str | None
    error: str | None
    kind_of_error: str | None
    created_at: datetime
    started_at: datetime | None
    submitted_at: datetime | None
    leased_until: datetime | None
    completed_at: datetime | None


_COLUMNS: Final[LiteralString] = ", ".join(Job._fields)


def begin(tx: Tx, order_id: UUID, image_ids: Sequence[UUID], fidelity: float, leased_until: datetime) -> int:
    """A job for each photo that has none; how many are new."""
    return tx.execute_many(
        """INSERT INTO restoration_jobs (id, order_id, image_id, fidelity, leased_until)
           VALUES (%(id)s, %(order_id)s, %(image_id)s, %(fidelity)s, %(leased_until)s)
           ON CONFLICT (image_id) DO NOTHING""",
        [
            {
                "id": ids.new_id(),
                "order_id": order_id,
                "image_id": image_id,
                "fidelity": fidelity,
                "leased_until": leased_until,
            }
            for image_id in image_ids
        ],
    )


def get(tx: Tx, job_id: UUID) -> Job | None:
    return tx.one(f"SELECT {_COLUMNS} FROM restoration_jobs WHERE id = %s", (job_id,), into=Job)  # noqa: S608


def of_photo(tx: Tx, image_id: UUID) -> Job | None:
    return tx.one(f"SELECT {_COLUMNS} FROM restoration_jobs WHERE image_id = %s", (image_id,), into=Job)  # noqa: S608


def open_of_order(tx: Tx, order_id: UUID) -> list[Job]:
    return tx.all(
        f"""SELECT {_COLUMNS} FROM restoration_jobs
             WHERE order_id = %s AND status IN ('pending', 'queued', 'processing') ORDER BY id""",  # noqa: S608
        (order_id,),
        into=Job,
    )


def queue(tx: Tx, image_id: UUID, leased_until: datetime) -> Job | None:
    """The photo lies where it stays: its job may begin."""
    return tx.one(
        f"""UPDATE restoration_jobs SET status = 'queued', leased_until = %(leased_until)s
             WHERE image_id = %(image_id)s AND status = 'pending' RETURNING {_COLUMNS}""",  # noqa: S608
        {"image_id": image_id, "leased_until": leased_until},
        into=Job,
    )


def claim(tx: Tx, job_id: UUID, try_number: int, now: datetime, leased_until: datetime) -> Job | None:
    """This try is submitted now, by whoever gets the job from here: nobody has, or who had is gone."""
    return tx.one(
        f"""UPDATE restoration_jobs
               SET status = 'processing', submitted_at = %(now)s, started_at = coalesce(started_at, %(now)s),
                   leased_until = %(leased_until)s
             WHERE id = %(id)s AND try_number = %(try_number)s AND prediction_id IS NULL
               AND (status = 'queued' OR (status = 'processing' AND (submitted_at IS NULL OR leased_until <= %(now)s)))
         RETURNING {_COLUMNS}""",  # noqa: S608
        {"id": job_id, "try_number": try_number, "now": now, "leased_until": leased_until},
        into=Job,
    )


def unclaim(tx: Tx, job_id: UUID, try_number: int, leased_until: datetime) -> bool:
    """It was not submitted, through no fault of the photo; the same try is made again."""
    return bool(
        tx.execute(
            """UPDATE restoration_jobs SET submitted_at = NULL, leased_until = %(leased_until)s
                WHERE id = %(id)s AND try_number = %(try_number)s AND status = 'processing'
                  AND prediction_id IS NULL""",
            {"id": job_id, "try_number": try_number, "leased_until": leased_until},
        )
    )


def keep_prediction(tx: Tx, job_id: UUID, try_number: int, prediction_id: str, leased_until: datetime) -> bool:
    """What the provider calls this try. False: the try is over, or goes by another prediction."""
    return bool(
        tx.execute(
            """UPDATE restoration_jobs SET prediction_id = %(prediction_id)s, leased_until = %(leased_until)s
                WHERE id = %(id)s AND try_number = %(try_number)s AND status = 'processing'
                  AND coalesce(prediction_id, %(prediction_id)s) = %(prediction_id)s""",
            {"id": job_id, "try_number": try_number, "prediction_id": prediction_id, "leased_until": leased_until},
        )
    )


def next_check(tx: Tx, job: Job, due_by: datetime, leased_until: datetime) -> bool:
    """Whether the next look at it is this one's to plan: of looks at the same time, or come twice, only one plans."""
    return bool(
        tx.execute(
            """UPDATE restoration_jobs SET leased_until = %(leased_until)s
                WHERE id = %(id)s AND try_number = %(try_number)s AND status = 'processing'
                  AND prediction_id = %(prediction_id)s AND result_key IS NULL AND leased_until <= %(due_by)s""",
            {
                "id": job.id,
                "try_number": job.try_number,
                "prediction_id": job.prediction_id,
                "due_by": due_by,
                "leased_until": leased_until,
            },
        )
    )


def keep_result(tx: Tx, job: Job, result_key: str, leased_until: datetime) -> bool:
    """The output of this try lies in our storage. False: it did already, or the try is over."""
    return bool(
        tx.execute(
            """UPDATE restoration_jobs SET result_key = %(result_key)s, leased_until = %(leased_until)s
                WHERE id = %(id)s AND try_number = %(try_number)s AND status = 'processing'
                  AND prediction_id = %(prediction_id)s AND result_key IS NULL""",
            {
                "id": job.id,
                "try_number": job.try_number,
                "prediction_id": job.prediction_id,
                "result_key": result_key,
                "leased_until": leased_until,
            },
        )
    )


def lease(tx: Tx, job: Job, leased_until: datetime) -> bool:
    """Somebody is at it. False: this try is over."""
    return bool(
        tx.execute(
            """UPDATE restoration_jobs SET leased_until = %(leased_until)s
                WHERE id = %(id)s AND try_number = %(try_number)s AND status = %(status)s""",
            {"id": job.id, "try_number": job.try_number, "status": job.status, "leased_until": leased_until},
        )
    )


def fail(tx: Tx, job: Job, kind: str, error: str) -> bool:
    """This try is over, from wherever it stood. False: it was before."""
    return bool(
        tx.execute(
            """UPDATE restoration_jobs
                  SET status = 'failed', kind_of_error = %(kind)s, error = %(error)s, completed_at = now(),
                      leased_until = NULL
                WHERE id = %(id)s AND try_number = %(try_number)s AND status IN ('pending', 'queued', 'processing')""",
            {"id": job.id, "try_number": job.try_number, "kind": kind, "error": error},
        )
    )


def try_again(tx: Tx, job: Job, fidelity: float, leased_until: datetime) -> int | None:
    """A failed job begins its next try, whose number is told."""
    number: int | None = tx.value(
        """UPDATE restoration_jobs
              SET status = 'queued', try_number = try_number + 1, fidelity = %(fidelity)s, prediction_id = NULL,
                  result_key = NULL, submitted_at = NULL, completed_at = NULL, leased_until = %(leased_until)s
            WHERE id = %(id)s AND try_number = %(try_number)s AND status = 'failed' RETURNING try_number""",
        {"id": job.id, "try_number": job.try_number, "fidelity": fidelity, "leased_until": leased_until},
    )
    return number


def complete(tx: Tx, job: Job) -> bool:
    return bool(
        tx.execute(
            """UPDATE restoration_jobs
                  SET status = 'completed', completed_at = now(), leased_until = NULL, error = NULL,
                      kind_of_error = NULL
                WHERE id = %(id)s AND try_number = %(try_number)s AND status = 'processing'
                  AND result_key = %(result_key)s""",
            {"id": job.id, "try_number": job.try_number, "result_key": job.result_key},
        )
    )


def forget_prediction(tx: Tx, job: Job) -> None:
    """What was stopped and then cancelled at the provider needs no further look."""
    tx.execute(
        "UPDATE restoration_jobs SET prediction_id = NULL WHERE id = %(id)s AND status = 'failed'", {"id": job.id}
    )


def wake(tx: Tx, order_id: UUID, now: datetime) -> None:
    """What has rested is left behind from now on, so that the watch has it go on; its time begins anew. What is with
    the provider did not rest."""
    tx.execute(
        """UPDATE restoration_jobs
              SET created_at = %(now)s, started_at = NULL, leased_until = %(now)s
            WHERE order_id = %(order_id)s AND status IN ('pending', 'queued', 'processing')
              AND (prediction_id IS NULL OR result_key IS NOT NULL)""",
        {"order_id": order_id, "now": now},
    )


def left_behind(tx: Tx, now: datetime, limit: int) -> list[Job]:
    """Open jobs that nobody is at any more, longest first. While its order's payment is disputed a job rests, unless
    its photo still lies where it does not stay, or it is with the provider, who forgets results."""
    return tx.all(
        f"""SELECT {_COLUMNS} FROM restoration_jobs AS j
             WHERE status IN ('pending', 'queued', 'processing') AND leased_until <= %(now)s
               AND (status = 'pending' OR (prediction_id IS NOT NULL AND result_key IS NULL) OR NOT EXISTS (
                       SELECT FROM orders o WHERE o.id = j.order_id AND o.payment_status = 'disputed'))
             ORDER BY leased_until LIMIT %(limit)s""",  # noqa: S608
        {"now": now, "limit": limit},
        into=Job,
    )


def hand_on(tx: Tx, job: Job, leased_until: datetime) -> bool:
    """The sweep has sent somebody to it. False: somebody came meanwhile."""
    return bool(
        tx.execute(
            """UPDATE restoration_jobs
                  SET leased_until = %(leased_until)s,
                      submitted_at = CASE WHEN prediction_id IS NULL THEN NULL ELSE submitted_at END
                WHERE id = %(id)s AND status = %(status)s AND leased_until = %(before)s""",
            {"id": job.id, "status": job.status, "before": job.leased_until, "leased_until": leased_until},
        )
    )
