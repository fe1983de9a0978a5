"""Links: an album for whoever has its token, derivatives only, until the link is ended, replaced, or over."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from darkroom import db
from tests.factories import photos
from tests.integration.galleries.conftest import World, picture


@pytest.fixture
def album(world: World) -> dict[str, Any]:
    world.curate(photos.jpeg(exif=photos.exif()), picture(2))
    found: dict[str, Any] = world.albums()[0]
    return found


def share(world: World, album: dict[str, Any], **wish: Any) -> dict[str, Any]:
    answer = world.post(f"/albums/{album['id']}/share", wish or None)
    assert answer.status == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def test_a_link_shows_the_album_to_anybody(world: World, album: dict[str, Any]) -> None:
    made = share(world, album)
    assert set(made) == {"token", "url", "expires_at"}
    assert made["url"] == f"http://127.0.0.1:8000/shared/{made['token']}"
    assert made["expires_at"] is None
    shown = world.guest.get(f"/shared/{made['token']}")
    assert shown.status == 200
    document = shown.json()
    assert document["title"] == album["title"]
    assert [image["id"] for image in document["images"]] == [image["id"] for image in album["images"]]
    assert document["urls_expire_in"] == 3600


def test_nothing_of_the_original_or_its_owner_is_shown(world: World, album: dict[str, Any]) -> None:
    text = world.guest.get(f"/shared/{share(world, album)['token']}").text
    addresses = re.findall(r'"(http[^"]+)"', text)
    assert addresses
    assert all(re.search(r"/derivatives/[0-9a-f-]+-(400|1600)\.webp\?", address) for address in addresses)
    assert "original_url" not in text
    assert "user_id" not in text
    for word in ("latitude", "gps", photos.SERIAL.lower()):
        assert word not in text.lower()
    for key, content in world.bucket.objects.items():
        if key.startswith("derivatives/"):
            assert photos.SERIAL.encode() not in content
            assert b"Exif" not in content
            assert b"EXIF" not in content


def test_sharing_again_makes_a_new_link_and_ends_the_first(world: World, album: dict[str, Any]) -> None:
    first, second = share(world, album), share(world, album)
    assert first["token"] != second["token"]
    assert world.guest.get(f"/shared/{first['token']}").status == 404
    assert world.guest.get(f"/shared/{second['token']}").status == 200


def test_a_link_that_is_ended_is_404_and_there_is_none_to_end_twice(world: World, album: dict[str, Any]) -> None:
    token = share(world, album)["token"]
    assert world.get(f"/albums/{album['id']}").json()["share"] is not None
    assert world.delete(f"/albums/{album['id']}/share").status == 204
    assert world.delete(f"/albums/{album['id']}/share").status == 404
    assert world.guest.get(f"/shared/{token}").status == 404
    assert world.get(f"/albums/{album['id']}").json()["share"] is None


def test_a_link_ends_when_it_was_to_end(world: World, album: dict[str, Any]) -> None:
    made = share(world, album, expires_in=3600)
    expires = datetime.fromisoformat(made["expires_at"])
    assert abs(expires - datetime.now(UTC) - timedelta(hours=1)) < timedelta(minutes=2)
    assert world.guest.get(f"/shared/{made['token']}").status == 200
    with db.transaction() as tx:
        tx.execute("UPDATE album_shares SET expires_at = now() - interval '1 second'")
    assert world.guest.get(f"/shared/{made['token']}").status == 404
    assert world.guest.get(f"/shared/{made['token']}/images").status == 404
    assert world.get(f"/albums/{album['id']}").json()["share"] is None
    assert world.delete(f"/albums/{album['id']}/share").status == 404


@pytest.mark.parametrize("seconds", [59, 0, -1, 31_536_001, 1.5, "60"])
def test_a_link_lives_a_minute_at_least_and_a_year_at_most(world: World, album: dict[str, Any], seconds: Any) -> None:
    assert world.post(f"/albums/{album['id']}/share", {"expires_in": seconds}).status == 400


def test_a_guess_is_404_and_says_no_more(world: World, album: dict[str, Any]) -> None:
    share(world, album)
    for guess in ("x", "a" * 43, album["id"]):
        answer = world.guest.get(f"/shared/{guess}")
        assert answer.status == 404
        assert answer.headers["content-type"] == "application/problem+json"


def test_the_token_rests_as_a_hash_and_reaches_no_log(
    world: World, album: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    token = share(world, album)["token"]
    world.guest.get(f"/shared/{token}")
    world.guest.get(f"/shared/{token}/images")
    assert token not in capsys.readouterr().err
    with db.reading() as tx:
        (row,) = tx.all("SELECT * FROM album_shares")
    assert token not in str(row)


def test_a_suspended_person_shows_nothing(world: World, album: dict[str, Any]) -> None:
    token = share(world, album)["token"]
    with db.transaction() as tx:
        tx.execute("UPDATE users SET suspended_at = now() WHERE id = %s", (world.person.user_id,))
    assert world.guest.get(f"/shared/{token}").status == 404


def test_a_link_pages_through_a_large_album(world: World, album: dict[str, Any]) -> None:
    token = share(world, album)["token"]
    first = world.guest.get(f"/shared/{token}/images", query={"limit": 1}).json()
    second = world.guest.get(f"/shared/{token}/images", query={"limit": 1, "cursor": first["next_cursor"]}).json()
    assert [image["id"] for image in first["items"] + second["items"]] == [image["id"] for image in album["images"]]


def test_nobody_can_tell_from_two_links_that_they_are_one_persons(world: World, album: dict[str, Any]) -> None:
    assert str(world.person.user_id) not in world.guest.get(f"/shared/{share(world, album)['token']}").text
