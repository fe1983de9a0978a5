"""POST /upload, GET /upload/{session_id}, POST /upload/{session_id}/urls: a session of a day."""

from typing import Any
from uuid import uuid4

import pytest

from darkroom import db
from darkroom.settings import settings
from tests.conftest import FrozenTime
from tests.factories import photos
from tests.factories.callers import signed_in
from tests.integration.restorations.inout.conftest import PHOTO, World

DAY = 86_400


def announced(**changes: Any) -> dict[str, Any]:
    return {"filename": "old.jpg", "content_type": "image/jpeg", "size_bytes": 1000, **changes}


def test_each_file_gets_a_place_of_its_own(world: World) -> None:
    session = world.open(PHOTO, PHOTO + b"x")
    places = session.opened["uploads"]
    assert {place["method"] for place in places} == {"PUT"}
    assert len({place["url"].split("?")[0] for place in places}) == 2
    for number, place in enumerate(places):
        assert session.key(number) == f"uploads/temp/{session.id}/{place['upload_id']}.jpg"
        assert session.key(number) in place["url"]
        assert place["headers"] == {"Content-Type": "image/jpeg", "If-None-Match": "*"}
    assert [(file["upload_id"], file["status"]) for file in session.files()] == [
        (place["upload_id"], "pending") for place in places
    ]


def test_what_is_shown_of_a_file_that_is_not_there_yet(world: World) -> None:
    session = world.open(PHOTO, name="../../Großmutter\x07 1952.JPG")
    shown = session.get().json()
    assert set(shown) == {"session_id", "expires_at", "files", "order_id"}
    (file,) = shown["files"]
    assert file == {
        "upload_id": session.opened["uploads"][0]["upload_id"],
        "filename": ".._.._Großmutter 1952.JPG".strip(" ."),
        "status": "pending",
        "width": None,
        "height": None,
        "preview_url": None,
        "reason": None,
        "duplicate_of": None,
    }
    assert shown["order_id"] is None


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"content_type": "image/gif"}, 415),
        ({"content_type": "text/html"}, 415),
        ({"size_bytes": 50_000_001}, 413),
        ({"size_bytes": 0}, 400),
        ({"size_bytes": -1}, 400),
        ({"size_bytes": True}, 400),
        ({"filename": ""}, 400),
        ({"extra": 1}, 400),
    ],
)
def test_one_file_that_could_not_be_taken_refuses_the_whole_call(
    world: World, changes: dict[str, Any], status: int
) -> None:
    answer = world.post("/upload", {"files": [announced(), announced(**changes)]})
    assert answer.status == status, answer.text
    assert answer.json()["errors"][0]["field"].startswith("files.1")
    assert world.value("SELECT count(*) FROM upload_sessions") == 0


@pytest.mark.parametrize("count", [0, 51])
def test_fifty_files_and_no_more(world: World, count: int) -> None:
    answer = world.post("/upload", {"files": [announced()] * count})
    assert (answer.status, answer.json()["errors"][0]["field"]) == (400, "files")
    assert world.post("/upload", {"files": [announced()] * 50}).status == 201


def test_a_stage_may_take_fewer(world: World, environment: pytest.MonkeyPatch) -> None:
    environment.setenv("RESTORATION_FILES_MAX", "2")
    settings.cache_clear()
    answer = world.post("/upload", {"files": [announced()] * 3})
    assert (answer.status, answer.json()["errors"][0]["field"]) == (400, "files")


def test_an_address_opens_so_many_an_hour(world: World, environment: pytest.MonkeyPatch) -> None:
    environment.setenv("UPLOAD_SESSIONS_PER_ADDRESS_HOUR", "2")
    settings.cache_clear()
    answers = [world.post("/upload", {"files": [announced()]}) for _ in range(3)]
    assert [answer.status for answer in answers] == [201, 201, 429]
    assert int(answers[2].headers["retry-after"]) > 0
    world.source_ip = "198.51.100.8"
    assert world.post("/upload", {"files": [announced()]}).status == 201


def test_the_same_key_opens_one_session(world: World) -> None:
    first, second = (world.post("/upload", {"files": [announced()]}, key="once") for _ in range(2))
    assert first.status == second.status == 201
    assert first.json() == second.json()
    assert world.value("SELECT count(*) FROM upload_sessions") == 1


def test_only_its_own_token_opens_a_session(world: World) -> None:
    session, other = world.open(PHOTO), world.open(PHOTO)
    with db.transaction() as tx:
        person = signed_in(tx)
    assert world.get(f"/upload/{session.id}").status == 401
    assert world.get(f"/upload/{session.id}", token="nonsense").status == 401
    assert world.get(f"/upload/{session.id}", token=person.token).status == 401
    assert world.get(f"/upload/{session.id}", token=other.token).status == 404
    assert world.get(f"/upload/{uuid4()}", token=session.token).status == 404
    assert world.get("/upload/nonsense", token=session.token).status == 404
    upload_id = session.opened["uploads"][0]["upload_id"]
    foreign = world.post(f"/upload/{session.id}/urls", {"upload_ids": [upload_id]}, token=other.token)
    assert foreign.status == 404
    assert world.post(f"/upload/{session.id}/urls", {"upload_ids": [upload_id]}).status == 401


def test_a_session_of_yesterday_is_gone(world: World, frozen_time: FrozenTime) -> None:
    session = world.open(PHOTO)
    frozen_time.advance(DAY - 1)
    assert session.get().status == 200
    frozen_time.advance(1)
    assert session.get().status == 410
    assert session.renew(session.opened["uploads"][0]["upload_id"]).status == 410
    world.execute("DELETE FROM upload_sessions WHERE id = %s", session.id)
    assert session.get().status == 410
    frozen_time.advance(DAY)
    assert session.get().status == 401


class TestFreshUrls:
    def test_what_was_not_brought_in_time_may_still_come(self, world: World, frozen_time: FrozenTime) -> None:
        session = world.open(PHOTO, PHOTO)
        first, second = session.opened["uploads"]
        frozen_time.advance(600)
        answer = session.renew(second["upload_id"], second["upload_id"])
        assert answer.status == 200, answer.text
        (fresh,) = answer.json()["uploads"]
        assert fresh["upload_id"] == second["upload_id"]
        assert fresh["url"].split("?")[0] == second["url"].split("?")[0]
        assert fresh["url"] != second["url"]
        assert first["upload_id"] != fresh["upload_id"]

    def test_what_was_brought_may_not(self, world: World) -> None:
        session = world.open(PHOTO, PHOTO)
        upload_ids = [place["upload_id"] for place in session.opened["uploads"]]
        world.bucket.objects[session.key(0)] = PHOTO
        answer = session.renew(*upload_ids)
        assert answer.status == 409
        assert "old.jpg" in answer.json()["detail"]
        assert session.renew(upload_ids[1]).status == 200
        session.arrive()
        del world.bucket.objects[session.key(1)]
        assert session.renew(upload_ids[1]).status == 409

    def test_what_is_not_of_this_session_is_not_there(self, world: World) -> None:
        session, other = world.open(PHOTO), world.open(PHOTO)
        assert session.renew(other.opened["uploads"][0]["upload_id"]).status == 404
        assert session.renew().status == 400
        assert session.renew("nonsense").status == 400


def test_names_are_only_shown(world: World) -> None:
    session = world.open(photos.jpeg(), name="</script>.jpg")
    assert "script" not in session.key()
    assert session.files()[0]["filename"] == "__script_.jpg"
