"""Calls to AWS: one kept connection, tried again when that may help, and errors that say what AWS said."""

import json
from collections.abc import Iterator

import pytest

from darkroom import aws
from darkroom.aws import wire
from darkroom.settings import settings
from tests.fakes.http_server import Server


@pytest.fixture
def server(environment: pytest.MonkeyPatch, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    with Server() as server:
        environment.setenv("AWS_ENDPOINT_URL", server.url)
        settings.cache_clear()
        monkeypatch.setattr("darkroom.aws.wire.time.sleep", lambda _: None)
        yield server
        wire.hang_up()


def call() -> dict[str, object]:
    return aws.call("sqs", "AmazonSQS.SendMessageBatch", {"QueueUrl": "q", "Entries": []})


def test_a_call_is_a_signed_json_post(server: Server) -> None:
    server.answer(200, b'{"Successful": []}')
    assert call() == {"Successful": []}
    (seen,) = server.seen
    assert (seen.method, seen.path) == ("POST", "/")
    assert json.loads(seen.body) == {"QueueUrl": "q", "Entries": []}
    assert seen.headers["x-amz-target"] == "AmazonSQS.SendMessageBatch"
    assert seen.headers["content-type"] == "application/x-amz-json-1.0"
    assert seen.headers["authorization"].startswith("AWS4-HMAC-SHA256 Credential=testing/")


@pytest.mark.parametrize(("service", "version"), [("secretsmanager", "1.1"), ("events", "1.1"), ("sqs", "1.0")])
def test_each_service_has_its_version_of_the_protocol(server: Server, service: str, version: str) -> None:
    aws.call(service, "X.Y", {})
    assert server.seen[0].headers["content-type"] == f"application/x-amz-json-{version}"


def test_an_empty_answer_is_an_empty_document(server: Server) -> None:
    server.answer(200, b"")
    assert call() == {}


def test_the_connection_is_kept(server: Server) -> None:
    for _ in range(3):
        call()
    assert len({seen.peer for seen in server.seen}) == 1


def test_a_kept_connection_that_was_closed_is_opened_again(server: Server) -> None:
    call()
    server.hang_up()
    assert call() == {}
    assert len({seen.peer for seen in server.seen}) == 2


@pytest.mark.parametrize("status", [500, 502, 503, 429])
def test_a_passing_failure_is_tried_again(server: Server, status: int) -> None:
    server.answer(status, b'{"__type": "InternalFailure"}')
    server.answer(status, b"<html>")
    server.answer(200, b'{"ok": 1}')
    assert call() == {"ok": 1}


def test_a_dropped_connection_is_tried_again(server: Server) -> None:
    server.drop()
    server.answer(200, b'{"ok": 1}')
    assert call() == {"ok": 1}


def test_throttling_is_tried_again_though_it_is_a_400(server: Server) -> None:
    server.answer(400, b'{"__type": "com.amazon#ThrottlingException"}')
    server.answer(200, b'{"ok": 1}')
    assert call() == {"ok": 1}


def test_a_refusal_is_not_tried_again(server: Server) -> None:
    server.answer(400, b'{"__type": "com.amazonaws.sqs#QueueDoesNotExist", "message": "no such queue"}')
    with pytest.raises(aws.AwsError) as caught:
        call()
    assert (caught.value.code, caught.value.status, caught.value.is_passing) == ("QueueDoesNotExist", 400, False)
    assert "no such queue" in str(caught.value)
    assert len(server.seen) == 1


def test_it_gives_up_after_three(server: Server) -> None:
    server.answer(503, b"busy")
    with pytest.raises(aws.AwsError) as caught:
        call()
    assert caught.value.is_passing
    assert len(server.seen) == 3


def test_no_answer_in_time_is_a_passing_failure_on_a_fresh_connection(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wire, "_TIMEOUT_SECONDS", 0.05)
    call()
    wire.hang_up()
    server.stall()
    server.answer(200, b'{"ok": 1}')
    assert call() == {"ok": 1}


def test_nobody_there_is_a_passing_failure(environment: pytest.MonkeyPatch, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("darkroom.aws.wire.time.sleep", lambda _: None)
    environment.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    settings.cache_clear()
    with pytest.raises(aws.AwsError) as caught:
        call()
    assert caught.value.is_passing
    assert caught.value.code == "ConnectionRefusedError"
    wire.hang_up()


def test_on_aws_each_service_has_its_host() -> None:
    assert wire._endpoint("secretsmanager") == "https://secretsmanager.us-east-1.amazonaws.com/"


def test_objects_are_listed_in_pages_behind_a_key(server: Server) -> None:
    server.answer(
        200,
        b"""<?xml version="1.0"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
        <IsTruncated>true</IsTruncated><Contents><Key>uploads/a&amp;b.jpg</Key><Size>12</Size></Contents>
        <Contents><Key>uploads/c.jpg</Key><Size>3</Size></Contents></ListBucketResult>""",
    )
    server.answer(200, b"<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>")
    assert aws.list_objects("photos", "uploads/", "uploads/a") == (
        [("uploads/a&b.jpg", 12), ("uploads/c.jpg", 3)],
        True,
    )
    assert aws.list_objects("photos", "uploads/", "uploads/c.jpg") == ([], False)
    first = server.seen[0]
    assert first.method == "GET"
    assert first.path.startswith("/photos/?")
    assert "start-after=uploads%2Fa&" in first.path
    assert "X-Amz-Signature=" in first.path


def test_a_listing_is_tried_again_and_a_refusal_is_said(server: Server) -> None:
    server.answer(503, b"")
    server.answer(200, b"<ListBucketResult/>")
    assert aws.list_objects("photos", "uploads/", "") == ([], False)
    server.answer(403, b"<Error><Code>AccessDenied</Code></Error>")
    with pytest.raises(aws.AwsError) as refused:
        aws.list_objects("photos", "uploads/", "")
    assert refused.value.status == 403
