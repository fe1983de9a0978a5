"""What Replicate calls: believed when it is signed now, and needed for nothing."""

import json
from typing import Any

import pytest

from darkroom import clock, ids, secrets
from darkroom.settings import settings
from tests.integration.restorations.restoring.conftest import Paid, Restoring


def _job(restoring: Restoring, order: Paid) -> Any:
    return restoring.job(order)["id"]


def test_a_webhook_has_its_prediction_looked_at_at_once(restoring: Restoring) -> None:
    order = restoring.submitted()
    restoring.sqs.take("restorations")
    answer = restoring.told(_job(restoring, order), restoring.replicate.created[0], {"try": 1})
    assert (answer.status, answer.json()) == (200, {"status": "accepted"})
    assert restoring.step("restorations") == ["check"]
    assert restoring.sqs.delays[-1] == 0
    restoring.run()
    assert restoring.status(order) == "completed"


def test_webhooks_that_come_twice_late_and_after_the_look_do_nothing_more(restoring: Restoring) -> None:
    order = restoring.submitted()
    job_id, (prediction,) = _job(restoring, order), restoring.replicate.created
    for _ in range(3):
        assert restoring.told(job_id, prediction, {"try": 1}).status == 200
    restoring.run()
    restored = restoring.photo(order)
    assert restoring.told(job_id, prediction, {"try": 1}).status == 200
    assert restoring.run() == []
    assert restoring.photo(order) == restored
    assert len(restoring.mails("order_completed")) == 1


def test_a_webhook_of_an_earlier_try_does_not_touch_the_next(restoring: Restoring) -> None:
    restoring.replicate.ends = ["failed", "processing"]
    order = restoring.submitted()
    first = dict(restoring.replicate.created[0])
    restoring.step("restorations")  # it failed; the next waits to be submitted
    assert restoring.told(_job(restoring, order), first, {"try": 1}).status == 200
    assert restoring.job(order)["prediction_id"] is None
    restoring.step("restorations")
    assert restoring.told(_job(restoring, order), first, {"try": 1}).status == 200
    assert restoring.job(order)["prediction_id"] == "prediction2"
    assert restoring.job(order)["try_number"] == 2


def test_what_is_not_signed_by_replicate_is_400(restoring: Restoring) -> None:
    order = restoring.submitted()
    job_id, (prediction,) = _job(restoring, order), restoring.replicate.created
    body, headers = restoring.replicate.webhook(prediction, at=clock.now().timestamp())
    other = json.dumps({**prediction, "status": "failed"}).encode()
    ended = {
        "another key": restoring.replicate.webhook(prediction, at=clock.now().timestamp(), key="whsec_b3RoZXIga2V5"),
        "other bytes": (other, headers),
        "no signature": (body, {**headers, "webhook-signature": ""}),
        "no id": (body, {**headers, "webhook-id": ""}),
        "no time": (body, {**headers, "webhook-timestamp": ""}),
        "no number": (body, {**headers, "webhook-timestamp": "soon"}),
        "other scheme": (body, {**headers, "webhook-signature": "v1"}),
        "no base64": (body, {**headers, "webhook-signature": "v1,%%%"}),
        "no body": (b"", headers),
        "no text": (b"\xff\xfe", headers),
    }
    restoring.sqs.take("restorations")
    for name, (content, told) in ended.items():
        answer = restoring.webhooks.call("POST", f"/webhooks/replicate/{job_id}", content=content, headers=told)
        assert answer.status == 400, name
        assert answer.json()["type"], name
    assert restoring.sqs.take("restorations") == []


@pytest.mark.parametrize("away", [-301, -3_600, 301])
def test_a_signature_of_another_time_is_400(restoring: Restoring, away: int) -> None:
    order = restoring.submitted()
    (prediction,) = restoring.replicate.created
    assert restoring.told(_job(restoring, order), prediction, at=clock.now().timestamp() + away).status == 400
    assert (
        restoring.told(
            _job(restoring, order), prediction, at=clock.now().timestamp() + (290 if away > 0 else -290)
        ).status
        == 200
    )


def test_nothing_is_signed_with_an_empty_key(restoring: Restoring, environment: pytest.MonkeyPatch) -> None:
    order = restoring.submitted()
    document = {**json.loads(settings().secrets_json), "replicate_webhook_secret": ""}
    environment.setenv("SECRETS_JSON", json.dumps(document))
    settings.cache_clear()
    secrets.forget()
    assert restoring.told(_job(restoring, order), restoring.replicate.created[0], key="whsec_").status == 400


@pytest.mark.parametrize("body", [b"[]", b'"x"', b"{}", b'{"id": 7}', b'{"id": ""}', b'{"id": "x", "input": []}'])
def test_signed_and_no_prediction_is_400(restoring: Restoring, body: bytes) -> None:
    order = restoring.submitted()
    signed, headers = restoring.replicate.webhook(json.loads(body), at=clock.now().timestamp())
    answer = restoring.webhooks.call(
        "POST", f"/webhooks/replicate/{_job(restoring, order)}", content=signed, headers=headers
    )
    assert answer.status == (400 if body != b'{"id": "x", "input": []}' else 200)


def test_a_job_that_nobody_has_is_accepted_and_nothing_happens(restoring: Restoring) -> None:
    restoring.submitted()
    restoring.sqs.take("restorations")
    assert restoring.told(ids.new_id(), restoring.replicate.created[0]).status == 200
    assert restoring.sqs.take("restorations") == []
    assert restoring.told("nonsense", restoring.replicate.created[0]).status == 404


def _lost(restoring: Restoring) -> Paid:
    """An order whose submitter was killed before it kept what the prediction is called."""
    order = restoring.submitted()
    restoring.sqs.take("restorations")
    restoring.execute("UPDATE restoration_jobs SET prediction_id = NULL WHERE order_id = %s", order.id)
    return order


def test_a_prediction_that_nobody_kept_is_taken_up(restoring: Restoring) -> None:
    order = _lost(restoring)
    assert restoring.told(_job(restoring, order), restoring.replicate.created[0], {"try": 1}).status == 200
    assert restoring.job(order)["prediction_id"] == "prediction1"
    restoring.run()
    assert restoring.status(order) == "completed"
    assert len(restoring.replicate.created) == 1


@pytest.mark.parametrize("query", [None, {"try": 2}, {"try": "x"}, {"try": "9" * 30}])
def test_one_of_another_try_is_not_taken_up(restoring: Restoring, query: Any) -> None:
    order = _lost(restoring)
    assert restoring.told(_job(restoring, order), restoring.replicate.created[0], query).status == 200
    assert restoring.job(order)["prediction_id"] is None


def test_one_of_another_photo_is_not_taken_up(restoring: Restoring) -> None:
    order = _lost(restoring)
    other = restoring.submitted()
    foreign = restoring.replicate.created[1]
    assert foreign["id"] == restoring.job(other)["prediction_id"]
    assert restoring.told(_job(restoring, order), foreign, {"try": 1}).status == 200
    assert restoring.job(order)["prediction_id"] is None
