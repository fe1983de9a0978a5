"""Webhooks of QStash: let in by our secret and its signature together, and by nothing less."""

import base64
import hashlib
import json
import time
import warnings
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any
from unittest import mock

import jwt
import pytest

from darkroom import qstash_client
from darkroom.errors import Unauthorized
from darkroom.settings import settings

PATH = "/api/v1/jobs/process"
BODY = b'{"job_id": "1"}'


def signed(key: str = "sig_test_current", body: bytes = BODY, **changes: Any) -> dict[str, str]:
    now = int(time.time())
    claims: dict[str, Any] = {
        "iss": "Upstash",
        "sub": "http://127.0.0.1:8000" + PATH,
        "nbf": now - 1,
        "exp": now + 300,
        "body": base64.urlsafe_b64encode(hashlib.sha256(body).digest()).decode().rstrip("="),
    }
    return with_token(token(claims | changes, key))


def token(claims: dict[str, Any], key: str = "sig_test_current", algorithm: str = "HS256") -> str:
    with warnings.catch_warnings(action="ignore"):  # the keys are short here
        return jwt.encode(claims, key, algorithm)


def with_token(signature: str) -> dict[str, str]:
    return {"x-api-secret": "test-api-secret", "upstash-signature": signature}


@pytest.mark.parametrize("key", ["sig_test_current", "sig_test_next"])
def test_the_current_and_the_next_key_are_taken(key: str) -> None:
    qstash_client.verify(signed(key), BODY, PATH)


REFUSED: dict[str, Callable[[], dict[str, str]]] = {  # signed when the test runs: signatures grow old
    "nothing": dict,
    "no signature": lambda: {"x-api-secret": "test-api-secret"},
    "an empty secret": lambda: signed() | {"x-api-secret": ""},
    "a guessed secret": lambda: signed() | {"x-api-secret": "guessed"},
    "no token at all": lambda: signed() | {"upstash-signature": "no.jwt.atall"},
    "a foreign key": lambda: signed("sig_of_somebody_else"),
    "another body": lambda: signed(body=b'{"job_id": "2"}'),
    "another address": lambda: signed(sub="http://127.0.0.1:8000/api/v1/other"),
    "another issuer": lambda: signed(iss="Somebody"),
    "too old": lambda: signed(exp=int(time.time()) - 10),
    "not yet": lambda: signed(nbf=int(time.time()) + 60),
}


@pytest.mark.parametrize("name", REFUSED)
def test_everything_else_is_refused(name: str) -> None:
    headers = REFUSED[name]()
    with pytest.raises(Unauthorized):
        qstash_client.verify(headers, BODY, PATH)


@pytest.mark.parametrize("claim", ["iss", "sub", "exp", "nbf", "body"])
def test_a_signature_that_leaves_something_open_is_refused(claim: str) -> None:
    claims = jwt.decode(signed()["upstash-signature"], options={"verify_signature": False})
    del claims[claim]
    with pytest.raises(Unauthorized):
        qstash_client.verify(with_token(token(claims)), BODY, PATH)


def test_no_algorithm_is_no_signature() -> None:
    claims = jwt.decode(signed()["upstash-signature"], options={"verify_signature": False})
    with pytest.raises(Unauthorized):
        qstash_client.verify(with_token(token(claims, "", "none")), BODY, PATH)


def test_bytes_that_are_no_text_are_refused() -> None:
    with pytest.raises(Unauthorized):
        qstash_client.verify(signed(body=b"\xff\xfe"), b"\xff\xfe", PATH)


def test_an_empty_key_opens_nothing(environment: pytest.MonkeyPatch) -> None:
    """Whoever signs with an empty key must not be let in because ours was forgotten."""
    secrets = {"api_secret": "test-api-secret", "qstash_current_signing_key": "", "qstash_next_signing_key": ""}
    environment.setenv("SECRETS_JSON", json.dumps(secrets))
    settings.cache_clear()
    claims = jwt.decode(signed()["upstash-signature"], options={"verify_signature": False})
    with mock.patch("jwt.algorithms.HMACAlgorithm.prepare_key", lambda _self, key: key.encode()):
        empty = with_token(token(claims, ""))
    with pytest.raises(LookupError):
        qstash_client.verify(empty, BODY, PATH)


class Received:
    path: str
    headers: dict[str, str]
    body: Any


@pytest.fixture
def qstash(environment: pytest.MonkeyPatch) -> Iterator[Received]:
    """QStash's publish endpoint, as far as it is asked here."""
    received = Received()

    class Answer(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            received.path = self.path
            received.headers = {name.lower(): value for name, value in self.headers.items()}
            received.body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            content = b'{"messageId": "msg_1"}'
            self.send_response(201)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: Any) -> None:
            """Quiet."""

    with HTTPServer(("127.0.0.1", 0), Answer) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        environment.setenv("QSTASH_URL", f"http://127.0.0.1:{server.server_port}")
        settings.cache_clear()
        qstash_client._client.cache_clear()
        yield received
        qstash_client._client("test-qstash-token", settings().qstash_url).http._client.close()
        qstash_client._client.cache_clear()
        server.shutdown()


def test_what_is_published_carries_secret_retries_callback_and_deduplication(qstash: Received) -> None:
    qstash_client.publish(
        PATH,
        {"job_id": "1"},
        deduplication_id="row-1",
        failure_path="/api/v1/jobs/process/failed",
        correlation_id="story",
        delay=5,
    )
    assert qstash.path == "/v2/publish/http://127.0.0.1:8000" + PATH
    assert qstash.body == {"job_id": "1"}
    sent = qstash.headers
    assert sent["authorization"] == "Bearer test-qstash-token"
    assert sent["upstash-forward-x-api-secret"] == "test-api-secret"
    assert sent["upstash-forward-x-correlation-id"] == "story"
    assert (sent["upstash-retries"], sent["upstash-delay"]) == ("3", "5s")
    assert sent["upstash-deduplication-id"] == "row-1"
    assert sent["upstash-failure-callback"] == "http://127.0.0.1:8000/api/v1/jobs/process/failed"
    assert sent["upstash-failure-callback-forward-x-api-secret"] == "test-api-secret"
    assert "X-API-Secret" in sent["upstash-redact-fields"]
