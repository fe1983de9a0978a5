"""A photo's restoration: submitted, asked about, copied, and handed to whoever judges it.

The job's row says what is done of its current try, so that whoever is killed anywhere leaves something to go on from:
nothing is asked of the provider inside a transaction, and what it answered is kept by a guarded step. What nobody goes
on with is found by its lease (`take_up`).
"""

import math
from datetime import datetime, timedelta
from typing import Final, NamedTuple, Protocol
from uuid import UUID

from darkroom import clock, log, messages, outbox, storage
from darkroom.db import Tx
from darkroom.settings import settings
from restorations import keys
from restorations.queries import jobs, orders, photos
from restorations.queries.jobs import Job
from restorations.queries.orders import Order
from restorations.queries.photos import Photo
from restorations.service import telling, tries
from restorations.service.tries import Failure

QUEUE: Final = tries.QUEUE
SUBMIT: Final = tries.SUBMIT
CHECK: Final = "restorations.check"
JUDGEMENTS: Final = "judgements"
JUDGE: Final = "restorations.judge"

_SUBMITS: Final = timedelta(seconds=60)  # longer than the provider may take to answer
_FIRST_LOOK_SECONDS: Final = 3
_LOOKS: Final = timedelta(seconds=90)  # after a look was due: a result may be on its way into our storage
_EARLY: Final = timedelta(seconds=1)
_JUDGES: Final = timedelta(minutes=10)
_BUSY_SECONDS: Final = 5
_BEGUN, _COPIED = 10, 85  # per cent


class Busy(Exception):
    """The provider cannot take it now; it may in a moment, or in so many seconds."""

    def __init__(self, detail: str, seconds: int | None = None) -> None:
        super().__init__(detail)
        self.seconds = seconds


class Unanswered(Exception):
    """It is not known whether the provider has done what it was asked."""


class Refused(Exception):
    """The provider will not do this, however often it is asked."""


class Oversized(Refused):
    """The output is larger than we can keep."""


class NotOurs(Exception):
    """Our account is refused: the key, or what it owes. No photo's fault."""


class Unknown(Exception):
    """There is no such prediction, or its output is gone."""


class InFlight(Exception):
    """Somebody submits this try right now, or died doing so less than a lease ago."""


class State(NamedTuple):
    """How far a prediction is."""

    status: str  # running, succeeded, failed or canceled
    share: float | None = None  # of the work done, where the model tells
    output: str | None = None
    error: str = ""


class Provider(Protocol):
    """Who restores photos."""

    def submit(self, image_url: str, order: Order, job: Job) -> str:
        """The prediction's id. Raises Busy, Unanswered, Refused or NotOurs."""
        ...

    def look(self, prediction_id: str) -> State:
        """Raises Busy, Unanswered, NotOurs or Unknown."""
        ...

    def fetch(self, url: str) -> bytes:
        """An output. Raises Busy, Unknown, Oversized, or Refused for what lies where it must not."""
        ...

    def cancel(self, prediction_id: str) -> None:
        """As far as that is possible; raises nothing."""
        ...


# --- submitting -------------------------------------------------------------------------------------------------------


def submit(tx: Tx, provider: Provider, job_id: UUID, try_number: int) -> None:
    """Has one try begin. The claim is durable before the provider is asked: who comes twice finds it, and is not done
    before it is known what came of it."""
    now = clock.now()
    found = _held(tx, job_id, try_number)
    if found is None:
        return
    order, current, photo = found
    if order.is_disputed:
        log.info("restorations.rests", job_id=str(job_id))
        return  # whoever hears that the dispute is won has it go on
    job = jobs.claim(tx, job_id, try_number, now, now + _SUBMITS)
    if job is None:
        if current.status == "processing" and current.prediction_id is None:
            raise InFlight(str(job_id))
        return
    moved = photos.move(tx, photo.id, "uploaded", "processing", _BEGUN)
    if moved is not None:
        telling.order_updated(tx, order.id)
    tx.commit()
    try:
        url = storage.read_url(keys.model_input(photo.order_id, photo.position))
        prediction_id = provider.submit(url, order, job)
    except Busy as busy:
        _wait(tx, job, busy)
    except (Refused, Unanswered) as failure:
        kind = "refused" if isinstance(failure, Refused) else "unavailable"
        _end(tx, job, Failure(kind, tries.NOT_RESTORED, str(failure)))
    except Exception:
        # NotOurs, or a failure of our own. The message comes back by itself, and loudly: somebody has to look into it.
        jobs.unclaim(tx, job.id, job.try_number, clock.now() + tries.WAITS)
        tx.commit()
        raise
    else:
        _submitted(tx, provider, job, prediction_id)


def _submitted(tx: Tx, provider: Provider, job: Job, prediction_id: str) -> None:
    until = clock.now() + timedelta(seconds=_FIRST_LOOK_SECONDS) + _LOOKS
    if jobs.keep_prediction(tx, job.id, job.try_number, prediction_id, until):
        _check_in(tx, job, _FIRST_LOOK_SECONDS)
        return
    tx.commit()
    log.warning("restorations.prediction_not_needed", job_id=str(job.id), prediction_id=prediction_id)
    provider.cancel(prediction_id)


def _wait(tx: Tx, job: Job, busy: Busy) -> None:
    """The provider takes no more for now: the same try is made again later, for as long as a try may take."""
    if _age(job.started_at) > settings().restoration_timeout_seconds * job.try_number:
        _end(tx, job, Failure("busy", tries.NOT_RESTORED, str(busy)))
        return
    seconds = min(max(busy.seconds or _BUSY_SECONDS, 1), 120)
    if jobs.unclaim(tx, job.id, job.try_number, clock.now() + timedelta(seconds=seconds) + tries.WAITS):
        outbox.send(tx, QUEUE, messages.new(SUBMIT, tries.about(job)), delay=seconds)


# --- asking -----------------------------------------------------------------------------------------------------------


def check(tx: Tx, provider: Provider, job_id: UUID, try_number: int) -> None:
    """Looks how far a try is. Looks may come twice and side by side: what each finds is settled once."""
    job = jobs.get(tx, job_id)
    tx.commit()
    if job is None or job.try_number != try_number or job.prediction_id is None:
        return
    if job.status == "processing" and job.result_key is None:
        _look(tx, provider, job, job.prediction_id)
    elif job.status == "failed" and job.kind_of_error == jobs.STOPPED:
        provider.cancel(job.prediction_id)
        jobs.forget_prediction(tx, job)


def _look(tx: Tx, provider: Provider, job: Job, prediction_id: str) -> None:
    content = b""
    try:
        state = provider.look(prediction_id)
        if state.status == "succeeded" and state.output:
            content = provider.fetch(state.output)
    except (Busy, Unanswered) as failure:
        log.warning("restorations.not_answered", job_id=str(job.id), detail=str(failure))
        state = State("running")
    except NotOurs:
        _look_again(tx, provider, job, State("running"))
        tx.commit()
        raise
    except (Unknown, Refused) as failure:
        _end(tx, job, _gone(failure))
        return
    if state.status == "running":
        _look_again(tx, provider, job, state)
    elif content:
        _keep(tx, job, content)
    else:
        _end(tx, job, _why(state))


def _gone(failure: Exception) -> Failure:
    if isinstance(failure, Unknown):
        return tries.LOST._replace(detail=str(failure))
    if isinstance(failure, Oversized):
        return tries.TOO_LARGE._replace(detail=str(failure))
    return Failure("refused", tries.NOT_RESTORED, str(failure))


def _why(state: State) -> Failure:
    if state.status == "canceled":
        return tries.CANCELED
    if state.status == "succeeded":
        return tries.EMPTY
    if "nsfw" in state.error.lower():
        return tries.NOT_SAFE._replace(detail=state.error)
    return Failure("failed", tries.NOT_RESTORED, state.error)


def _keep(tx: Tx, job: Job, content: bytes) -> None:
    """The provider deletes it within the hour, so it is ours at once."""
    photo = photos.get(tx, job.image_id)
    tx.commit()
    assert photo is not None  # jobs point to theirs
    key = keys.result(job.order_id, photo.position, job.try_number)
    storage.write(key, content, "application/octet-stream")
    if _held(tx, job.id, job.try_number) is None:
        return
    if jobs.keep_result(tx, job, key, clock.now() + _JUDGES):
        outbox.send(tx, JUDGEMENTS, messages.new(JUDGE, tries.about(job)))
        _progress(tx, job, _COPIED)


def _look_again(tx: Tx, provider: Provider, job: Job, state: State) -> None:
    age = _age(job.submitted_at)
    if age > settings().restoration_timeout_seconds:
        assert job.prediction_id is not None
        provider.cancel(job.prediction_id)
        _end(tx, job, tries.TIMED_OUT)
        return
    seconds = max(_FIRST_LOOK_SECONDS, min(30, int(age * 0.6)))
    now = clock.now()
    if jobs.next_check(tx, job, now + _LOOKS + _EARLY, now + timedelta(seconds=seconds) + _LOOKS):
        _check_in(tx, job, seconds)
    share = state.share if state.share is not None else 1 - math.exp(-age / 60)
    _progress(tx, job, _BEGUN + int((_COPIED - _BEGUN) * share) // 5 * 5)


def _check_in(tx: Tx, job: Job, seconds: int) -> None:
    outbox.send(tx, QUEUE, messages.new(CHECK, tries.about(job)), delay=seconds)


def _progress(tx: Tx, job: Job, percent: int) -> None:
    if photos.progress(tx, job.image_id, percent):
        telling.order_updated(tx, job.order_id)


def told(tx: Tx, job_id: UUID, prediction_id: str, try_number: int | None, image_url: str) -> None:
    """The provider says that a prediction of this job has ended: it is asked about at once.

    One that nobody kept, because its submitter was killed, is taken up, if it is of this job's current try and of its
    own photo."""
    job = jobs.get(tx, job_id)
    if job is None or job.status != "processing" or job.result_key is not None:
        return
    if job.prediction_id is None:
        photo = photos.get(tx, job.image_id)
        if photo is None or job.try_number != try_number:
            return
        if f"/{keys.model_input(photo.order_id, photo.position)}?" not in image_url:
            log.warning("restorations.foreign_prediction", job_id=str(job_id))
            return
        if _held(tx, job_id, job.try_number) is None:
            return
        if not jobs.keep_prediction(tx, job_id, job.try_number, prediction_id, clock.now() + _LOOKS):
            return
        log.warning("restorations.prediction_adopted", job_id=str(job_id), prediction_id=prediction_id)
    elif job.prediction_id != prediction_id:
        return
    _check_in(tx, job, 0)


# --- ending -----------------------------------------------------------------------------------------------------------


def _held(tx: Tx, job_id: UUID, try_number: int) -> tuple[Order, Job, Photo] | None:
    """What belongs together, with the order held; None when this try is nobody's business any more."""
    job = jobs.get(tx, job_id)
    order = orders.hold(tx, job.order_id) if job else None
    job = jobs.get(tx, job_id)  # again: it may have changed while the order was waited for
    photo = photos.get(tx, job.image_id) if job else None
    if order is None or job is None or photo is None or order.status != "processing" or job.try_number != try_number:
        return None
    return order, job, photo


def _end(tx: Tx, job: Job, failure: Failure) -> None:
    """This try has failed, unless it goes on by another prediction meanwhile."""
    found = _held(tx, job.id, job.try_number)
    if found is None:
        return
    order, current, photo = found
    if current.status == "processing" and current.prediction_id == job.prediction_id and current.result_key is None:
        tries.end(tx, order, current, photo, failure)


def stop(tx: Tx, order_id: UUID, why: str) -> None:
    """Ends what is not finished of an order that is over (refunded): open jobs and photos fail. The order is held."""
    for job in jobs.open_of_order(tx, order_id):
        photos.fail(tx, job.image_id, why)
        if jobs.fail(tx, job, jobs.STOPPED, why) and job.prediction_id is not None:
            _check_in(tx, job, 0)  # who looks at it finds it stopped and cancels it


def _age(since: datetime | None) -> float:
    return (clock.now() - since).total_seconds() if since else 0.0
