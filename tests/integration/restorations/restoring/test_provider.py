"""Replicate through its own SDK: what it answers, what it does not, and where results may lie."""

import json
from typing import Any

import httpx
import psycopg
import pytest

from darkroom import storage
from darkroom.aws import AwsError
from darkroom.settings import settings
from restorations import replicate_client
from restorations.queries import jobs
from restorations.service.restoring import Unanswered
from tests.conftest import FrozenTime
from tests.fakes.replicate import DOCUMENTS
from tests.integration.restorations.restoring.conftest import Restoring


def test_what_is_asked_for(restoring: Restoring) -> None:
    order = restoring.submitted(colorize=True, upscale=2, fidelity=0.4)
    (seen,) = restoring.replicate.seen
    asked = json.loads(seen.body)
    assert (seen.method, seen.path) == ("POST", "/v1/predictions")
    assert seen.headers["authorization"] == "Bearer r8_test"
    assert asked["version"] == "c75db81d"
    assert asked["input"].pop("image").startswith("https://darkroom-test-uploads.")
    assert asked["input"] == {"fidelity": 0.4, "with_scratch": True}
    job = restoring.job(order)
    assert asked["webhook"] == f"http://127.0.0.1:8000/api/v1/webhooks/replicate/{job['id']}?try=1"
    assert asked["webhook_events_filter"] == ["completed"]
    assert job["prediction_id"] == "prediction1"


def test_a_model_without_a_version_is_asked_by_its_name(restoring: Restoring, environment: pytest.MonkeyPatch) -> None:
    environment.setenv("REPLICATE_MODEL", "darkroom/restorer")
    settings.cache_clear()
    restoring.submitted()
    assert restoring.replicate.seen[0].path == "/v1/models/darkroom/restorer/predictions"


GARBAGE = [b"<html>Service</html>", b"", b"[]", b"null", b'{"id": 7}', b'{"id": "x", "status": "sleeping"}']


@pytest.mark.parametrize("content", GARBAGE)
def test_nonsense_for_a_submission_is_a_try_that_failed(restoring: Restoring, content: bytes) -> None:
    restoring.replicate.answer(201, content)
    order = restoring.paid()
    restoring.run()
    assert restoring.job(order)["try_number"] == 2
    assert restoring.status(order) == "completed"


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_service_that_fails_is_asked_again_and_given_up_after_the_last(restoring: Restoring, status: int) -> None:
    for _ in range(4):
        restoring.replicate.answer(status, b"[]")
    order = restoring.paid()
    restoring.run()
    assert restoring.job(order)["kind_of_error"] == "unavailable"
    assert len(restoring.replicate.seen) == 4
    assert len(restoring.given_back) == 1


def test_a_connection_that_breaks_is_a_try_that_failed(restoring: Restoring) -> None:
    restoring.replicate.drop()
    order = restoring.paid()
    restoring.run()
    assert restoring.job(order)["try_number"] == 2
    assert restoring.status(order) == "completed"


@pytest.mark.parametrize("where", [(storage, "read_url"), (replicate_client, "secret")], ids=["address", "secret"])
def test_a_failure_of_ours_before_it_is_asked_leaves_nothing_in_the_way_of_the_retry(
    restoring: Restoring, environment: pytest.MonkeyPatch, where: tuple[object, str]
) -> None:
    order = restoring.paid()
    restoring.step("orders")
    restoring.step("judgements")

    def fail(*_: object) -> None:
        raise AwsError("secretsmanager", "Throttling", "not now")

    with environment.context() as patch:
        patch.setattr(*where, fail)
        restoring.fails("restorations")
    assert restoring.step("restorations") == ["submit"]
    assert restoring.job(order)["prediction_id"] == "prediction1"
    assert restoring.job(order)["try_number"] == 1


def test_a_retry_that_finds_the_claim_of_who_failed_after_the_answer_is_not_done(
    restoring: Restoring, environment: pytest.MonkeyPatch
) -> None:
    """Nobody knows whether the provider has it, so it is not asked at once; but the message is kept."""
    order = restoring.paid()
    restoring.step("orders")
    restoring.step("judgements")

    def fail(*_: object) -> None:
        raise psycopg.OperationalError

    with environment.context() as patch:
        patch.setattr(jobs, "keep_prediction", fail)
        restoring.fails("restorations")
    restoring.fails("restorations")
    assert len(restoring.replicate.created) == 1
    restoring.time.advance(61)
    assert restoring.step("restorations") == ["submit"]
    restoring.run()
    assert restoring.status(order) == "completed"
    assert len(restoring.replicate.created) == 2


def test_an_answer_that_does_not_come_is_a_try_that_failed(
    restoring: Restoring, environment: pytest.MonkeyPatch
) -> None:
    environment.setattr(replicate_client, "_SECONDS", 0.3)
    restoring.replicate.stall()
    order = restoring.paid()
    for queue in ("orders", "judgements", "restorations"):
        restoring.step(queue)
    assert restoring.job(order)["try_number"] == 2
    assert restoring.job(order)["error"] == "ReadTimeout"
    restoring.run()
    assert restoring.status(order) == "completed"


def test_a_busy_service_is_asked_when_it_says_and_no_try_is_lost(restoring: Restoring) -> None:
    for _ in range(6):
        restoring.replicate.answer(429, b'{"detail": "Request was throttled."}', {"retry-after": "7"})
    order = restoring.paid()
    restoring.run()
    assert restoring.sqs.delays.count(7) == 6
    assert restoring.job(order)["try_number"] == 1
    assert restoring.status(order) == "completed"


def test_a_service_that_stays_busy_is_given_up_at_last(restoring: Restoring, frozen_time: FrozenTime) -> None:
    order = restoring.paid()
    restoring.step("orders")
    restoring.step("judgements")
    for _ in range(60):
        if restoring.photo(order)["status"] == "failed":
            break
        restoring.replicate.answer(429)
        restoring.step("restorations")
        frozen_time.advance(120)
    assert restoring.job(order)["kind_of_error"] == "busy"


def test_an_input_that_is_refused_ends_the_try(restoring: Restoring) -> None:
    refusal = {
        "title": "Input validation failed",
        "detail": "- input.image: Does not match format 'uri'",
        "status": 422,
    }
    for _ in range(4):
        restoring.replicate.answer(422, json.dumps(refusal).encode())
    order = restoring.paid()
    restoring.run()
    job = restoring.job(order)
    assert (job["kind_of_error"], job["try_number"]) == ("refused", 4)
    assert "Does not match format" in job["error"]


@pytest.mark.parametrize("status", [401, 402, 403])
def test_an_account_that_is_refused_costs_no_photo_a_try(restoring: Restoring, status: int) -> None:
    order = restoring.paid()
    restoring.step("orders")
    restoring.step("judgements")
    for _ in range(3):
        restoring.replicate.answer(status, b'{"title": "Unauthenticated", "detail": "no"}')
        restoring.fails("restorations")
    assert restoring.job(order)["try_number"] == 1
    restoring.run()
    assert restoring.status(order) == "completed"


@pytest.mark.parametrize("content", GARBAGE)
def test_nonsense_for_a_look_changes_nothing(restoring: Restoring, content: bytes) -> None:
    order = restoring.submitted()
    restoring.replicate.answer(200, content)
    restoring.step("restorations")
    assert restoring.job(order)["status"] == "processing"
    restoring.run()
    assert restoring.status(order) == "completed"
    assert len(restoring.replicate.created) == 1


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_look_that_fails_is_taken_again_and_waits_for_nobody(restoring: Restoring, status: int) -> None:
    order = restoring.submitted()
    restoring.replicate.answer(status, b"{}", {"retry-after": "3600"})
    restoring.step("restorations")
    restoring.run()
    assert restoring.status(order) == "completed"
    assert len(restoring.replicate.created) == 1


def test_a_prediction_that_nobody_knows_any_more_ends_the_try(restoring: Restoring) -> None:
    order = restoring.submitted()
    restoring.replicate.predictions.clear()
    restoring.run()
    assert restoring.job(order)["try_number"] == 2


def test_what_takes_too_long_is_cancelled_and_tried_again(restoring: Restoring) -> None:
    restoring.replicate.ends = ["processing", "succeeded"]
    order = restoring.submitted()
    for _ in range(200):
        if restoring.replicate.cancelled:
            break
        restoring.step("restorations")
    assert restoring.replicate.cancelled == ["prediction1"]
    restoring.run()
    assert restoring.status(order) == "completed"
    assert restoring.job(order)["try_number"] == 2


def test_looks_are_planned_once_however_often_one_comes(restoring: Restoring) -> None:
    restoring.replicate.ends = ["processing"]
    restoring.submitted()
    (look,) = restoring.sqs.sent["restorations"]
    for _ in range(5):
        restoring.sqs.sent["restorations"] += [look, look]
        restoring.step("restorations")
        assert len(restoring.sqs.sent["restorations"]) == 1


def test_looks_become_rarer(restoring: Restoring) -> None:
    restoring.replicate.ends = ["starting"]
    restoring.submitted()
    for _ in range(12):
        restoring.step("restorations")
    delays = restoring.sqs.delays[-13:]
    assert delays == sorted(delays)
    assert (delays[0], delays[-1]) == (3, 30)


def _ends_with(restoring: Restoring, output: Any) -> None:
    (prediction,) = restoring.replicate.created
    prediction.update({**DOCUMENTS["succeeded"], "id": prediction["id"], "output": output})


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1:1/delivery/x.png",
        "http://replicate.delivery/x.png",
        "https://replicate.delivery.example.com/x.png",
        "https://replicate.delivery:444/x.png",
        "https://replicate.delivery@example.com/x.png",
        "https://169.254.169.254/latest/meta-data",
        "file:///etc/passwd",
        "data:image/png;base64,AAAA",
        "http://[",
    ],
)
def test_an_output_that_lies_elsewhere_is_not_fetched(restoring: Restoring, address: str) -> None:
    order = restoring.submitted()
    _ends_with(restoring, address)
    restoring.step("restorations")
    job = restoring.job(order)
    assert (job["status"], job["kind_of_error"]) == ("queued", "refused")
    assert "somewhere else" in job["error"]


@pytest.mark.parametrize("address", ["https://replicate.delivery/x.png", "https://pbxt.replicate.delivery/a/b.jpg?c=d"])
def test_the_services_own_store_of_results_is_known(restoring: Restoring, address: str) -> None:
    assert replicate_client._is_delivery(address)


def test_a_redirect_leads_nowhere(restoring: Restoring) -> None:
    order = restoring.submitted()
    restoring.replicate.settle(restoring.replicate.created[0], "succeeded")
    restoring.replicate.answer(200, json.dumps(restoring.replicate.created[0]).encode())
    restoring.replicate.answer(302, b"", {"location": f"{restoring.replicate.url}/elsewhere"})
    restoring.step("restorations")
    assert [seen.path for seen in restoring.replicate.seen if "elsewhere" in seen.path] == []
    restoring.run()  # and the next look finds it
    assert restoring.status(order) == "completed"


def test_no_key_goes_to_where_results_lie(restoring: Restoring) -> None:
    restoring.paid()
    restoring.run()
    (fetched,) = [seen for seen in restoring.replicate.seen if seen.path.startswith("/delivery/")]
    assert "authorization" not in fetched.headers


def test_an_output_that_is_gone_ends_the_try(restoring: Restoring) -> None:
    order = restoring.submitted()
    restoring.replicate.answer(200, json.dumps(restoring.replicate.created[0]).encode())
    restoring.replicate.answer(404)
    restoring.step("restorations")
    assert restoring.job(order)["try_number"] == 2


def test_an_output_that_never_ends_is_not_read_to_its_end(
    restoring: Restoring, environment: pytest.MonkeyPatch
) -> None:
    environment.setattr("darkroom.storage.PHOTO_BYTES_MAX", 1000)
    order = restoring.submitted()
    restoring.replicate.restored = lambda _: b"x" * 5_000_000
    restoring.step("restorations")
    assert restoring.job(order)["kind_of_error"] == "too_large"


def test_what_the_sdk_raises_that_is_a_mistake_of_ours_stays_one() -> None:
    assert isinstance(replicate_client._told(httpx.ReadTimeout("slow"), not_found=LookupError), Unanswered)
    with pytest.raises(ZeroDivisionError):
        raise replicate_client._told(ZeroDivisionError(), not_found=LookupError)
