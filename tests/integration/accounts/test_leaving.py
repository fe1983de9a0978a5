"""Taking one's things along (the export) and leaving (the deletion)."""

import io
import json
import zipfile
from typing import Any

import pytest

from accounts import erase, export
from accounts.service import exports as service
from darkroom import db, ids, jobs, ledger, realtime
from darkroom.settings import settings
from tests.factories import cameras
from tests.fakes import queues
from tests.fakes.bucket import Bucket
from tests.integration.accounts.conftest import Member, World, all_at_once


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Bucket:
    return Bucket().install(monkeypatch)


def add_photo(bucket: Bucket, member: Member, content: bytes, filename: str = "IMG 1.jpg") -> str:
    image_id = ids.new_id()
    key = f"uploads/{member.id}/{image_id}.jpg"
    with db.transaction() as tx:
        tx.execute(
            """INSERT INTO images (id, user_id, source, storage_key, original_filename, content_type, file_size_bytes)
               VALUES (%s, %s, 'upload', %s, %s, 'image/jpeg', %s)""",
            (image_id, member.uuid, key, filename, len(content)),
        )
    bucket.objects[key] = content
    return key


def work_off(world: World, queue: str, handler: Any) -> None:
    for message in world.sqs.take(queue):
        assert queues.failures(handler(queues.event(queue, message), None)) == []


def job_of(member: Member) -> jobs.Job:
    with db.reading() as tx:
        job_id = tx.value("SELECT id FROM jobs WHERE user_id = %s ORDER BY id DESC", (member.uuid,))
        return jobs.get(tx, job_id, member.uuid)


def archive_of(bucket: Bucket, member: Member) -> zipfile.ZipFile:
    result = job_of(member).result
    assert result is not None
    return zipfile.ZipFile(io.BytesIO(bucket.objects[result["storage_key"]]))


# --- the export -----------------------------------------------------------------------------------------------------


def test_an_export_is_a_job_that_makes_a_zip_of_everything(world: World, bucket: Bucket) -> None:
    member, other = world.member(), world.member("eve@example.com")
    photos = [bytes([number]) * 2_500 for number in range(3)]
    for photo in photos:
        add_photo(bucket, member, photo, "../../etc/pass\nwd.jpg")
    add_photo(bucket, other, b"not Ada's")
    with db.transaction() as tx:
        ledger.post(tx, member.uuid, "capture", 50, "photo-1")
    answer = world.get("/users/me/export", token=member.access)
    assert answer.status == 202
    assert answer.json().keys() == {"job_id", "status", "status_url"}
    assert (answer.json()["status"], answer.json()["status_url"]) == (
        "pending",
        f"/api/v1/jobs/{answer.json()['job_id']}/status",
    )
    work_off(world, "exports", export.handler)

    archive = archive_of(bucket, member)
    assert archive.testzip() is None
    names = archive.namelist()
    assert {name for name in names if "/" not in name} == {
        "README.txt", "account.json", "albums.json", "captures.json", "devices.json", "ledger.json", "mails.json",
        "orders.json", "photos.json", "push_subscriptions.json", "schedules.json", "sessions.json",
    }  # fmt: skip
    kept = sorted(archive.read(name) for name in names if name.startswith("photos/"))
    assert kept == photos
    assert all(".." not in name.split("/") and "\n" not in name and name.count("/") <= 1 for name in names)
    [account] = json.loads(archive.read("account.json"))
    assert account["email"] == "ada@example.com"
    assert [entry["amount_cents"] for entry in json.loads(archive.read("ledger.json"))] == [50]
    assert len(json.loads(archive.read("sessions.json"))) == 1
    everything = b"".join(archive.read(name) for name in names)
    for secret in (b"$2b$", b"eve@example.com", b"not Ada's", member.refresh.encode()):
        assert secret not in everything
    assert bucket.largest_piece < 100_000


def test_the_finished_job_shows_a_link_and_a_mail_tells_of_it(world: World, bucket: Bucket) -> None:
    member = world.member()
    world.get("/users/me/export", token=member.access)
    work_off(world, "exports", export.handler)
    document = jobs.document(job_of(member))
    assert (document["kind"], document["status"]) == ("account_export", "completed")
    assert document["progress"]["done"] == document["progress"]["total"]
    assert document["result"].keys() == {"url", "expires_at", "size_bytes"}
    assert f"exports/{member.id}/" in document["result"]["url"]
    assert "X-Amz-Signature" in document["result"]["url"]
    assert "response-content-disposition" in document["result"]["url"]
    assert world.mails("export_ready")[0]["url"] == "http://127.0.0.1:8000/account"


def test_asking_again_while_one_is_made_makes_no_second(world: World, bucket: Bucket) -> None:
    member = world.member()
    first, again = (world.get("/users/me/export", token=member.access).json() for _ in range(2))
    assert first == again
    assert len(world.sqs.sent["exports"]) == 1
    work_off(world, "exports", export.handler)
    assert world.get("/users/me/export", token=member.access).json()["job_id"] != first["job_id"]


def test_asking_at_once_makes_one(committed_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    member = committed_world.member()
    ask = [lambda: committed_world.get("/users/me/export", token=member.access)] * 4
    answers = all_at_once(ask, monkeypatch)
    assert {answer.status for answer in answers} == {202}
    assert len({answer.json()["job_id"] for answer in answers}) == 1


def test_an_export_that_is_not_durable_is_not_promised(
    world: World, bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The one GET that writes: its COMMIT fails, and the answer is 500."""
    member = world.member()

    def fails(_: object) -> None:
        raise ConnectionError("the COMMIT did not arrive")

    monkeypatch.setattr(db, "_commit", fails)
    assert world.get("/users/me/export", token=member.access).status == 500
    assert world.sqs.take("exports") == []


def test_exports_are_limited(world: World, bucket: Bucket, environment: pytest.MonkeyPatch) -> None:
    environment.setenv("EXPORTS_PER_ACCOUNT_HOUR", "1")
    settings.cache_clear()
    member = world.member()
    assert world.get("/users/me/export", token=member.access).status == 202
    work_off(world, "exports", export.handler)
    assert world.get("/users/me/export", token=member.access).status == 429


def test_a_message_that_comes_twice_makes_one_archive_and_one_mail(world: World, bucket: Bucket) -> None:
    member = world.member()
    world.get("/users/me/export", token=member.access)
    [message] = world.sqs.take("exports")
    for _ in range(2):
        assert queues.failures(export.handler(queues.event("exports", message), None)) == []
    assert len(bucket.objects) == 1
    assert len(world.mails("export_ready")) == 1


def test_a_worker_that_was_killed_is_taken_over(world: World, bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    member = world.member()
    add_photo(bucket, member, b"x" * 5_000)
    world.get("/users/me/export", token=member.access)
    [message] = world.sqs.take("exports")
    stream = bucket.stream

    def killed(key: str) -> Any:
        for piece in stream(key):
            yield piece
            raise MemoryError("killed for a test")

    monkeypatch.setattr("darkroom.storage.stream", killed)
    assert len(queues.failures(export.handler(queues.event("exports", message), None))) == 1
    assert job_of(member).status == "processing"
    monkeypatch.setattr("darkroom.storage.stream", stream)
    assert queues.failures(export.handler(queues.event("exports", message, receives=2), None)) == []
    assert archive_of(bucket, member).testzip() is None


def test_a_photo_that_is_lost_is_named_and_the_rest_is_there(world: World, bucket: Bucket) -> None:
    member = world.member()
    add_photo(bucket, member, b"kept")
    lost = add_photo(bucket, member, b"lost")
    del bucket.objects[lost]
    world.get("/users/me/export", token=member.access)
    work_off(world, "exports", export.handler)
    archive = archive_of(bucket, member)
    assert len([name for name in archive.namelist() if name.startswith("photos/")]) == 1
    [named] = json.loads(archive.read("photos-that-could-not-be-read.json"))
    assert named in lost


def test_an_export_of_who_has_left_leaves_nothing(world: World, bucket: Bucket) -> None:
    member = world.member()
    world.get("/users/me/export", token=member.access)
    assert world.delete("/users/me", token=member.access).status == 200
    work_off(world, "exports", export.handler)
    assert bucket.objects == {}


def test_the_archive_of_another_delivery_that_was_faster_stays(
    world: World, bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    member = world.member()
    world.get("/users/me/export", token=member.access)
    [message] = world.sqs.take("exports")
    write = bucket.write_stream

    def overtaken(key: str, pieces: Any, content_type: str) -> int:
        size = write(key, pieces, content_type)
        with db.transaction() as tx:
            assert service.finish(tx, job_of(member), size)
        return size

    monkeypatch.setattr("darkroom.storage.write_stream", overtaken)
    assert queues.failures(export.handler(queues.event("exports", message), None)) == []
    assert archive_of(bucket, member).testzip() is None
    assert len(world.mails("export_ready")) == 1


def test_leaving_while_the_export_is_made_leaves_nothing(
    world: World, bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    member = world.member()
    world.get("/users/me/export", token=member.access)
    write = bucket.write_stream

    def left_meanwhile(key: str, pieces: Any, content_type: str) -> int:
        size = write(key, pieces, content_type)
        with db.transaction() as tx:
            tx.execute("DELETE FROM jobs")
        return size

    monkeypatch.setattr("darkroom.storage.write_stream", left_meanwhile)
    work_off(world, "exports", export.handler)
    assert bucket.objects == {}
    assert world.mails("export_ready") == []


# --- the deletion ---------------------------------------------------------------------------------------------------


def test_deleting_takes_the_person_out_and_says_what_is_kept(world: World, bucket: Bucket) -> None:
    member = world.member()
    key = add_photo(bucket, member, b"photo")
    world.post(
        "/users/me/push-subscriptions",
        {"endpoint": "https://push.example.net/a", "keys": {"p256dh": "B" * 87, "auth": "a" * 22}},
        token=member.access,
        key="k-1",
    )
    with db.transaction() as tx:
        ledger.post(tx, member.uuid, "capture", 50, "photo-1")
        realtime.push(tx, f"user:{member.id}", "account.greeted", {"name": "Ada"})
    world.get("/users/me/export", token=member.access)
    work_off(world, "exports", export.handler)

    answer = world.delete("/users/me", token=member.access)
    assert answer.status == 200
    assert "earnings" in answer.json()["kept"]

    assert not world.is_signed_in(member.access)
    assert world.refresh(member.refresh).status == 401
    assert world.login().status == 401
    assert world.delete("/users/me", token=member.access).status == 401
    with db.reading() as tx:
        row = tx.one("SELECT * FROM users WHERE id = %s", (member.uuid,))
        assert row is not None
        personal = ("email", "password_hash", "phone", "email_confirmed_at", "phone_confirmed_at")
        assert {row[name] for name in personal} == {None}
        assert row["name"] != "Ada"
        assert tx.value("SELECT count(*) FROM ledger_entries WHERE user_id = %s", (member.uuid,)) == 1
        for table in (
            "images", "jobs", "sessions", "refresh_tokens", "one_time_tokens", "push_subscriptions",
            "idempotency_keys", "realtime_messages", "realtime_connections", "realtime_tickets",
        ):  # fmt: skip
            assert tx.value(f"SELECT count(*) FROM {table}") == 0, table
        assert tx.value("SELECT count(*) FROM emails WHERE template <> 'account_deleted'") == 0

    assert key in bucket.objects
    work_off(world, "erasures", erase.handler)
    assert bucket.objects == {}
    with db.reading() as tx:
        assert tx.value("SELECT count(*) FROM storage_erasures") == 0
    assert [event["DetailType"] for event in world.sqs.events if "account" in event["DetailType"]] == [
        "account.deleted"
    ]


def test_the_address_is_free_again(world: World) -> None:
    member = world.member()
    assert world.delete("/users/me", token=member.access).status == 200
    again = world.member()
    assert again.id != member.id
    assert world.get("/users/me/stats", token=again.access).json()["balance_cents"] == 0


def test_others_keep_what_is_theirs(world: World, bucket: Bucket) -> None:
    member, other = world.member(), world.member("eve@example.com")
    key = add_photo(bucket, other, b"Eve's")
    add_photo(bucket, member, b"Ada's")
    world.delete("/users/me", token=member.access)
    work_off(world, "erasures", erase.handler)
    assert set(bucket.objects) == {key}
    assert world.is_signed_in(other.access)
    assert world.get("/users/me/stats", token=other.access).json()["photos"] == 1


def test_a_late_upload_is_swept_too(world: World, bucket: Bucket) -> None:
    member = world.member()
    world.delete("/users/me", token=member.access)
    assert {0, 600} <= set(world.sqs.delays)
    soon, late = world.sqs.take("erasures")
    erase.handler(queues.event("erasures", soon), None)
    bucket.objects[f"uploads/{member.id}/{ids.new_id()}.jpg"] = b"late"
    add_photo(bucket, member, b"late, and taken in")
    erase.handler(queues.event("erasures", late), None)
    assert bucket.objects == {}
    with db.reading() as tx:
        assert tx.value("SELECT count(*) FROM images") == 0


def test_erasing_goes_on_where_it_failed(world: World, bucket: Bucket) -> None:
    member = world.member()
    add_photo(bucket, member, b"photo")
    world.delete("/users/me", token=member.access)
    [message, _] = world.sqs.take("erasures")
    bucket.is_down = True
    assert len(queues.failures(erase.handler(queues.event("erasures", message), None))) == 1
    bucket.is_down = False
    for _ in range(2):
        assert queues.failures(erase.handler(queues.event("erasures", message, receives=2), None)) == []
    assert bucket.objects == {}


def test_who_is_not_deleted_is_not_erased(world: World, bucket: Bucket) -> None:
    member, gone = world.member(), world.member("eve@example.com")
    key = add_photo(bucket, member, b"photo")
    world.delete("/users/me", token=gone.access)
    [message, _] = world.sqs.take("erasures")
    wrong = type(message)(message.id, message.name, 1, message.correlation_id, 1, {"user_id": member.id})
    assert len(queues.failures(erase.handler(queues.event("erasures", wrong), None))) == 1
    assert set(bucket.objects) == {key}


def test_tokens_of_mails_die_with_the_account(world: World) -> None:
    member = world.member()
    token = world.reset_token()
    world.delete("/users/me", token=member.access)
    body = {"token": token, "password": "a new password"}
    assert world.post("/auth/password-reset/confirm", body).status == 400


def test_cameras_go_with_their_person_and_scheduler_hears_of_it_at_once(committed_world: World) -> None:
    member = committed_world.member()
    with db.transaction() as tx:
        camera = cameras.camera(tx, member.uuid)
        schedule_id = cameras.schedule(tx, camera.id)
        cameras.photo(tx, camera.id)
    assert committed_world.delete("/users/me", token=member.access).status == 200
    told = [message for message in committed_world.sqs.take("schedules") if message.name == "schedule.sync"]
    assert [message.uuid("schedule_id") for message in told] == [schedule_id]
    with db.reading() as tx:
        left = tx.one(
            """SELECT (SELECT count(*) FROM devices) AS devices, (SELECT count(*) FROM captures) AS captures,
                      (SELECT count(*) FROM schedules) AS schedules,
                      (SELECT count(*) FROM opaque_tokens WHERE revoked_at IS NULL) AS tokens"""
        )
        assert left == {"devices": 0, "captures": 0, "schedules": 0, "tokens": 0}
        assert tx.value("SELECT count(*) FROM storage_erasures WHERE storage_key LIKE 'captures/%'") >= 1
