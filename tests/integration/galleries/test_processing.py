"""POST /galleries/process: only photos that are the caller's and really there, each stored once, in one transaction."""

from typing import Any

import pytest

from darkroom import db, outbox, storage
from tests.integration.galleries.conftest import World, picture


def rows(table: str) -> int:
    with db.reading() as tx:
        return int(tx.value(f"SELECT count(*) FROM {table}"))


def test_a_job_starts_with_its_images_and_qstash_is_asked_to_call_back(world: World) -> None:
    keys = world.bring(picture(1), picture(2))
    answer = world.post("/galleries/process", {"image_keys": keys})
    assert answer.status == 202
    job_id = answer.json()["job_id"]
    assert answer.json() == {"job_id": job_id, "status": "pending", "status_url": f"/api/v1/jobs/{job_id}/status"}
    (call,) = world.published
    assert call["path"] == "/api/v1/jobs/process"
    assert call["body"] == {"job_id": job_id}
    assert call["failure_path"] == "/api/v1/jobs/process/failed"
    assert world.status(job_id)["progress"] == {"stage": None, "done": 0, "total": 3}
    assert [image["original_filename"] for image in world.images()] == ["IMG_1.jpg", "IMG_0.jpg"]
    assert rows("uploads") == 0


def test_keys_of_others_missing_and_never_uploaded_are_named(world: World) -> None:
    other = world.other()
    (mine,) = world.bring(picture(1))
    (theirs,) = other.bring(picture(2))
    (announced,) = world.bring(picture(3), upload=False)
    never = storage.new_key("uploads", world.person.user_id, "image/jpeg")
    answer = world.post("/galleries/process", {"image_keys": [mine, theirs, announced, never, "../../x"]})
    assert answer.status == 400
    errors = {error["field"]: error["message"] for error in answer.json()["errors"]}
    assert set(errors) == {"image_keys.1", "image_keys.2", "image_keys.3", "image_keys.4"}
    assert "Upload the photo first" in errors["image_keys.2"]
    for key in (theirs, announced, never):
        assert key in answer.json()["detail"]
    assert rows("jobs") == rows("images") == 0
    assert world.published == []


@pytest.mark.parametrize("content", [b"", picture(1)[:-1], picture(1) + b"more"], ids=["none", "fewer", "more"])
def test_bytes_of_another_length_than_announced_are_not_that_upload(world: World, content: bytes) -> None:
    (key,) = world.bring(picture(1))
    world.bucket.objects[key] = content
    assert world.post("/galleries/process", {"image_keys": [key]}).status == 400


def test_a_key_repeated_in_one_call_counts_once(world: World) -> None:
    (key,) = world.bring(picture(1))
    job_id = world.process([key, key, key])
    assert world.status(job_id)["progress"]["total"] == 2
    assert len(world.images()) == 1


def test_a_key_processed_before_is_not_stored_twice(world: World) -> None:
    (key,) = world.bring(picture(1))
    world.process([key])
    world.bucket.objects.clear()  # what is an image is not looked for again
    world.process([key])
    assert len(world.images()) == 1
    assert rows("jobs") == 2


def test_storage_that_is_away_is_an_error_and_nothing_is_written(world: World) -> None:
    keys = world.bring(picture(1))
    world.bucket.is_down = True
    assert world.post("/galleries/process", {"image_keys": keys}).status == 500
    assert rows("jobs") == rows("images") == 0
    assert rows("uploads") == 1


def test_a_crash_before_qstash_was_told_loses_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The outbox row is part of the transaction; the relay sends what the crash left."""
    keys = world.bring(picture(1))
    with monkeypatch.context() as patched:
        patched.setattr(outbox, "_send_written", lambda tx: None)  # killed right after the commit
        job_id = world.process(keys)
    assert world.published == []
    with db.transaction() as tx:
        tx.execute("UPDATE outbox SET leased_until = '-infinity'")
    assert outbox.relay() == 1
    assert [call["body"] for call in world.published] == [{"job_id": job_id}]


def test_the_same_idempotency_key_starts_one_job(committed_world: World) -> None:
    body = {"image_keys": committed_world.bring(picture(1))}
    first = committed_world.post("/galleries/process", body, key="k")
    assert committed_world.post("/galleries/process", body, key="k").json() == first.json()
    assert rows("jobs") == 1


@pytest.mark.parametrize(
    "body",
    [
        {"image_keys": []},
        {"image_keys": ["k"] * 501},
        {"image_keys": [""]},
        {"image_keys": [1]},
        {"image_keys": "uploads/x.jpg"},
        {"image_keys": ["k"], "instructions": "x" * 1_001},
        {"image_keys": ["k"], "regroup": "yes"},
        {"image_keys": ["k"], "user_id": "x"},
        {},
    ],
)
def test_what_makes_no_sense_is_refused(world: World, body: dict[str, Any]) -> None:
    assert world.post("/galleries/process", body).status == 400


def test_nobody_processes_without_being_somebody(world: World) -> None:
    assert world.post("/galleries/process", content=b"{broken", token=None).status == 401
