"""The running stack as a script or a developer meets it: its announcement, its doors, its console."""

import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import boto3
import httpx
import psycopg
import pytest
from botocore.exceptions import ClientError

from infra.local import emulated_aws

PROBLEM = "application/problem+json"
SERVICES = ["stripe", "replicate", "gemini", "qstash", "mail", "faces", "detector"]
FAULTS = ["timeout", "429", "500", "garbage", "empty"]


@pytest.fixture
def web(stack: Mapping[str, Any]) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=stack["web"], timeout=30, trust_env=False) as client:
        yield client


def test_the_announcement_holds_what_a_script_needs(stack: Mapping[str, Any]) -> None:
    assert stack["api"] == stack["web"] + "/api/v1"
    assert stack["console"] == stack["web"] + "/_local"
    assert stack["websocket"].startswith("ws://127.0.0.1:")
    assert stack["aws"].startswith("http://127.0.0.1:")
    assert set(stack["secrets"]) == {
        "api_secret",
        "qstash_current_signing_key",
        "qstash_next_signing_key",
        "stripe_webhook_secret",
    }
    assert all(stack["secrets"].values())
    os.kill(stack["pid"], 0)


def test_what_it_announces_is_for_its_owner_only(stack: Mapping[str, Any]) -> None:
    home = Path(psycopg.conninfo.conninfo_to_dict(stack["database"])["host"]).parent  # type: ignore[arg-type]
    if not (home / "stack.json").exists():
        pytest.skip("the database's socket is not in the home: its path is too long")
    for name in ("stack.json", "keys.json"):
        assert stat.S_IMODE((home / name).stat().st_mode) == 0o600


def test_it_is_healthy_and_migrated(web: httpx.Client, stack: Mapping[str, Any]) -> None:
    assert web.get("/api/v1/health").status_code == 200
    with psycopg.connect(stack["database"]) as connection:
        assert connection.execute("SELECT count(*) > 0 FROM schema_migrations").fetchone() == (True,)


@pytest.mark.parametrize("path", ["/", "/account", "/albums/7"])
def test_the_web_app_answers_for_its_addresses(web: httpx.Client, path: str) -> None:
    answer = web.get(path)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/html")


@pytest.mark.parametrize(("method", "path"), [("GET", "/api/v1/nothing"), ("PUT", "/api/v1/health"), ("GET", "/api/x")])
def test_unknown_paths_and_methods_are_problems(web: httpx.Client, method: str, path: str) -> None:
    answer = web.request(method, path)
    assert answer.status_code in (404, 405)
    assert answer.headers["content-type"] == PROBLEM
    assert answer.json()["status"] == answer.status_code


def test_a_request_past_the_limits_is_413(web: httpx.Client) -> None:
    answer = web.post("/api/v1/auth/register", content=b" " * 11_000_000, headers={"content-type": "application/json"})
    assert answer.status_code == 413
    assert answer.headers["content-type"] == PROBLEM


def test_the_document_of_the_api_is_served(web: httpx.Client) -> None:
    assert web.get("/api/v1/openapi.json").json()["openapi"].startswith("3.1")


# --- the console ---


def test_its_page_is_there(web: httpx.Client) -> None:
    assert "Darkroom, from inside" in web.get("/_local").text


@pytest.mark.parametrize("part", ["mails", "queues", "events", "schedules", "jobs", "alarms", "logs", "stand-ins"])
def test_lists_are_bare_arrays(web: httpx.Client, part: str) -> None:
    answer = web.get(f"/_local/{part}")
    assert answer.status_code == 200
    assert isinstance(answer.json(), list)


def test_queues_are_counted_under_short_names(web: httpx.Client) -> None:
    queues = {queue["name"]: queue for queue in web.get("/_local/queues").json()}
    assert {"mail", "push", "exports"} <= set(queues)
    assert set(queues["mail"]) == {"name", "waiting", "in_flight", "dead"}
    assert web.get("/_local/queues/mail").json()["dead"] == []
    assert web.get("/_local/queues/none").status_code == 404


def test_schedules_tell_when_they_fire_and_can_be_fired(web: httpx.Client) -> None:
    listed = web.get("/_local/schedules").json()
    schedules = {row["name"]: row for row in listed}
    assert len(schedules) == len(listed)
    assert {"relay", "cleanup", "restorations-cleanup"} <= set(schedules)
    relay = schedules["relay"]
    assert relay["expression"] == "rate(1 minute)"
    assert relay["timezone"] == "UTC"
    assert relay["enabled"]
    assert relay["next_at"].endswith("Z")
    for name in ("relay", "cleanup"):
        answer = web.post(f"/_local/schedules/{name}/fire")
        assert answer.status_code == 200, answer.text
        assert answer.json()["error"] is None
    assert web.post("/_local/schedules/nothing/fire").status_code == 404


@pytest.mark.parametrize("service", SERVICES)
def test_every_service_can_be_told_to_fail(web: httpx.Client, service: str) -> None:
    address = f"/_local/stand-ins/{service}"
    assert web.post(f"{address}/faults", json={"next": FAULTS}).json()["faults"] == FAULTS
    assert web.post(f"{address}/faults", json={"next": ["500"]}).json()["faults"] == ["500"]
    assert web.post(f"{address}/faults", json={"next": []}).json()["faults"] == []
    assert isinstance(web.get(address).json()["calls"], list)


@pytest.mark.parametrize("body", [b"{", b"[]", b'{"next": 7}', b'{"next": ["nonsense"]}', b"{}"])
def test_a_plan_that_makes_no_sense_is_refused(web: httpx.Client, body: bytes) -> None:
    assert web.post("/_local/stand-ins/stripe/faults", content=body).status_code == 400
    assert web.post("/_local/stand-ins/nobody/faults", json={"next": []}).status_code == 404


@pytest.mark.parametrize("headers", [{"origin": "https://elsewhere.example"}, {"host": "elsewhere.example"}])
def test_no_other_site_reaches_the_console(web: httpx.Client, headers: dict[str, str]) -> None:
    assert web.get("/_local/mails", headers=headers).status_code == 403
    assert web.post("/_local/stand-ins/mail/faults", json={"next": ["500"]}, headers=headers).status_code == 403


def test_logs_are_found_by_request(web: httpx.Client) -> None:
    request_id = web.get("/api/v1/nothing").json()["request_id"]
    lines = web.get("/_local/logs", params={"id": request_id}).json()
    assert all(line["request_id"] == request_id for line in lines)
    assert any(line.get("route") == "GET /api/v1/nothing" for line in lines)


# --- roles ---


def test_a_function_may_do_what_its_role_says_and_nothing_else(stack: Mapping[str, Any]) -> None:
    """The mail worker may take from its queue; it may not stop it, nor touch another's."""
    own = emulated_aws.function_credentials(stack["aws"])["darkroom-local-notifications-mail"]
    sqs = boto3.client(
        "sqs",
        endpoint_url=stack["aws"],
        region_name=emulated_aws.REGION,
        aws_access_key_id=own["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=own["AWS_SECRET_ACCESS_KEY"],
        aws_session_token=own["AWS_SESSION_TOKEN"],
    )
    mail, exports = (f"{stack['aws']}/000000000000/darkroom-local-{name}" for name in ("mail", "exports"))
    assert sqs.get_queue_attributes(QueueUrl=mail)["ResponseMetadata"]["HTTPStatusCode"] == 200
    with pytest.raises(ClientError, match="AccessDenied"):
        sqs.purge_queue(QueueUrl=mail)
    with pytest.raises(ClientError, match="AccessDenied"):
        sqs.receive_message(QueueUrl=exports)
