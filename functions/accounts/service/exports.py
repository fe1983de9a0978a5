"""Everything a person has, as one ZIP: the job is started here, and export.py does it."""

from datetime import timedelta
from uuid import UUID

from accounts.queries import exports, users
from accounts.service.links import page_link
from darkroom import clock, jobs, log, mail, messages, outbox, throttle
from darkroom.db import Tx
from darkroom.errors import NotFound
from darkroom.settings import settings

QUEUE = "exports"
BUILD = "accounts.build_export"
FOLDER = "exports"
KEPT_DAYS = 7  # the bucket's life cycle removes the archive then

_HOUR = 3_600


def start(tx: Tx, user_id: UUID) -> jobs.Job:
    """The export under way, or a new one: asking again while one is made makes no second."""
    if user_id not in users.lock(tx, user_id):
        raise NotFound
    under_way = exports.unfinished_job(tx, user_id)
    if under_way is not None:
        return under_way
    throttle.hit(tx, "exports", str(user_id), settings().exports_per_account_hour, _HOUR)
    job = jobs.create(tx, user_id, exports.KIND, total=exports.count_photos(tx, user_id) + 1)
    message = messages.new(BUILD, {"job_id": job.id}, correlation_id=log.bound("correlation_id"))
    outbox.send(tx, QUEUE, message)
    return job


def storage_key(job: jobs.Job) -> str:
    """One archive a job: a repetition writes the same object again."""
    return f"{FOLDER}/{job.user_id}/{job.id}.zip"


def finish(tx: Tx, job: jobs.Job, size_bytes: int) -> bool:
    """The archive lies in storage. False: somebody else finished the job, or its person is gone."""
    name = f"darkroom-{clock.now():%Y-%m-%d}.zip"
    result = {"storage_key": storage_key(job), "download_name": name, "size_bytes": size_bytes}
    if jobs.complete(tx, job.id, result) is None:
        return False
    person = users.get(tx, job.user_id)
    if person is not None:
        data = {
            "name": person.name,
            "url": page_link("/account"),
            "expires_at": clock.rfc3339(clock.now() + timedelta(days=KEPT_DAYS)),
        }
        mail.send(tx, person.email, "export_ready", data, user_id=person.id)
    return True
