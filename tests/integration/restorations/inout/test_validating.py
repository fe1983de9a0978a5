"""Files are looked into as they arrive: what they are is read from their bytes."""

import io
import zlib
from hashlib import sha256
from typing import Any
from uuid import UUID

import pytest
from PIL import Image

from darkroom import db, ids, images, realtime, storage
from darkroom.db import Tx
from darkroom.settings import settings
from restorations import validate
from restorations.service import uploads, validating
from tests.factories import photos
from tests.fakes import queues
from tests.fakes.bucket import Bucket
from tests.integration.restorations.inout.conftest import PHOTO, World, queues_event_of_s3
from tests.reaper import Killed, Reaper
from tests.threads import at_once, own_connections


def preview(world: World, session: Any) -> Image.Image:
    key = world.value("SELECT preview_key FROM upload_files WHERE session_id = %s", session.id)
    return Image.open(io.BytesIO(world.bucket.objects[key]))


@pytest.mark.parametrize(
    ("content", "size"),
    [
        (photos.jpeg(1600, 1200), (1600, 1200)),
        (photos.encoded(photos.scene(300, 200), "PNG"), (300, 200)),
        (photos.encoded(photos.scene(300, 200), "WEBP"), (300, 200)),
        (photos.jpeg(300, 200, exif=photos.exif(orientation=6)), (200, 300)),
        (photos.encoded(photos.scene(300, 200, "L"), "JPEG"), (300, 200)),
        (photos.encoded(photos.scene(1, 1), "PNG"), (1, 1)),
    ],
    ids=["jpeg", "png", "webp", "on its side", "grey", "one pixel"],
)
def test_a_photo_is_valid_whatever_it_was_announced_as(world: World, content: bytes, size: tuple[int, int]) -> None:
    session = world.open(content).arrive()
    (file,) = session.files()
    assert (file["status"], file["width"], file["height"], file["reason"]) == ("valid", *size, None)
    assert f"previews/{session.id}/{file['upload_id']}.webp" in file["preview_url"]
    shown = preview(world, session)
    assert shown.format == "WEBP"
    assert max(shown.size) <= 1024
    assert not shown.getexif()
    assert "icc_profile" not in shown.info
    kept = world.value(
        "SELECT ROW(size_bytes, sha256, crc32, content_type)::text FROM upload_files WHERE session_id = %s", session.id
    )
    assert str(len(content)) in kept
    assert sha256(content).hexdigest() in kept
    assert str(zlib.crc32(content)) in kept


def test_a_photo_of_a_phone_is_valid(world: World) -> None:
    session = world.open(photos.HEIC.read_bytes(), content_type="image/heic").arrive()
    assert session.files()[0]["status"] == "valid"
    assert world.value("SELECT content_type FROM upload_files") == "image/heic"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"<!DOCTYPE html><title>hello</title>" + bytes(64), "web page"),
        (b"%PDF-1.7" + bytes(64), "PDF"),
        (photos.png_bomb(), "megapixels"),
        (photos.jpeg_bomb(), "megapixels"),
        (PHOTO[: len(PHOTO) // 2], "cut off or damaged"),
        (PHOTO[:10], "cut off or damaged"),
        (b"\x89PNG\r\n\x1a\n" + photos.png_chunk(b"IHDR", bytes(8) + b"\x08\x02\0\0\0"), "cut off or damaged"),
        (b"x" * 100, "not a photo that we know"),
    ],
    ids=["page", "document", "png bomb", "jpeg bomb", "half", "start", "no pixels", "anything"],
)
def test_a_file_that_lies_is_invalid_and_says_why(world: World, content: bytes, words: str) -> None:
    session = world.open(content).arrive()
    (file,) = session.files()
    assert file["status"] == "invalid"
    assert words in file["reason"]
    assert (file["width"], file["height"], file["preview_url"]) == (None, None, None)
    assert not [key for key in world.bucket.objects if key.startswith("previews/")]


def test_more_bytes_than_are_taken_are_invalid(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(images, "MAX_BYTES", 1000)
    (file,) = world.open(PHOTO).arrive().files()
    assert (file["status"], file["reason"]) == ("invalid", validating.TOO_MANY_BYTES)


def test_the_page_is_told_and_nobody_else_may_listen(world: World) -> None:
    session = world.open(PHOTO, b"no photo at all").arrive()
    topic = f"upload:{session.id}"
    first, second = (place["upload_id"] for place in session.opened["uploads"])
    assert world.pushed(topic) == [
        {"upload_id": first, "status": "valid"},
        {"upload_id": second, "status": "invalid"},
    ]
    with db.reading() as tx:
        assert realtime.may_subscribe(tx, "upload", UUID(session.id), topic)
        assert not realtime.may_subscribe(tx, "upload", ids.new_id(), topic)
        assert not realtime.may_subscribe(tx, "user", UUID(session.id), topic)


def test_the_same_photo_twice_is_two_files_of_which_one_says_so(world: World) -> None:
    """By its bytes, whatever it is called. Without the first, the second is no duplicate."""
    session = world.open(PHOTO, photos.jpeg(320, 242), PHOTO).arrive()
    files = session.files()
    assert [file["status"] for file in files] == ["valid"] * 3
    assert [file["duplicate_of"] for file in files] == [None, None, files[0]["upload_id"]]
    assert len({file["preview_url"].split("?")[0] for file in files}) == 3
    first = f"/upload/{session.id}/files/{files[0]['upload_id']}"
    assert world.checkouts.delete(first, token=session.token).status == 204
    assert [file["duplicate_of"] for file in session.files()] == [None, None]


def test_what_comes_twice_changes_nothing(world: World) -> None:
    session = world.open(PHOTO).arrive()
    before, objects = session.get().json(), dict(world.bucket.objects)
    world.notify(session.key(), session.key())
    assert session.get().json()["files"][0]["status"] == before["files"][0]["status"]
    assert world.bucket.objects == objects
    assert len(world.pushed(f"upload:{session.id}")) == 1


def test_what_is_gone_or_nobodys_ends_the_message(world: World) -> None:
    session = world.open(PHOTO)
    world.notify(session.key(), "uploads/temp/x/y.jpg")
    assert session.files()[0]["status"] == "pending"


def test_what_killed_its_workers_is_refused_in_the_end(world: World) -> None:
    session = world.open(PHOTO)
    session.bring()
    event = queues_event_of_s3(session.key(), len(PHOTO), receives=4)
    assert queues.failures(validate.handler(event, None)) == []
    assert session.files()[0]["reason"] == validating.CANNOT_BE_READ


def test_a_passing_failure_comes_again(world: World) -> None:
    session = world.open(PHOTO)
    session.bring()
    world.bucket.is_down = True
    event = queues_event_of_s3(session.key(), len(PHOTO))
    assert len(queues.failures(validate.handler(event, None))) == 1
    world.bucket.is_down = False
    assert queues.failures(validate.handler(event, None)) == []
    assert session.files()[0]["status"] == "valid"


def test_nothing_is_open_while_bytes_are_read(committed_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world, seen = committed_world, []
    stream = storage.stream

    def watched(key: str, *place: Any) -> Any:
        seen.append(db.connection().info.transaction_status.name)
        return stream(key, *place)

    monkeypatch.setattr(storage, "stream", watched)
    world.open(PHOTO).arrive()
    assert seen == ["IDLE"]


class TestLostNotifications:
    """The watch finds what lies in storage although nobody was told."""

    @pytest.fixture(autouse=True)
    def later(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(uploads, "_LOOKED_FOR_AFTER_SECONDS", 0)

    def age(self, world: World) -> None:
        world.execute("UPDATE upload_sessions SET created_at = created_at - interval '1 minute'")
        world.execute("UPDATE upload_files SET asked_at = asked_at - interval '1 minute'")

    def test_it_is_looked_into(self, world: World) -> None:
        session = world.open(PHOTO, PHOTO)
        self.age(world)
        world.bucket.objects[session.key(1)] = PHOTO
        assert world.watch()["uploads"] == 2
        assert world.work("validations") == [validating.VALIDATE]
        assert [file["status"] for file in session.files()] == ["pending", "valid"]
        assert world.watch()["uploads"] == 0
        self.age(world)
        assert world.watch()["uploads"] == 1
        assert world.work("validations") == []

    def test_sessions_that_are_over_are_left_alone(self, world: World) -> None:
        world.open(PHOTO).bring()
        self.age(world)
        world.execute("UPDATE upload_sessions SET expires_at = now() - interval '1 minute'")
        assert world.watch()["uploads"] == 0

    def test_those_of_a_minute_ago_are_not_looked_for(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(uploads, "_LOOKED_FOR_AFTER_SECONDS", 120)
        world.open(PHOTO).bring()
        self.age(world)
        assert world.watch()["uploads"] == 0

    def test_storage_that_is_away_is_asked_later(self, world: World) -> None:
        session = world.open(PHOTO)
        session.bring()
        self.age(world)
        world.bucket.is_down = True
        with pytest.raises(Exception, match="uploads"):
            world.watch()
        world.bucket.is_down = False
        self.age(world)
        assert world.watch()["uploads"] == 1
        world.work("validations")
        assert session.files()[0]["status"] == "valid"


def test_limits_are_off_where_they_are_zero(world: World, environment: pytest.MonkeyPatch) -> None:
    environment.setenv("UPLOAD_SESSIONS_PER_ADDRESS_HOUR", "0")
    settings.cache_clear()
    world.open(PHOTO)
    assert world.value("SELECT count(*) FROM throttles") == 0


def test_killed_between_any_two_effects_a_file_is_settled_once(
    committed_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world, reaper = committed_world, Reaper()
    monkeypatch.setattr(Tx, "commit", reaper.around(Tx.commit))
    monkeypatch.setattr(storage, "write", reaper.around(Bucket.write.__get__(world.bucket)))
    for content, status in ((PHOTO, "valid"), (b"no photo at all", "invalid")):
        kill_at, was_killed = 0, True
        while was_killed:
            kill_at += 1
            session = world.open(content)
            session.bring()
            reaper.passed, reaper.at = 0, kill_at
            try:
                world.notify(session.key())
            except Killed:
                db.close()
            else:
                was_killed = False
            reaper.at = 0
            world.notify(session.key())
            where = f"killed at effect {kill_at}"
            assert [file["status"] for file in session.files()] == [status], where
            assert [each["status"] for each in world.pushed(f"upload:{session.id}")] == [status], where
        assert kill_at > 4, "the kill came nowhere"


def test_told_twice_at_once_a_file_is_settled_once(committed_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world = committed_world
    session = world.open(PHOTO)
    session.bring()
    with own_connections(monkeypatch):
        at_once([lambda: world.notify(session.key())] * 4)
    assert session.files()[0]["status"] == "valid"
    assert len(world.pushed(f"upload:{session.id}")) == 1
