"""POST /jobs/process: QStash begins a job, once, however often and however strangely it is delivered."""

import base64
import json
import time
from typing import Any

import pytest

from darkroom import ids
from darkroom.settings import settings
from tests.integration.galleries.conftest import ACCEPT, World, picture, signature

FAILED = "/jobs/process/failed"


@pytest.fixture
def job_id(world: World) -> str:
    return world.process(world.bring(picture(1), picture(2)))


def test_a_delivery_begins_the_job_and_hands_out_its_photos(world: World, job_id: str) -> None:
    assert world.deliver({"job_id": job_id}).status == 200
    assert world.status(job_id)["status"] == "processing"
    messages = world.sqs.take("curations")
    assert [(message.name, message.data["first"], message.data["last"]) for message in messages] == [
        ("galleries.prepare_photos", 0, 0),
        ("galleries.prepare_photos", 1, 1),
    ]


def test_a_delivery_while_the_job_runs_or_when_it_is_over_is_200_and_does_nothing(world: World, job_id: str) -> None:
    for _ in range(3):
        assert world.deliver({"job_id": job_id}).status == 200
    assert len(world.sqs.take("curations")) == 2
    world.deliver({"job_id": job_id})
    assert world.sqs.take("curations") == []


def test_signed_with_the_next_key_it_is_let_in(world: World, job_id: str) -> None:
    body = json.dumps({"job_id": job_id}).encode()
    answer = world.deliver(body, **{"upstash-signature": signature(body, ACCEPT, "sig_test_next")})
    assert answer.status == 200


def test_with_our_secret_or_a_signature_alone_nobody_gets_in(world: World, job_id: str) -> None:
    body = json.dumps({"job_id": job_id}).encode()
    other = json.dumps({"job_id": str(ids.new_id())}).encode()
    past = int(time.time()) - 1_000
    refused: dict[str, dict[str, Any]] = {
        "no secret": {"x-api-secret": None},
        "another secret": {"x-api-secret": "guess"},
        "an empty secret": {"x-api-secret": ""},
        "no signature": {"upstash-signature": None},
        "a foreign key": {"upstash-signature": signature(body, ACCEPT, "sig_foreign")},
        "another body": {"upstash-signature": signature(other, ACCEPT)},
        "another address": {"upstash-signature": signature(body, FAILED)},
        "an expired signature": {"upstash-signature": signature(body, ACCEPT, exp=past, nbf=past - 300)},
        "another issuer": {"upstash-signature": signature(body, ACCEPT, iss="Somebody")},
        "nonsense": {"upstash-signature": "a.b.c"},
    }
    for what, changes in refused.items():
        answer = world.deliver(body, **changes)
        assert answer.status == 401, what
        assert answer.headers["content-type"] == "application/problem+json"
    assert world.status(job_id)["status"] == "pending"


def test_a_replay_of_a_captured_delivery_changes_nothing(world: World, job_id: str) -> None:
    body = json.dumps({"job_id": job_id}).encode()
    captured = {"upstash-signature": signature(body, ACCEPT)}
    world.deliver(body, **captured)
    world.work()
    before = world.status(job_id), world.albums()
    assert world.deliver(body, **captured).status == 200
    assert world.work() == []
    assert (world.status(job_id), world.albums()) == before


def test_an_old_key_is_no_key_after_it_was_rotated_out(
    world: World, job_id: str, environment: pytest.MonkeyPatch
) -> None:
    from darkroom import secrets
    from tests.conftest import SECRETS

    rotated = SECRETS | {"qstash_current_signing_key": "sig_test_next", "qstash_next_signing_key": "sig_test_newest"}
    environment.setenv("SECRETS_JSON", json.dumps(rotated))
    settings.cache_clear()
    secrets.forget()
    body = json.dumps({"job_id": job_id}).encode()
    assert world.deliver(body).status == 401  # signed with what was the current key
    assert world.deliver(body, **{"upstash-signature": signature(body, ACCEPT, "sig_test_newest")}).status == 200


def test_401_comes_before_the_body_is_looked_at(world: World) -> None:
    assert world.deliver(b"{broken", **{"upstash-signature": "x"}).status == 401
    assert world.deliver(b"{broken").status == 400
    assert world.deliver({"job_id": "not an id"}).status == 400
    assert world.deliver([]).status == 400


def test_a_signed_unknown_job_is_404(world: World) -> None:
    assert world.deliver({"job_id": str(ids.new_id())}).status == 404


def test_its_failure_callback_fails_the_job_and_the_person_may_try_again(world: World, job_id: str) -> None:
    source = base64.b64encode(json.dumps({"job_id": job_id}).encode()).decode()
    told = {"status": 500, "sourceMessageId": "msg_1", "sourceBody": source, "retried": 3}
    assert world.deliver(told, FAILED).status == 200
    document = world.status(job_id)
    assert document["status"] == "failed"
    assert "try again" in document["error_message"]
    world.published.clear()
    answer = world.post(f"/jobs/{job_id}/retry")
    assert (answer.status, answer.json()["status"]) == (202, "pending")
    world.deliver_all()
    world.work()
    assert world.status(job_id)["status"] == "completed"


def test_a_failure_callback_is_checked_as_everything_else(world: World, job_id: str) -> None:
    assert world.deliver({"sourceBody": "e30="}, FAILED, **{"x-api-secret": "guess"}).status == 401
    assert world.deliver({"sourceBody": "%%%"}, FAILED).status == 400
    assert world.deliver({}, FAILED).status == 400
    assert world.status(job_id)["status"] == "pending"


def test_a_late_failure_callback_does_not_fail_what_has_finished(world: World, job_id: str) -> None:
    world.deliver_all()
    world.work()
    source = base64.b64encode(json.dumps({"job_id": job_id}).encode()).decode()
    assert world.deliver({"sourceBody": source}, FAILED).status == 200
    assert world.status(job_id)["status"] == "completed"
