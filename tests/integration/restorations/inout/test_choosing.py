"""POST /upload/{session_id}/files and DELETE /upload/{session_id}/files/{upload_id}: photos come and go until they are
paid."""

from uuid import uuid4

import pytest

from darkroom import ids
from darkroom.settings import settings
from tests.api import Answer
from tests.conftest import FrozenTime
from tests.integration.restorations.inout.conftest import PHOTO, Session, World
from tests.integration.restorations.inout.test_uploads import DAY, announced


def add(session: Session, *files: dict[str, object], token: str | None = None) -> Answer:
    return session.world.checkouts.post(
        f"/upload/{session.id}/files", {"files": list(files)}, token=token or session.token
    )


def remove(session: Session, upload_id: object, token: str | None = None) -> Answer:
    return session.world.checkouts.delete(f"/upload/{session.id}/files/{upload_id}", token=token or session.token)


def upload_id(session: Session, number: int = 0) -> str:
    found: str = session.opened["uploads"][number]["upload_id"]
    return found


def test_more_photos_come_behind_the_others(world: World) -> None:
    session = world.open(PHOTO)
    answer = add(session, announced(filename="second.jpg", size_bytes=len(PHOTO)), announced(filename="third.jpg"))
    assert answer.status == 201, answer.text
    places = answer.json()["uploads"]
    assert [file["filename"] for file in session.files()] == ["old.jpg", "second.jpg", "third.jpg"]
    assert [place["upload_id"] for place in places] == [file["upload_id"] for file in session.files()[1:]]
    key = f"uploads/temp/{session.id}/{places[0]['upload_id']}.jpg"
    assert key in places[0]["url"]
    world.bucket.objects[key] = PHOTO
    world.notify(key)
    assert session.files()[1]["status"] == "valid"
    assert session.renew(places[1]["upload_id"]).status == 200


def test_a_photo_is_left_out_once(world: World) -> None:
    session = world.open(PHOTO, PHOTO).arrive()
    assert remove(session, upload_id(session)).status == 204
    assert [file["upload_id"] for file in session.files()] == [upload_id(session, 1)]
    assert remove(session, upload_id(session)).status == 404
    assert session.renew(upload_id(session)).status == 404
    # Its place is not given again, and what arrives late changes nothing.
    assert add(session, announced(filename="new.jpg")).status == 201
    assert [file["filename"] for file in session.files()] == ["old.jpg", "new.jpg"]


def test_what_is_left_out_is_waited_for_no_more(world: World) -> None:
    session = world.open(PHOTO, PHOTO)
    remove(session, upload_id(session, 1))
    world.bucket.objects[session.key(0)] = world.bucket.objects[session.key(1)] = PHOTO
    world.notify(session.key(0), session.key(1))
    assert [file["status"] for file in session.files()] == ["valid"]


def test_what_is_left_out_goes_when_the_session_ends(world: World) -> None:
    session = world.open(PHOTO, PHOTO).arrive()
    remove(session, upload_id(session))
    left = session.key(0)
    assert left in world.bucket.objects
    world.execute("UPDATE upload_sessions SET expires_at = now() - interval '1 hour' WHERE id = %s", session.id)
    world.clean_up()
    assert left not in world.bucket.objects


def test_an_order_takes_so_many(world: World, environment: pytest.MonkeyPatch) -> None:
    environment.setenv("RESTORATION_FILES_MAX", "2")
    settings.cache_clear()
    session = world.open(PHOTO)
    assert add(session, announced(), announced()).status == 409
    assert add(session, announced()).status == 201
    assert add(session, announced()).status == 409
    assert remove(session, upload_id(session)).status == 204
    assert add(session, announced()).status == 201
    # A file that was refused takes nobody's place.
    world.execute("UPDATE upload_files SET status = 'invalid', reason = 'no' WHERE session_id = %s", session.id)
    assert add(session, announced(), announced()).status == 201


def test_not_without_end(world: World, environment: pytest.MonkeyPatch) -> None:
    environment.setenv("RESTORATION_FILES_MAX", "1")
    settings.cache_clear()
    session = world.open(PHOTO)
    for _ in range(9):
        remove(session, session.files()[0]["upload_id"])
        assert add(session, announced()).status == 201
    remove(session, session.files()[0]["upload_id"])
    assert add(session, announced()).status == 409


@pytest.mark.parametrize(
    ("changes", "status"), [({"content_type": "image/gif"}, 415), ({"size_bytes": 50_000_001}, 413)]
)
def test_one_that_could_not_be_taken_refuses_all(world: World, changes: dict[str, object], status: int) -> None:
    session = world.open(PHOTO)
    assert add(session, announced(), announced(**changes)).status == status
    assert len(session.files()) == 1


def test_only_its_own_token_changes_a_session(world: World) -> None:
    session, other = world.open(PHOTO), world.open(PHOTO)
    assert add(session, announced(), token=other.token).status == 404
    assert remove(session, upload_id(session), token=other.token).status == 404
    assert remove(session, upload_id(other)).status == 404
    assert remove(session, uuid4()).status == 404
    assert remove(session, "nonsense").status == 404
    assert world.checkouts.post(f"/upload/{session.id}/files", {"files": [announced()]}).status == 401


def test_not_in_a_session_of_yesterday(world: World, frozen_time: FrozenTime) -> None:
    session = world.open(PHOTO)
    frozen_time.advance(DAY)
    assert add(session, announced()).status == 410
    assert remove(session, upload_id(session)).status == 410


@pytest.mark.parametrize(
    ("status", "paid", "answer"),
    [("pending_payment", None, 204), ("processing", "now", 409), ("failed", None, 409)],
)
def test_until_it_is_paid(world: World, status: str, paid: str | None, answer: int) -> None:
    session = world.open(PHOTO, PHOTO)
    world.execute(
        """INSERT INTO orders (id, session_id, email, status, pay_with, price_cents, total_cents, fidelity, colorize,
                               upscale, paid_at)
           VALUES (%s, %s, 'ada@example.com', %s, 'card', 900, 900, 0.7, false, 1, %s)""",
        ids.new_id(), session.id, status, paid,
    )  # fmt: skip
    assert remove(session, upload_id(session)).status == answer
    assert add(session, announced()).status == (201 if answer == 204 else 409)
