"""The ways in and out of restorations on the running stack: storage tells of uploads, and ZIPs come out of it."""

import io
import json
import time
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import httpx
import psycopg
import pytest
from PIL import Image
from websockets.sync.client import connect

from darkroom import clients, db, storage
from darkroom.settings import settings
from infra.local import emulated_aws
from tests.e2e.test_realtime import Page
from tests.factories import photos, restored
from tests.factories.restored import Restored

_PATIENCE_SECONDS = 60
BUCKET = "darkroom-local-uploads-000000000000-us-east-1"
PHOTO = photos.jpeg(1600, 1200)
PAGE = b"<!DOCTYPE html><title>no photo</title>" + bytes(200)


class Stranger:
    """Somebody without an account, and the console that sees what happened."""

    def __init__(self, stack: Mapping[str, Any]) -> None:
        self.stack = stack
        self.client = httpx.Client(base_url=stack["api"], timeout=_PATIENCE_SECONDS, trust_env=False)
        self.session: dict[str, Any] = {}

    def open(self, contents: Sequence[bytes]) -> list[dict[str, Any]]:
        files = [
            {"filename": f"Old {n}.jpg", "content_type": "image/jpeg", "size_bytes": len(each)}
            for n, each in enumerate(contents, start=1)
        ]
        answer = self.client.post("/upload", json={"files": files})
        assert answer.status_code == 201, answer.text
        self.session = answer.json()
        self.client.headers["Authorization"] = f"Bearer {self.session['session_token']}"
        places: list[dict[str, Any]] = self.session["uploads"]
        return places

    def put(self, place: Mapping[str, Any], content: bytes) -> int:
        return httpx.put(
            place["url"], content=content, headers=place["headers"], timeout=60, trust_env=False
        ).status_code

    def files(self) -> list[dict[str, Any]]:
        answer = self.client.get(f"/upload/{self.session['session_id']}")
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json()["files"]
        return found

    def settled(self) -> list[dict[str, Any]]:
        """The files, once none of them is pending."""
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while any(file["status"] == "pending" for file in self.files()):
            assert time.monotonic() < deadline, self.files()
            time.sleep(0.2)
        return self.files()


@pytest.fixture
def stranger(stack: Mapping[str, Any]) -> Iterator[Stranger]:
    found = Stranger(stack)
    yield found
    found.client.close()


def test_photos_become_valid_and_lies_invalid_as_they_arrive(stranger: Stranger) -> None:
    contents = [PHOTO, PAGE, PHOTO[: len(PHOTO) // 2], photos.HEIC.read_bytes()]
    for place, content in zip(stranger.open(contents), contents, strict=True):
        assert stranger.put(place, content) == 200
    photo, page, half, phone = stranger.settled()
    assert [(file["status"], file["width"], file["height"]) for file in (photo, page, half)] == [
        ("valid", 1600, 1200),
        ("invalid", None, None),
        ("invalid", None, None),
    ]
    assert phone["status"] == "valid"
    assert "web page" in page["reason"]
    assert "cut off or damaged" in half["reason"]
    preview = httpx.get(photo["preview_url"], trust_env=False)
    assert (preview.status_code, preview.headers["content-type"]) == (200, "image/webp")
    assert Image.open(io.BytesIO(preview.content)).size == (1024, 768)


def test_the_page_hears_of_it(stranger: Stranger) -> None:
    (place,) = stranger.open([PHOTO])
    topic = f"upload:{stranger.session['session_id']}"
    ticket = stranger.client.post("/realtime/tickets").json()["ticket"]
    with connect(f"{stranger.stack['websocket']}?ticket={ticket}", proxy=None) as socket:
        page = Page(socket)
        assert page.asks({"action": "subscribe", "topic": topic})["type"] == "subscribed"
        assert stranger.put(place, PHOTO) == 200
        event = page.hears()
    assert (event["type"], event["topic"]) == ("upload.updated", topic)
    assert event["data"] == {"upload_id": place["upload_id"], "status": "valid"}


def test_what_was_brought_cannot_be_brought_again(stranger: Stranger) -> None:
    first, second = stranger.open([PHOTO, PHOTO])
    assert stranger.put(first, PHOTO) == 200
    assert stranger.put(first, PHOTO) == 412
    path = f"/upload/{stranger.session['session_id']}/urls"
    assert stranger.client.post(path, json={"upload_ids": [first["upload_id"]]}).status_code == 409
    (fresh,) = stranger.client.post(path, json={"upload_ids": [second["upload_id"]]}).json()["uploads"]
    assert stranger.put(fresh, PHOTO) == 200
    assert [file["status"] for file in stranger.settled()] == ["valid", "valid"]


def test_what_is_gone_is_told_apart(stack: Mapping[str, Any], environment: pytest.MonkeyPatch) -> None:
    """By the emulator, which says it as S3 does."""
    for name, value in emulated_aws.environment(stack["aws"]).items():
        environment.setenv(name, value)
    environment.setenv("UPLOADS_BUCKET", BUCKET)
    settings.cache_clear()
    clients.forget()
    try:
        upload_id = storage.begin_parts("downloads/gone.zip", "application/zip")
        storage.abandon_parts("downloads/gone.zip", upload_id)
        storage.abandon_parts("downloads/gone.zip", upload_id)
        with pytest.raises(storage.UploadGone):
            storage.write_part("downloads/gone.zip", upload_id, 1, b"x")
        with pytest.raises(storage.UploadGone):
            storage.finish_parts("downloads/gone.zip", upload_id, ['"etag"'])
        storage.write("downloads/short", b"short", "application/zip")
        assert b"".join(storage.stream("downloads/short", 2, 9)) == b"ort"
        assert b"".join(storage.stream("downloads/short", 5, 9)) == b""
    finally:
        clients.forget()


RESTORED = [bytes([n]) * 6_000_000 for n in (1, 2, 3)]  # three parts


@pytest.fixture
def order(stack: Mapping[str, Any], environment: pytest.MonkeyPatch) -> Restored:
    """An order that is completed, and its photos where they lie."""
    environment.setenv("DATABASE_URL", stack["database"])
    environment.setenv("SECRETS_JSON", json.dumps(stack["secrets"]))
    settings.cache_clear()
    with psycopg.connect(stack["database"], autocommit=True, prepare_threshold=None) as conn:
        db.use(conn)
        with db.transaction() as tx:
            made = restored.order(tx, RESTORED, filenames=["Oma.png", "oma.PNG", "Hafen 1931.jpg"])
        db.use(None)
    s3 = emulated_aws.client("s3", stack["aws"])
    for position, content in enumerate(RESTORED, start=1):
        s3.put_object(Bucket=BUCKET, Key=restored.key(made.order_id, position), Body=content)
    return made


def test_a_zip_comes_out_whole_and_is_counted(stack: Mapping[str, Any], order: Restored) -> None:
    with httpx.Client(base_url=stack["api"], timeout=_PATIENCE_SECONDS, trust_env=False) as client:
        path, who = f"/orders/{order.order_id}/downloads", {"Authorization": f"Bearer {order.token}"}
        answer = client.post(path, json={}, headers=who)
        assert answer.status_code == 201, answer.text
        link = answer.json()
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while (found := client.get(f"/download/{link['token']}")).status_code == 202:
            assert time.monotonic() < deadline
            time.sleep(0.3)
        assert found.status_code == 302, found.text
        brought = httpx.get(found.headers["location"], timeout=60, trust_env=False)
        assert brought.status_code == 200
        assert "Restored%20photos%20" in brought.headers["content-disposition"]
        packed = zipfile.ZipFile(io.BytesIO(brought.content))
        assert packed.testzip() is None
        assert packed.namelist() == ["Oma_restored.jpg", "oma_restored (2).jpg", "Hafen 1931_restored.jpg"]
        assert [packed.read(name) for name in packed.namelist()] == RESTORED
        assert [client.get(f"/download/{link['token']}").status_code for _ in range(10)] == [302] * 9 + [403]

        one = client.post(path, json={"image_ids": [str(order.image_ids[2])]}, headers=who).json()
        photo = httpx.get(one["url"], follow_redirects=True, timeout=60, trust_env=False)
        assert photo.content == RESTORED[2]
        assert "Hafen%201931_restored.jpg" in photo.headers["content-disposition"]


def test_the_cleanup_of_every_product_is_fired(stack: Mapping[str, Any]) -> None:
    answer = httpx.post(f"{stack['web']}/_local/schedules/cleanup/fire", timeout=120, trust_env=False)
    assert answer.status_code == 200, answer.text
    fired = answer.json()
    assert fired["error"] is None
    (restorations,) = fired["also"]
    assert set(restorations["result"]) >= {"sessions", "links", "archives", "results"}
    watched = httpx.post(f"{stack['web']}/_local/schedules/restorations-watch/fire", timeout=120, trust_env=False)
    assert {"uploads", "archives"} <= set(watched.json()["result"])
