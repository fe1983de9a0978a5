"""POST /albums/{id}/download: the originals of an album as one ZIP, by a job."""

import io
import zipfile
from typing import Any

import pytest

from darkroom import db
from galleries import download
from tests.fakes import queues
from tests.integration.galleries.conftest import World, picture


@pytest.fixture
def album(world: World) -> dict[str, Any]:
    world.curate(*[picture(n) for n in range(3)])
    found: dict[str, Any] = world.albums()[0]
    return found


def start(world: World, album: dict[str, Any]) -> str:
    answer = world.post(f"/albums/{album['id']}/download")
    assert answer.status == 202, answer.text
    job_id: str = answer.json()["job_id"]
    return job_id


def archive(world: World) -> zipfile.ZipFile:
    (key,) = [key for key in world.bucket.objects if key.startswith("downloads/")]
    return zipfile.ZipFile(io.BytesIO(world.bucket.objects[key]))


def test_originals_come_in_the_albums_order_and_byte_for_byte(world: World, album: dict[str, Any]) -> None:
    wanted = list(reversed([image["id"] for image in album["images"]]))
    world.put(f"/albums/{album['id']}/images", {"image_ids": wanted})
    world.patch(f"/albums/{album['id']}", {"title": "Sea / <sun>"})
    job_id = start(world, album)
    world.pack()
    job = world.status(job_id)
    assert (job["kind"], job["status"]) == ("album_download", "completed")
    assert job["progress"] == {"stage": "packing photos", "done": 3, "total": 3}
    assert "Sea" in job["result"]["url"]
    assert set(job["result"]) == {"url", "expires_at", "size_bytes"}
    packed = archive(world)
    assert packed.testzip() is None
    assert packed.namelist() == ["001-IMG_2.jpg", "002-IMG_1.jpg", "003-IMG_0.jpg"]
    assert [packed.read(name) for name in packed.namelist()] == [picture(2), picture(1), picture(0)]


def test_what_is_in_the_trash_or_gone_from_storage_is_left_out(world: World, album: dict[str, Any]) -> None:
    first, second, _ = album["images"]
    world.delete(f"/images/{first['id']}")
    with db.reading() as tx:
        key = tx.value("SELECT storage_key FROM images WHERE id = %s", (second["id"],))
    del world.bucket.objects[key]
    job_id = start(world, album)
    world.pack()
    assert world.status(job_id)["status"] == "completed"
    assert len(archive(world).namelist()) == 1


def test_an_album_without_photos_is_refused_and_one_that_went_fails(world: World, album: dict[str, Any]) -> None:
    job_id = start(world, album)
    world.put(f"/albums/{album['id']}/images", {"image_ids": []})
    assert world.post(f"/albums/{album['id']}/download").status == 409
    world.pack()
    assert world.status(job_id)["error_message"] == download.GONE


def test_a_message_that_comes_twice_packs_once(world: World, album: dict[str, Any]) -> None:
    job_id = start(world, album)
    (message,) = world.sqs.take("downloads")
    for _ in range(2):
        assert queues.failures(download.handler(queues.event("downloads", message), None)) == []
    assert world.status(job_id)["status"] == "completed"
    assert len(archive(world).namelist()) == 3


def test_a_download_that_failed_for_good_may_be_tried_again(world: World, album: dict[str, Any]) -> None:
    job_id = start(world, album)
    world.give_up("downloads")
    assert world.status(job_id)["status"] == "failed"
    assert world.post(f"/jobs/{job_id}/retry").status == 202
    world.pack()
    assert world.status(job_id)["status"] == "completed"


def test_downloads_are_limited(world: World, album: dict[str, Any], environment: pytest.MonkeyPatch) -> None:
    from darkroom.settings import settings

    environment.setenv("DOWNLOADS_PER_CALLER_HOUR", "1")
    settings.cache_clear()
    start(world, album)
    answer = world.post(f"/albums/{album['id']}/download")
    assert answer.status == 429
    assert int(answer.headers["retry-after"]) > 0
