"""Work that outlives its request: one row that says how far it is, and whoever watches is told at each change.

States move by guarded updates (pending -> processing -> completed | failed, failed -> pending by a retry): a
message that comes twice, late or out of order changes nothing, and its caller sees that from a None. `done` only
grows, never passes `total` and equals it at the end. A worker holds a job by a lease that each progress renews;
`sweep` ends what nobody holds any more.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from darkroom import clock, ids, realtime, storage
from darkroom.db import Params, Tx
from darkroom.errors import Conflict, NotFound

LEASE_MINUTES = 15
PENDING_HOURS = 24
_ERROR_LENGTH = 500
ABANDONED = "The work stopped before it was finished. Please start it again."

_COLUMNS = """id, user_id, kind, status, stage, done, total, input, result, error_message,
              created_at, started_at, completed_at"""


@dataclass(frozen=True, slots=True)
class Job:
    id: UUID
    user_id: UUID
    kind: str
    status: str
    stage: str | None
    done: int
    total: int
    input: dict[str, Any]
    result: dict[str, Any] | None
    error_message: str | None
    created_at: datetime
    started_at: datetime | None
    completed_at: datetime | None


def create(tx: Tx, user_id: UUID, kind: str, input: Mapping[str, Any] | None = None, total: int = 1) -> Job:  # noqa: A002
    """A pending job. Nobody can watch it yet, so nothing is pushed."""
    job = tx.one(
        f"INSERT INTO jobs (id, user_id, kind, input, total) VALUES (%s, %s, %s, %s, %s) RETURNING {_COLUMNS}",  # noqa: S608
        (ids.new_id(), user_id, kind, Jsonb(dict(input or {})), total),
        into=Job,
    )
    assert job is not None
    return job


def accepted(job: Job) -> dict[str, str]:
    """The body of the 202 that starts a job."""
    return {"job_id": str(job.id), "status": job.status, "status_url": f"/api/v1/jobs/{job.id}/status"}


def get(tx: Tx, job_id: UUID, user_id: UUID) -> Job:
    """The caller's job; somebody else's is unknown."""
    job = tx.one(f"SELECT {_COLUMNS} FROM jobs WHERE id = %s AND user_id = %s", (job_id, user_id), into=Job)  # noqa: S608
    if job is None:
        raise NotFound
    return job


def start(tx: Tx, job_id: UUID) -> Job | None:
    """pending -> processing. None: it is under way already, over, or unknown."""
    return _move(
        tx,
        "status = 'processing', started_at = now()",
        "id = %(id)s AND status = 'pending'",
        {"id": job_id},
    )


def resume(tx: Tx, job_id: UUID) -> Job | None:
    """Takes over a job in processing, as a redelivered message does, and renews its lease. None: it is over."""
    return tx.one(
        f"""UPDATE jobs SET leased_until = now() + interval '{LEASE_MINUTES} minutes'
             WHERE id = %(id)s AND status = 'processing'
         RETURNING {_COLUMNS}""",  # noqa: S608 - literals; it is no news to anybody, so nothing is pushed
        {"id": job_id},
        into=Job,
    )


def progress(tx: Tx, job_id: UUID, done: int, *, stage: str | None = None, total: int | None = None) -> Job | None:
    """How far it is. An older report than the last one changes nothing but the lease."""
    return _move(
        tx,
        """total = coalesce(%(total)s, total), stage = coalesce(%(stage)s, stage),
           done = least(greatest(done, %(done)s), coalesce(%(total)s, total))""",
        "id = %(id)s AND status = 'processing'",
        {"id": job_id, "done": done, "stage": stage, "total": total},
    )


def advance(tx: Tx, job_id: UUID, by: int, *, stage: str | None = None) -> Job | None:
    """As progress, for parts that finish side by side and know only their own share."""
    return _move(
        tx,
        "done = least(done + %(by)s, total), stage = coalesce(%(stage)s, stage)",
        "id = %(id)s AND status = 'processing'",
        {"id": job_id, "by": by, "stage": stage},
    )


def complete(tx: Tx, job_id: UUID, result: Mapping[str, Any]) -> Job | None:
    """processing -> completed, with what it made."""
    return _move(
        tx,
        "status = 'completed', done = total, result = %(result)s, completed_at = now()",
        "id = %(id)s AND status = 'processing'",
        {"id": job_id, "result": Jsonb(dict(result))},
    )


def fail(tx: Tx, job_id: UUID, error_message: str, result: Mapping[str, Any] | None = None) -> Job | None:
    """pending or processing -> failed, with words for the person who waits, and with what was found out where all the
    work was done and came to nothing."""
    return _move(
        tx,
        """status = 'failed', error_message = %(error)s, completed_at = now(), result = %(result)s,
           done = CASE WHEN %(result)s::jsonb IS NULL THEN done ELSE total END""",
        "id = %(id)s AND status IN ('pending', 'processing')",
        {
            "id": job_id,
            "error": error_message[:_ERROR_LENGTH],
            "result": Jsonb(dict(result)) if result is not None else None,
        },
    )


def retry(tx: Tx, job_id: UUID, user_id: UUID) -> Job:
    """failed -> pending, on the person's word. What was done stays done: `input` and its checkpoints are kept."""
    job = _move(
        tx,
        """status = 'pending', error_message = NULL, result = NULL, stage = NULL, done = 0,
           started_at = NULL, completed_at = NULL""",
        "id = %(id)s AND user_id = %(user_id)s AND status = 'failed'",
        {"id": job_id, "user_id": user_id},
    )
    if job is None:
        status = get(tx, job_id, user_id).status
        raise Conflict(f"Only a failed job can be tried again; this one is {status}.")
    return job


def sweep(tx: Tx, limit: int = 100) -> int:
    """Fails what nobody works on any more: its worker died for good, or its message was lost to a dead-letter queue."""
    abandoned = tx.all(
        """SELECT id FROM jobs
            WHERE (status = 'processing' AND leased_until < now())
               OR (status = 'pending' AND coalesce(leased_until, created_at) < now() - make_interval(hours => %s))
            ORDER BY created_at
            LIMIT %s
              FOR UPDATE SKIP LOCKED""",
        (PENDING_HOURS, limit),
    )
    for job in abandoned:
        fail(tx, job["id"], ABANDONED)
    return len(abandoned)


def status_document(tx: Tx, job_id: UUID, user_id: UUID) -> dict[str, Any]:
    return document(get(tx, job_id, user_id))


def document(job: Job) -> dict[str, Any]:
    """The job as every client sees it, in answers and in pushes alike."""
    return {
        "job_id": str(job.id),
        "kind": job.kind,
        "status": job.status,
        "progress": {"stage": job.stage, "done": job.done, "total": job.total},
        "result": _shown(job.result),
        "albums_created": (job.result or {}).get("albums_created"),
        "error_message": job.error_message,
        "created_at": clock.rfc3339(job.created_at),
        "started_at": clock.rfc3339(job.started_at) if job.started_at else None,
        "completed_at": clock.rfc3339(job.completed_at) if job.completed_at else None,
    }


def _shown(result: dict[str, Any] | None) -> dict[str, Any] | None:
    """A result that is a file (`storage_key`, `download_name`) is shown as a link, fresh for whoever asks now."""
    if result is None or "storage_key" not in result:
        return result
    others = {name: value for name, value in result.items() if name not in {"storage_key", "download_name"}}
    url = storage.read_url(result["storage_key"], result.get("download_name"))
    return {"url": url, "expires_at": clock.rfc3339(storage.read_expires_at()), **others}


def _move(tx: Tx, change: str, guard: str, params: Params) -> Job | None:
    """One guarded update, which renews the lease, and the push that tells of it."""
    job = tx.one(
        f"""UPDATE jobs
               SET {change}, leased_until = now() + interval '{LEASE_MINUTES} minutes'
             WHERE {guard}
         RETURNING {_COLUMNS}""",  # noqa: S608 - both parts are written above
        params,
        into=Job,
    )
    if job is not None:
        realtime.push(tx, f"job:{job.id}", "job.progress", document(job))
    return job
