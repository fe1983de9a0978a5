"""Health, the document, job status, and every address that nobody answers."""

import json
from pathlib import Path

import pytest

from darkroom import db, ids, jobs
from darkroom.settings import settings
from operations import api
from tests.api import Api
from tests.factories.callers import signed_in
from tests.factories.people import person

operations = Api(api.handler)


def test_health_is_ok_when_the_database_answers(committed_db: str) -> None:
    answer = operations.get("/health")
    assert (answer.status, answer.json()) == (200, {"status": "ok", "checks": {"database": "ok"}})


def test_health_is_503_while_the_database_is_away_and_ok_again_after(
    committed_db: str, environment: pytest.MonkeyPatch
) -> None:
    environment.setenv("DATABASE_URL", "postgresql://nobody@127.0.0.1:1/nothing")
    settings.cache_clear()
    db.close()
    answer = operations.get("/health")
    assert answer.status == 503
    assert answer.headers["content-type"] == "application/problem+json"
    assert "127.0.0.1" not in answer.text
    environment.setenv("DATABASE_URL", committed_db)
    settings.cache_clear()
    assert operations.get("/health/").status == 200


def test_the_committed_document_is_served_to_everyone() -> None:
    answer = operations.get("/openapi.json")
    assert answer.headers["content-type"] == "application/json"
    assert answer.json() == json.loads(Path(api.__file__).with_name("openapi.json").read_text())


@pytest.mark.parametrize("path", ["/nothing", "/", "/jobs", "/users/me/nothing", "/%00"])
def test_an_unknown_address_is_a_problem_document(path: str) -> None:
    answer = operations.get(path)
    assert (answer.status, answer.headers["content-type"]) == (404, "application/problem+json")
    assert answer.json()["status"] == 404


def test_an_unknown_method_is_a_problem_document() -> None:
    answer = operations.call("DELETE", "/health")
    assert (answer.status, answer.json()["title"]) == (405, "Method Not Allowed")


def test_a_job_is_shown_to_its_owner_as_the_conventions_say(committed_db: str) -> None:
    with db.transaction() as tx:
        ada = signed_in(tx)
        job = jobs.create(tx, ada.user_id, "export", total=3)
        jobs.start(tx, job.id)
        jobs.progress(tx, job.id, 2, stage="packing")
    answer = operations.get(f"/jobs/{job.id}/status", token=ada.token)
    document = answer.json()
    assert answer.status == 200
    assert document == {
        "job_id": str(job.id),
        "kind": "export",
        "status": "processing",
        "progress": {"stage": "packing", "done": 2, "total": 3},
        "result": None,
        "error_message": None,
        "created_at": document["created_at"],
        "started_at": document["started_at"],
        "albums_created": None,
        "completed_at": None,
    }
    with db.reading() as tx:
        assert document == jobs.status_document(tx, job.id, ada.user_id)  # answers and pushes are one document


def test_the_job_of_somebody_else_is_unknown(committed_db: str) -> None:
    with db.transaction() as tx:
        ada = signed_in(tx)
        job = jobs.create(tx, person(tx), "export")
    for job_id in (job.id, ids.new_id(), "not-an-id"):
        assert operations.get(f"/jobs/{job_id}/status", token=ada.token).status == 404


def test_a_job_needs_a_caller(committed_db: str) -> None:
    for token in (None, "nonsense", "a.b.c"):
        assert operations.get(f"/jobs/{ids.new_id()}/status", token=token).status == 401
