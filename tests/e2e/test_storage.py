"""What a presigned URL pins, storage enforces: another key, type, length, time or a second PUT is refused.

Against the running stack, because no mock enforces any of this.
"""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import httpx
import pytest

from darkroom import clock, storage
from darkroom.settings import settings
from infra.local import emulated_aws
from tests.factories import photos

PHOTO = photos.jpeg(64, 48)


@pytest.fixture(scope="module")
def person(stack: Mapping[str, Any]) -> Iterator[httpx.Client]:
    """Somebody who is signed in."""
    with httpx.Client(base_url=stack["api"], timeout=30) as client:
        email, password = f"{uuid4()}@example.com", "correct horse battery"
        registered = client.post("/auth/register", json={"email": email, "password": password, "name": "Ada"})
        assert registered.status_code == 201, registered.text
        signed_in = client.post("/auth/login", json={"username": email, "password": password}).json()
        client.headers["Authorization"] = f"Bearer {signed_in['access_token']}"
        yield client


@pytest.fixture
def upload(person: httpx.Client) -> dict[str, Any]:
    """A place for PHOTO."""
    announced = {"filename": "a.jpg", "content_type": "image/jpeg", "size_bytes": len(PHOTO)}
    answer = person.post("/uploads/generate-urls", json={"files": [announced]})
    assert answer.status_code == 200, answer.text
    (place,) = answer.json()["uploads"]
    found: dict[str, Any] = place
    return found


def put(upload: dict[str, Any], content: bytes = PHOTO, changes: Mapping[str, str | None] | None = None) -> int:
    """The status of a PUT with these headers changed, or left out where None."""
    headers = {name: value for name, value in {**upload["headers"], **(changes or {})}.items() if value is not None}
    return httpx.put(upload["url"], content=content, headers=headers, timeout=30).status_code


def stored(stack: Mapping[str, Any], upload: dict[str, Any]) -> bytes | None:
    """What lies under the upload's key."""
    bucket = urlsplit(upload["url"]).path.split("/")[1]
    s3 = emulated_aws.client("s3", stack["aws"])
    try:
        content: bytes = s3.get_object(Bucket=bucket, Key=upload["storage_key"])["Body"].read()
    except s3.exceptions.NoSuchKey:
        return None
    return content


def test_what_was_announced_is_stored(stack: Mapping[str, Any], upload: dict[str, Any]) -> None:
    assert put(upload) == 200
    assert stored(stack, upload) == PHOTO


@pytest.mark.parametrize("content", [PHOTO + b"x", PHOTO[:-1], b""], ids=["longer", "shorter", "empty"])
def test_another_length_is_refused(stack: Mapping[str, Any], upload: dict[str, Any], content: bytes) -> None:
    assert put(upload, content) == 403
    assert stored(stack, upload) is None


@pytest.mark.parametrize("content_type", ["image/png", "text/html", None])
def test_another_type_is_refused(stack: Mapping[str, Any], upload: dict[str, Any], content_type: str | None) -> None:
    assert put(upload, changes={"Content-Type": content_type}) == 403
    assert stored(stack, upload) is None


@pytest.mark.parametrize("condition", [None, '"an-etag"'])
def test_without_its_condition_it_is_refused(
    stack: Mapping[str, Any], upload: dict[str, Any], condition: str | None
) -> None:
    assert put(upload, changes={"If-None-Match": condition}) == 403
    assert stored(stack, upload) is None


def test_another_key_is_refused(stack: Mapping[str, Any], upload: dict[str, Any]) -> None:
    parts = urlsplit(upload["url"])
    elsewhere = parts._replace(path=parts.path.replace(".jpg", "x.jpg"))
    assert put(upload | {"url": urlunsplit(elsewhere)}) == 403


def test_what_is_stored_cannot_be_replaced(stack: Mapping[str, Any], upload: dict[str, Any]) -> None:
    assert put(upload) == 200
    other = bytes(reversed(PHOTO))
    assert put(upload, other) == 412
    assert stored(stack, upload) == PHOTO


def test_a_longer_life_cannot_be_written_into_the_url(upload: dict[str, Any]) -> None:
    assert put(upload | {"url": upload["url"].replace("X-Amz-Expires=300", "X-Amz-Expires=90000")}) == 403


@pytest.fixture
def signing_here(stack: Mapping[str, Any], upload: dict[str, Any], environment: pytest.MonkeyPatch) -> Iterator[None]:
    """URLs that this process signs for the running stack."""
    for name, value in emulated_aws.environment(stack["aws"]).items():
        environment.setenv(name, value)
    environment.setenv("UPLOADS_BUCKET", urlsplit(upload["url"]).path.split("/")[1])
    settings.cache_clear()
    yield
    clock.use(None)


def test_a_url_that_has_expired_is_refused(signing_here: None, upload: dict[str, Any]) -> None:
    now = clock.now()
    clock.use(lambda: now - timedelta(minutes=6))
    late = storage.upload_url(upload["storage_key"], "image/jpeg", len(PHOTO))
    assert httpx.put(late.url, content=PHOTO, headers=late.headers).status_code == 403


def test_a_read_shows_the_photo_and_a_download_names_it(signing_here: None, upload: dict[str, Any]) -> None:
    assert put(upload) == 200
    shown = httpx.get(storage.read_url(upload["storage_key"]))
    assert (shown.status_code, shown.content, shown.headers["content-type"]) == (200, PHOTO, "image/jpeg")
    named = httpx.get(storage.read_url(upload["storage_key"], "Höhle.jpg"))
    assert named.headers["content-disposition"] == storage.attachment("Höhle.jpg")
    unsigned = storage.read_url(upload["storage_key"]).partition("?")[0]
    assert httpx.get(unsigned).status_code == 403


def test_only_the_web_app_may_put_from_a_browser(stack: Mapping[str, Any], upload: dict[str, Any]) -> None:
    def preflight(origin: str) -> httpx.Response:
        return httpx.options(
            upload["url"],
            headers={
                "Origin": origin,
                "Access-Control-Request-Method": "PUT",
                "Access-Control-Request-Headers": "content-type,if-none-match",
            },
        )

    allowed = preflight(stack["web"])
    assert allowed.status_code == 200
    assert allowed.headers["access-control-allow-origin"] == stack["web"]
    assert "access-control-allow-origin" not in preflight("https://elsewhere.example").headers
