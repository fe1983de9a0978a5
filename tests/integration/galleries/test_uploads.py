"""POST /uploads/generate-urls: a place for each photo, all or none."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from darkroom import auth, db, ids
from darkroom.settings import settings
from galleries import api
from tests.api import Answer, Api
from tests.factories.callers import SignedIn, signed_in

galleries = Api(api.handler)


@pytest.fixture
def ada(committed_db: str) -> SignedIn:
    with db.transaction() as tx:
        return signed_in(tx)


def photo(**changes: Any) -> dict[str, Any]:
    return {"filename": "holiday.jpg", "content_type": "image/jpeg", "size_bytes": 1234} | changes


def ask(ada: SignedIn, *files: Any) -> Answer:
    return galleries.post("/uploads/generate-urls", {"files": list(files)}, token=ada.token)


def test_each_file_gets_a_place_of_its_own_in_order(ada: SignedIn) -> None:
    answer = ask(ada, photo(), photo(content_type="image/heic", filename="../../etc/passwd"), photo())
    assert answer.status == 200
    uploads = answer.json()["uploads"]
    assert [key.rpartition(".")[2] for key in (each["storage_key"] for each in uploads)] == ["jpg", "heic", "jpg"]
    assert len({each["storage_key"] for each in uploads}) == 3
    for each in uploads:
        assert each["storage_key"].startswith(f"uploads/{ada.user_id}/")
        assert set(each) == {"storage_key", "url", "method", "headers", "expires_in"}
        assert (each["method"], each["expires_in"]) == ("PUT", 300)
        assert each["headers"]["If-None-Match"] == "*"
        signed = parse_qs(urlsplit(each["url"]).query)["X-Amz-SignedHeaders"]
        assert signed == ["content-length;content-type;host;if-none-match"]
        assert "passwd" not in each["url"]


def test_500_places_come_in_one_call_and_501_do_not(ada: SignedIn) -> None:
    assert len(ask(ada, *[photo()] * 500).json()["uploads"]) == 500
    assert ask(ada, *[photo()] * 501).status == 400
    assert ask(ada).status == 400


@pytest.mark.parametrize(
    ("change", "status", "field"),
    [
        ({"size_bytes": 50_000_001}, 413, "files.1"),
        ({"content_type": "image/gif"}, 415, "files.1"),
        ({"content_type": "text/html"}, 415, "files.1"),
        ({"size_bytes": 0}, 400, "files.1.size_bytes"),
        ({"size_bytes": -5}, 400, "files.1.size_bytes"),
        ({"size_bytes": "many"}, 400, "files.1.size_bytes"),
        ({"size_bytes": 1.5}, 400, "files.1.size_bytes"),
        ({"filename": ""}, 400, "files.1.filename"),
        ({"filename": "x" * 256}, 400, "files.1.filename"),
        ({"filename": None}, 400, "files.1.filename"),
        ({"key": "mine.jpg"}, 400, "files.1.key"),
    ],
)
def test_one_file_that_cannot_be_taken_refuses_the_call(
    ada: SignedIn, change: dict[str, Any], status: int, field: str
) -> None:
    answer = ask(ada, photo(), photo(**change))
    assert answer.status == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert [error["field"] for error in answer.json()["errors"]] == [field]


def test_nobody_gets_a_place_without_being_somebody(ada: SignedIn) -> None:
    """401 comes before any look at the body, and a device is no person."""
    with db.transaction() as tx:
        device = auth.issue_opaque(tx, "device", ids.new_id())
    for token in (None, "nonsense", device):
        answer = galleries.post("/uploads/generate-urls", content=b"{broken", token=token)
        assert answer.status == 401


def test_the_same_key_and_body_answer_the_same_places(ada: SignedIn) -> None:
    body = {"files": [photo()]}
    first = galleries.post("/uploads/generate-urls", body, token=ada.token, key="k1")
    assert galleries.post("/uploads/generate-urls", body, token=ada.token, key="k1").json() == first.json()
    other = galleries.post("/uploads/generate-urls", {"files": [photo(size_bytes=9)]}, token=ada.token, key="k1")
    assert other.status == 409


def test_too_many_calls_an_hour_are_429(ada: SignedIn, environment: pytest.MonkeyPatch) -> None:
    environment.setenv("UPLOADS_PER_CALLER_HOUR", "2")
    settings.cache_clear()
    statuses = [ask(ada, photo()).status for _ in range(3)]
    assert statuses == [200, 200, 429]
    assert int(ask(ada, photo()).headers["retry-after"]) > 0
