"""Nothing hangs for ever: whatever was lost on the way, the sweep has it go on, or ends it."""

from uuid import UUID

import pytest

from darkroom import db
from restorations.queries import orders
from restorations.queries.jobs import Job
from restorations.queries.orders import Order
from restorations.service import restoring as service
from tests.integration.restorations.restoring.conftest import Paid, Restoring

QUEUES = ("orders", "judgements", "restorations")


def _lose(restoring: Restoring) -> None:
    """Whatever is under way never arrives."""
    for queue in QUEUES:
        restoring.sqs.take(queue)


def _at(restoring: Restoring, steps: int) -> Paid:
    """An order that came so far."""
    order = restoring.paid()
    for queue in ("orders", "judgements", "restorations", "restorations", "judgements")[:steps]:
        restoring.step(queue)
    return order


@pytest.mark.parametrize("steps", range(5))
def test_a_lost_message_is_sent_anew(restoring: Restoring, steps: int) -> None:
    order = _at(restoring, steps)
    _lose(restoring)
    assert restoring.sweep()["restorations"] == 0  # not at once: it may be on its way
    restoring.time.advance(1_300)
    assert restoring.sweep()["restorations"] == 1
    assert restoring.sweep()["restorations"] == 0
    restoring.run()
    assert restoring.status(order) == "completed"
    assert len(restoring.replicate.created) == 1


def test_a_lost_webhook_costs_nothing(restoring: Restoring) -> None:
    order = restoring.submitted()
    assert restoring.step("restorations") == ["check"]
    restoring.run()
    assert restoring.status(order) == "completed"


def test_a_retry_that_was_lost_is_sent_anew(restoring: Restoring) -> None:
    restoring.replicate.ends = ["failed", "succeeded"]
    order = restoring.submitted()
    restoring.step("restorations")
    _lose(restoring)
    restoring.time.advance(400)
    assert restoring.sweep()["restorations"] == 1
    restoring.run()
    assert restoring.status(order) == "completed"
    assert restoring.job(order)["try_number"] == 2


def test_photos_of_an_order_are_moved_anew_by_one_message(restoring: Restoring) -> None:
    order = restoring.paid(5)
    _lose(restoring)
    restoring.time.advance(700)
    assert restoring.sweep()["restorations"] == 5
    assert len(restoring.sqs.sent["orders"]) == 1
    restoring.run()
    assert restoring.status(order) == "completed"


def test_more_than_one_batch_is_taken_up(restoring: Restoring) -> None:
    restoring.paid(50)
    restoring.paid(30)
    _lose(restoring)
    restoring.time.advance(700)
    assert restoring.sweep()["restorations"] == 80


@pytest.mark.parametrize("steps", range(5))
def test_what_does_not_end_within_a_day_is_given_back(restoring: Restoring, steps: int) -> None:
    order = _at(restoring, steps)
    _lose(restoring)
    restoring.execute("UPDATE restoration_jobs SET created_at = now() - interval '25 hours'")
    restoring.time.advance(1_300)
    restoring.sweep()
    photo = restoring.photo(order)
    assert photo["status"] == "failed"
    assert restoring.given_back == [(photo["id"], "This photo could not be restored within a day.")]
    assert restoring.status(order) == "failed"


@pytest.mark.parametrize("steps", range(5))
def test_an_order_that_is_over_is_taken_up_by_nobody(restoring: Restoring, steps: int) -> None:
    order = _at(restoring, steps)
    restoring.execute("UPDATE orders SET status = 'refunded' WHERE id = %s", order.id)
    restoring.time.advance(1_300)
    restoring.sweep()
    asked = len(restoring.replicate.seen)
    restoring.run()
    assert restoring.photo(order)["status"] != "completed"
    assert len(restoring.replicate.created) == (1 if steps > 2 else 0)
    assert len(restoring.replicate.seen) - asked <= 1
    assert restoring.job(order)["status"] == "failed"


def _stop(order_id: UUID) -> None:
    with db.transaction() as tx:
        orders.hold(tx, order_id)
        service.stop(tx, order_id, "Your money is on its way back.")
        orders.move(tx, order_id, "processing", "refunded")


@pytest.mark.parametrize("steps", range(5))
def test_what_is_stopped_ends_and_is_cancelled_at_the_provider(restoring: Restoring, steps: int) -> None:
    restoring.replicate.ends = ["processing"] if steps == 3 else ["succeeded"]
    order = _at(restoring, steps)
    _stop(order.id)
    restoring.run()
    photo, job = restoring.photo(order), restoring.job(order)
    assert (photo["status"], photo["error"]) == ("failed", "Your money is on its way back.")
    assert (job["status"], job["kind_of_error"]) == ("failed", "stopped")
    assert restoring.status(order) == "refunded"
    assert restoring.replicate.cancelled == (["prediction1"] if steps > 2 else [])
    assert restoring.given_back == []
    assert restoring.mails("order_completed") == []


def test_stopped_twice_is_stopped_once(restoring: Restoring) -> None:
    order = restoring.submitted(3)
    _stop(order.id)
    restoring.run()
    _stop(order.id)
    assert restoring.run() == []
    assert len(restoring.replicate.cancelled) == 3


def test_photos_that_are_ready_stay_so_when_the_rest_is_stopped(restoring: Restoring) -> None:
    order = restoring.paid(2)
    restoring.step("orders")
    one, other = restoring.sqs.take("judgements")
    restoring.sqs.sent["judgements"] = [one]
    restoring.run()
    _stop(order.id)
    restoring.sqs.sent["judgements"] = [other]
    restoring.run()
    assert sorted(photo["status"] for photo in restoring.photos(order)) == ["completed", "failed"]


class _Slow:
    """A provider whose answer comes when the order has been given back."""

    def __init__(self) -> None:
        self.cancelled: list[str] = []

    def submit(self, image_url: str, order: Order, job: Job) -> str:
        _stop(order.id)
        return "late"

    def look(self, prediction_id: str) -> service.State:
        raise NotImplementedError

    def fetch(self, url: str) -> bytes:
        raise NotImplementedError

    def cancel(self, prediction_id: str) -> None:
        self.cancelled.append(prediction_id)


def test_a_prediction_that_began_when_all_was_over_is_cancelled(restoring: Restoring) -> None:
    _at(restoring, 2)
    (message,) = restoring.sqs.take("restorations")
    provider = _Slow()
    with db.transaction() as tx:
        service.submit(tx, provider, message.uuid("job_id"), 1)
    assert provider.cancelled == ["late"]
