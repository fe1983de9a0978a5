"""Each minute: restorations that nobody is at any more go on, or end: a message was lost, a webhook, a worker died."""

from datetime import timedelta
from typing import Final

from darkroom import clock, log, messages, outbox
from darkroom.db import Tx
from restorations.queries import jobs, orders, photos
from restorations.queries.jobs import Job
from restorations.service import fulfilment, preparing, restoring, tries

_GIVEN_UP_AFTER: Final = timedelta(hours=24)
_LEASE: Final = timedelta(minutes=10)


def take_up(tx: Tx, limit: int) -> int:
    """Has everything go on that was left behind; how many restorations."""
    now = clock.now()
    left = jobs.left_behind(tx, now, limit)
    fulfilled = set()
    # Orders are held one after the other in the order of their ids, so that nobody waits in a ring.
    for job in sorted(left, key=lambda each: (each.order_id, each.id)):
        order = orders.hold(tx, job.order_id)
        if order is None or order.status != "processing":
            jobs.fail(tx, job, jobs.STOPPED, "its order is over")
        elif now - job.created_at > _GIVEN_UP_AFTER and not order.is_disputed:
            photo = photos.get(tx, job.image_id)
            if photo is not None:
                tries.end(tx, order, job, photo, tries.STUCK)
        elif jobs.hand_on(tx, job, now + _LEASE):
            log.warning("restorations.taken_up", job_id=str(job.id), status=job.status, try_number=job.try_number)
            if job.status != "pending":
                _go_on(tx, job)
            elif job.order_id not in fulfilled:
                fulfilled.add(job.order_id)
                fulfilment.send(tx, job.order_id)
    return len(left)


def _go_on(tx: Tx, job: Job) -> None:
    if job.status == "queued" and job.try_number == 1:
        preparing.send(tx, job)
    elif job.prediction_id is None:
        outbox.send(tx, restoring.QUEUE, messages.new(restoring.SUBMIT, tries.about(job)))
    elif job.result_key is None:
        outbox.send(tx, restoring.QUEUE, messages.new(restoring.CHECK, tries.about(job)))
    else:
        outbox.send(tx, restoring.JUDGEMENTS, messages.new(restoring.JUDGE, tries.about(job)))
