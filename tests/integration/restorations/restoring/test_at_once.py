"""Photos of one order that end at the same moment, and messages that come to two workers at once."""

from functools import partial

import pytest

from restorations import judge, restore
from tests.fakes import queues
from tests.integration.restorations.restoring.conftest import Paid, Restoring
from tests.threads import at_once, own_connections


def _copied(restoring: Restoring, count: int) -> Paid:
    """An order whose photos all wait to be judged."""
    order = restoring.paid(count)
    for queue in ("orders", "judgements", "restorations", "restorations"):
        restoring.step(queue)
    return order


def test_photos_that_end_together_end_their_order_once(
    committed_restoring: Restoring, monkeypatch: pytest.MonkeyPatch
) -> None:
    restoring = committed_restoring
    order = _copied(restoring, 4)
    waiting = restoring.sqs.take("judgements")
    with own_connections(monkeypatch):
        answers = at_once([partial(judge.handler, queues.event("judgements", each), None) for each in waiting])
    assert [queues.failures(answer) for answer in answers] == [[]] * 4
    assert restoring.status(order) == "completed"
    assert restoring.settled == [(order.id, 4)]
    assert len(restoring.mails("order_completed")) == 1


def test_a_photo_judged_by_two_at_once_is_completed_once(
    committed_restoring: Restoring, monkeypatch: pytest.MonkeyPatch
) -> None:
    restoring = committed_restoring
    person = restoring.person()
    order = _copied(restoring, 1)
    restoring.execute("UPDATE orders SET user_id = %s WHERE id = %s", person.user_id, order.id)
    (message,) = restoring.sqs.take("judgements")
    with own_connections(monkeypatch):
        answers = at_once([lambda: judge.handler(queues.event("judgements", message), None)] * 3)
    assert [queues.failures(answer) for answer in answers] == [[]] * 3
    assert restoring.settled == [(order.id, 1)]
    assert restoring.value("SELECT count(*) FROM images WHERE user_id = %s", person.user_id) == 1


def test_a_try_submitted_by_two_at_once_is_one_prediction(
    committed_restoring: Restoring, monkeypatch: pytest.MonkeyPatch
) -> None:
    restoring = committed_restoring
    restoring.paid()
    restoring.step("orders")
    restoring.step("judgements")
    (message,) = restoring.sqs.take("restorations")
    with own_connections(monkeypatch):
        at_once([lambda: restore.handler(queues.event("restorations", message), None)] * 4)
    assert len(restoring.replicate.created) == 1
    assert len(restoring.sqs.sent["restorations"]) == 1
