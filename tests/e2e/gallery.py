"""What the browser tests of galleries share: photos that they paint, and the same person's API beside the browser."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest
from PIL import ImageOps
from playwright.sync_api import Locator, Page

from tests.e2e.web import PASSWORD, Visitor, eventually
from tests.factories import photos


class Painting(NamedTuple):
    name: str
    jpeg: bytes


@pytest.fixture(scope="module")
def paintings() -> list[Painting]:
    """Two journeys of some weeks between: two albums at least, whoever groups them."""
    return [
        *(_painting("coast", number, ("orange", "navy"), "2026:06:13", "+01:00") for number in range(1, 5)),
        *(_painting("alps", number, ("skyblue", "darkgreen"), "2026:07:04", "+02:00") for number in range(1, 4)),
    ]


def _painting(journey: str, number: int, colours: tuple[str, str], day: str, offset: str) -> Painting:
    picture = photos.scene(900, 600 if number % 3 else 1200).convert("L").rotate(90 * number)
    exif = photos.exif(taken=f"{day} 0{number}:30:00", offset=offset, gps=None)
    jpeg = photos.encoded(ImageOps.colorize(picture, *colours), exif=exif)
    return Painting(f"{journey}-0{number}.jpg", jpeg)


@pytest.fixture
def files(paintings: list[Painting], tmp_path: Path) -> list[Path]:
    paths = [tmp_path / painting.name for painting in paintings]
    for path, painting in zip(paths, paintings, strict=True):
        path.write_bytes(painting.jpeg)
    return paths


class Api:
    """The same person's API, for what a test needs before and asks after."""

    def __init__(self, visitor: Visitor) -> None:
        self._base = visitor.stack["api"]
        signed_in = httpx.post(
            f"{self._base}/auth/login", json={"username": visitor.email, "password": PASSWORD}, timeout=30
        )
        self._headers = {"authorization": f"Bearer {signed_in.json()['access_token']}"}

    def __call__(self, method: str, path: str, body: Any = None) -> Any:
        answer = httpx.request(method, self._base + path, json=body, headers=self._headers, timeout=60)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def bring(self, paintings: list[Painting]) -> dict[str, str]:
        """The photos, developed; their ids by name."""
        files = [{"filename": name, "content_type": "image/jpeg", "size_bytes": len(jpeg)} for name, jpeg in paintings]
        uploads = self("POST", "/uploads/generate-urls", {"files": files})["uploads"]
        for upload, painting in zip(uploads, paintings, strict=True):
            httpx.put(upload["url"], content=painting.jpeg, headers=upload["headers"], timeout=60).raise_for_status()
        keys = [upload["storage_key"] for upload in uploads]
        job = self("POST", "/galleries/process", {"image_keys": keys})["job_id"]
        eventually(lambda: self._ended(job))
        return {image["original_filename"]: image["id"] for image in self("GET", "/images?limit=200")["items"]}

    def _ended(self, job: str) -> bool | None:
        status = self("GET", f"/jobs/{job}/status")["status"]
        assert status != "failed"
        return True if status == "completed" else None

    def two_albums(self, paintings: list[Painting]) -> tuple[str, str]:
        """One of the coast and one of the alps, made by hand, so that a test knows what is in them."""
        ids = self.bring(paintings)
        made = [
            self("POST", "/albums", {"title": title, "image_ids": [ids[p.name] for p in paintings if word in p.name]})
            for title, word in (("The coast", "coast"), ("The alps", "alps"))
        ]
        for album in self.albums():
            if album["title"] not in ("The coast", "The alps"):
                self("DELETE", f"/albums/{album['id']}")
        return made[0]["id"], made[1]["id"]

    def albums(self) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = self("GET", "/galleries/me")["items"]
        return items

    def names(self, album: str) -> list[str]:
        return [image["original_filename"] for image in self("GET", f"/albums/{album}")["images"]]


@pytest.fixture
def api(visitor: Visitor) -> Api:
    visitor.register()
    return Api(visitor)


def tile(page: Page, name: str) -> Locator:
    return page.get_by_role("link", name=re.compile(re.escape(name)))


def becomes(look: Callable[[], Any], wanted: Any) -> None:
    eventually(lambda: True if look() == wanted else None)
