"""Jobs: states move forward by guarded updates only, and whoever watches is told of each change once."""

from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from darkroom import db, ids, jobs
from darkroom.db import Tx
from darkroom.errors import Conflict, NotFound
from tests.factories.people import person


@pytest.fixture
def job(tx: Tx) -> jobs.Job:
    return jobs.create(tx, person(tx), "export", {"format": "zip"}, total=10)


def pushed(tx: Tx, job_id: UUID) -> list[dict[str, Any]]:
    return tx.all(
        "SELECT sequence, type, data FROM realtime_messages WHERE topic = %s ORDER BY sequence", (f"job:{job_id}",)
    )


def test_the_way_of_a_job_that_goes_well(tx: Tx, job: jobs.Job) -> None:
    assert jobs.accepted(job) == {
        "job_id": str(job.id),
        "status": "pending",
        "status_url": f"/api/v1/jobs/{job.id}/status",
    }
    jobs.start(tx, job.id)
    jobs.progress(tx, job.id, 4, stage="packing")
    jobs.complete(tx, job.id, {"url": "https://example.test/z"})
    document = jobs.status_document(tx, job.id, job.user_id)
    assert document == {
        "job_id": str(job.id),
        "kind": "export",
        "status": "completed",
        "progress": {"stage": "packing", "done": 10, "total": 10},
        "result": {"url": "https://example.test/z"},
        "albums_created": None,
        "error_message": None,
        "created_at": document["created_at"],
        "started_at": document["started_at"],
        "completed_at": document["completed_at"],
    }
    assert all(document[field].endswith("Z") for field in ("created_at", "started_at", "completed_at"))


def test_each_change_is_pushed_as_the_status_document(tx: Tx, job: jobs.Job) -> None:
    jobs.start(tx, job.id)
    jobs.progress(tx, job.id, 4)
    jobs.complete(tx, job.id, {})
    events = pushed(tx, job.id)
    assert [event["type"] for event in events] == ["job.progress"] * 3
    assert [event["data"]["progress"]["done"] for event in events] == [0, 4, 10]
    assert events[-1]["data"] == jobs.status_document(tx, job.id, job.user_id)


def test_a_start_that_comes_twice_starts_once(tx: Tx, job: jobs.Job) -> None:
    assert jobs.start(tx, job.id) is not None
    assert jobs.start(tx, job.id) is None
    told = len(pushed(tx, job.id))
    assert jobs.resume(tx, job.id) is not None
    assert len(pushed(tx, job.id)) == told, "taking over is no news"


def test_what_is_over_stays_over(tx: Tx, job: jobs.Job) -> None:
    jobs.start(tx, job.id)
    jobs.complete(tx, job.id, {"n": 1})
    assert jobs.start(tx, job.id) is None
    assert jobs.resume(tx, job.id) is None
    assert jobs.progress(tx, job.id, 3) is None
    assert jobs.advance(tx, job.id, 3) is None
    assert jobs.fail(tx, job.id, "late") is None
    assert jobs.complete(tx, job.id, {"n": 2}) is None
    assert jobs.get(tx, job.id, job.user_id).result == {"n": 1}


def test_a_job_that_was_never_started_cannot_be_completed(tx: Tx, job: jobs.Job) -> None:
    assert jobs.complete(tx, job.id, {}) is None
    assert jobs.progress(tx, job.id, 1) is None
    failed = jobs.fail(tx, job.id, "x" * 1_000)
    assert failed is not None
    assert failed.error_message == "x" * 500


def test_a_failed_job_can_be_tried_again_and_no_other(tx: Tx, job: jobs.Job) -> None:
    with pytest.raises(Conflict, match="pending"):
        jobs.retry(tx, job.id, job.user_id)
    jobs.fail(tx, job.id, "no luck")
    again = jobs.retry(tx, job.id, job.user_id)
    assert (again.status, again.done, again.error_message, again.input) == ("pending", 0, None, {"format": "zip"})
    assert jobs.start(tx, job.id) is not None


def test_the_job_of_somebody_else_is_unknown(tx: Tx, job: jobs.Job) -> None:
    other = person(tx)
    for read in (jobs.get, jobs.status_document, jobs.retry):
        with pytest.raises(NotFound):
            read(tx, job.id, other)
    with pytest.raises(NotFound):
        jobs.get(tx, ids.new_id(), job.user_id)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(st.sampled_from(["progress", "advance", "total"]), st.integers(0, 30)),
        max_size=12,
    )
)
def test_done_only_grows_never_passes_the_total_and_equals_it_at_the_end(
    rolled_back_db: None, reports: list[tuple[str, int]]
) -> None:
    with db.transaction() as tx:
        job = jobs.create(tx, person(tx), "import", total=10)
        now = jobs.start(tx, job.id)
        assert now is not None
        for kind, number in reports:
            before = now
            if kind == "advance":
                now = jobs.advance(tx, job.id, number)
            else:
                now = jobs.progress(tx, job.id, number, total=10 + number if kind == "total" else None)
            assert now is not None
            assert min(before.done, now.total) <= now.done <= now.total
        ended = jobs.complete(tx, job.id, {})
        assert ended is not None
        assert ended.done == ended.total


def test_the_sweep_ends_what_nobody_works_on_any_more(tx: Tx) -> None:
    ada = person(tx)
    held, dropped, waiting, forgotten = (jobs.create(tx, ada, "export") for _ in range(4))
    for job in (held, dropped):
        jobs.start(tx, job.id)
    tx.execute("UPDATE jobs SET leased_until = now() - interval '1 second' WHERE id = %s", (dropped.id,))
    tx.execute("UPDATE jobs SET created_at = now() - interval '25 hours' WHERE id = %s", (forgotten.id,))
    assert jobs.sweep(tx) == 2
    states = {job.id: jobs.get(tx, job.id, ada).status for job in (held, dropped, waiting, forgotten)}
    assert list(states.values()) == ["processing", "failed", "pending", "failed"]
    assert jobs.get(tx, dropped.id, ada).error_message == jobs.ABANDONED
    assert pushed(tx, dropped.id)[-1]["data"]["status"] == "failed"
    assert jobs.sweep(tx) == 0
