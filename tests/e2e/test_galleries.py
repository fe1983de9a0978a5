"""Galleries on the running stack: real uploads, QStash, queues, workers and storage, from photos to a shared album."""

import io
import time
import zipfile
from collections.abc import Iterator, Mapping
from typing import Any

import httpx
import pytest
from PIL import Image

from tests.e2e.people import Photographer
from tests.factories import photos
from tests.integration.galleries.conftest import picture


@pytest.fixture
def ada(stack: Mapping[str, Any]) -> Iterator[Photographer]:
    person = Photographer(stack)
    yield person
    person.client.close()


def test_photos_go_up_and_titled_albums_come_back_live(ada: Photographer) -> None:
    keys = ada.bring(
        *[picture(n) for n in range(6)],
        *[picture(20 + n, day=25) for n in range(4)],
        picture(0),
        b"this is a text",
    )
    heic = ada.bring(photos.HEIC.read_bytes(), content_type="image/heic")
    with ada.page() as page:
        job_id = ada.process([*keys, *heic])
        assert page.asks({"action": "subscribe", "topic": f"job:{job_id}", "since": 0})["type"] == "subscribed"
        events = page.hears_until_the_job_ends()
    done = [event["data"]["progress"]["done"] for event in events]
    assert done == sorted(done)
    assert done[-1] == len(keys) + 2
    job = ada.finished(job_id)
    assert job == events[-1]["data"]
    assert job["status"] == "completed"
    assert job["result"]["photos"] == 11
    assert [each["storage_key"] for each in job["result"]["skipped"]] == [keys[11]]
    assert len(job["result"]["duplicates"]) == 1
    albums = ada.albums()
    assert len(albums) == job["albums_created"] >= 2
    assert sum(album["image_count"] for album in albums) == 11
    for album in albums:
        assert album["title"]
        assert album["curated_by"] == "fallback"
        for image in album["images"]:
            for address, edge in ((image["thumbnail_url"], 400), (image["url"], 1600)):
                shown = httpx.get(address, trust_env=False)
                assert (shown.status_code, shown.headers["content-type"]) == (200, "image/webp")
                with Image.open(io.BytesIO(shown.content)) as opened:
                    assert max(opened.size) <= edge


def test_an_album_is_shared_downloaded_and_its_link_ended(ada: Photographer, stack: Mapping[str, Any]) -> None:
    ada.finished(ada.process(ada.bring(picture(1), picture(2))))
    (album,) = ada.albums()
    share = ada.ok(ada.client.post(f"/albums/{album['id']}/share", json={"expires_in": 3600}))
    address = f"{stack['api']}/shared/{share['token']}"
    shown = httpx.get(address, trust_env=False)
    assert shown.status_code == 200
    assert shown.headers["cache-control"] == "no-store"
    picture_of_guest = httpx.get(shown.json()["images"][0]["url"], trust_env=False)
    assert picture_of_guest.status_code == 200
    assert httpx.get(share["url"], trust_env=False).status_code == 200, "the web app's page for it"
    job = ada.finished(ada.ok(ada.client.post(f"/albums/{album['id']}/download"))["job_id"])
    packed = zipfile.ZipFile(io.BytesIO(httpx.get(job["result"]["url"], trust_env=False).content))
    assert sorted(packed.read(name) for name in packed.namelist()) == sorted([picture(1), picture(2)])
    assert ada.client.delete(f"/albums/{album['id']}/share").status_code == 204
    assert httpx.get(address, trust_env=False).status_code == 404


def test_a_shared_albums_token_is_in_no_log(ada: Photographer, stack: Mapping[str, Any]) -> None:
    ada.finished(ada.process(ada.bring(picture(1))))
    token = ada.ok(ada.client.post(f"/albums/{ada.albums()[0]['id']}/share"))["token"]
    assert httpx.get(f"{stack['api']}/shared/{token}", trust_env=False).status_code == 200
    logs = httpx.get(f"{stack['console']}/logs", trust_env=False)
    assert logs.status_code == 200
    assert token not in logs.text


def test_the_webhook_takes_nothing_from_strangers(ada: Photographer, stack: Mapping[str, Any]) -> None:
    address = f"{stack['api']}/jobs/process"
    for headers in (
        {},
        {"X-API-Secret": stack["secrets"]["api_secret"]},
        {"X-API-Secret": stack["secrets"]["api_secret"], "Upstash-Signature": "a.b.c"},
    ):
        answer = httpx.post(address, json={"job_id": ada.id}, headers=headers, trust_env=False)
        assert answer.status_code == 401
        assert answer.headers["content-type"] == "application/problem+json"


def test_a_deleted_person_leaves_no_photo_behind(ada: Photographer, stack: Mapping[str, Any]) -> None:
    ada.finished(ada.process(ada.bring(picture(1))))
    image = ada.albums()[0]["images"][0]
    assert httpx.get(image["url"], trust_env=False).status_code == 200
    assert ada.client.delete("/users/me").status_code == 200
    for _ in range(100):
        if httpx.get(image["url"], trust_env=False).status_code == 404:
            return
        time.sleep(0.1)
    raise AssertionError("the picture is still there")
