"""A person has the last word: rename, reorder, move, merge, delete, make one's own."""

from typing import Any

import pytest

from darkroom import db, ids
from tests.integration.galleries.conftest import World, occasions, picture
from tests.threads import at_once, own_connections


@pytest.fixture
def two(world: World) -> tuple[dict[str, Any], dict[str, Any]]:
    """Two albums of three photos each, the newer one first."""
    world.curate(*[picture(n) for n in range(3)], *[picture(10 + n, day=20) for n in range(3)])
    newer, older = world.albums()
    return newer, older


def ids_of(album: dict[str, Any]) -> list[str]:
    return [image["id"] for image in album["images"]]


class TestNames:
    def test_a_title_is_changed_and_kept_as_plain_text(self, world: World, two: Any) -> None:
        answer = world.patch(f"/albums/{two[0]['id']}", {"title": "  <b>Sea</b>\n & sun  "})
        assert answer.status == 200
        assert answer.json()["title"] == "<b>Sea</b> & sun"
        assert answer.json()["updated_at"] >= two[0]["updated_at"]
        assert world.get(f"/albums/{two[0]['id']}").json() == answer.json()

    def test_what_is_left_out_stays(self, world: World, two: Any) -> None:
        album_id = two[0]["id"]
        world.patch(f"/albums/{album_id}", {"theme_description": "Waves."})
        changed = world.patch(f"/albums/{album_id}", {"title": "Sea"}).json()
        assert (changed["title"], changed["theme_description"]) == ("Sea", "Waves.")
        assert world.patch(f"/albums/{album_id}", {}).json()["title"] == "Sea"

    @pytest.mark.parametrize("title", ["", " \t ", "\u200b", "x" * 121, 5, ["x"]])
    def test_a_title_has_something_to_read_and_an_end(self, world: World, two: Any, title: Any) -> None:
        assert world.patch(f"/albums/{two[0]['id']}", {"title": title}).status == 400
        assert world.albums()[0]["title"] == two[0]["title"]


class TestCover:
    def test_it_is_the_first_photo_until_another_is_chosen(self, world: World, two: Any) -> None:
        album = two[0]
        first, second, _ = ids_of(album)
        assert first in album["cover_url"]
        chosen = world.patch(f"/albums/{album['id']}", {"cover_image_id": second}).json()
        assert second in chosen["cover_url"]
        back = world.patch(f"/albums/{album['id']}", {"cover_image_id": None}).json()
        assert first in back["cover_url"]

    def test_it_is_one_of_the_albums_own(self, world: World, two: Any) -> None:
        for cover in (ids_of(two[1])[0], str(ids.new_id())):
            assert world.patch(f"/albums/{two[0]['id']}", {"cover_image_id": cover}).status == 404

    def test_a_cover_in_the_trash_gives_way(self, world: World, two: Any) -> None:
        first, second, _ = ids_of(two[0])
        world.patch(f"/albums/{two[0]['id']}", {"cover_image_id": second})
        world.delete(f"/images/{second}")
        assert first in world.get(f"/albums/{two[0]['id']}").json()["cover_url"]
        world.post(f"/images/{second}/restore")
        assert second in world.get(f"/albums/{two[0]['id']}").json()["cover_url"]


class TestPhotos:
    def test_their_order_is_the_lists(self, world: World, two: Any) -> None:
        wanted = list(reversed(ids_of(two[0])))
        answer = world.put(f"/albums/{two[0]['id']}/images", {"image_ids": wanted})
        assert answer.status == 200
        assert ids_of(answer.json()) == wanted
        assert [image["display_order"] for image in answer.json()["images"]] == [0, 1, 2]

    def test_photos_of_other_albums_move_here(self, world: World, two: Any) -> None:
        here, there = two
        moved = ids_of(there)[0]
        answer = world.put(f"/albums/{here['id']}/images", {"image_ids": [moved, *ids_of(here)]})
        assert ids_of(answer.json()) == [moved, *ids_of(here)]
        assert moved not in ids_of(world.get(f"/albums/{there['id']}").json())
        (album_id,) = world.get(f"/images/{moved}").json()["album_ids"]
        assert album_id == here["id"]

    def test_what_is_left_out_leaves_the_album_and_stays_a_photo(self, world: World, two: Any) -> None:
        first, *others = ids_of(two[0])
        world.put(f"/albums/{two[0]['id']}/images", {"image_ids": others})
        assert world.get(f"/images/{first}").json()["album_ids"] == []
        emptied = world.put(f"/albums/{two[0]['id']}/images", {"image_ids": []}).json()
        assert (emptied["image_count"], emptied["images"], emptied["cover_url"]) == (0, [], None)

    def test_foreign_unknown_repeated_and_trashed_photos_are_refused(self, world: World, two: Any) -> None:
        here = ids_of(two[0])
        other = world.other()
        other.curate(picture(40))
        foreign = other.images()[0]["id"]
        trashed = ids_of(two[1])[0]
        world.delete(f"/images/{trashed}")
        path = f"/albums/{two[0]['id']}/images"
        assert world.put(path, {"image_ids": [*here, foreign]}).status == 404
        assert world.put(path, {"image_ids": [*here, str(ids.new_id())]}).status == 404
        assert world.put(path, {"image_ids": [*here, trashed]}).status == 409
        repeated = world.put(path, {"image_ids": [here[0], here[1], here[0]]})
        assert repeated.status == 400
        assert [error["field"] for error in repeated.json()["errors"]] == ["image_ids.2"]
        assert world.put(path, {"image_ids": ["x"]}).status == 400
        assert ids_of(world.get(f"/albums/{two[0]['id']}").json()) == here
        assert len(other.albums()[0]["images"]) == 1

    def test_what_lies_in_the_trash_keeps_its_place(self, world: World, two: Any) -> None:
        first, second, third = ids_of(two[0])
        world.delete(f"/images/{second}")
        world.put(f"/albums/{two[0]['id']}/images", {"image_ids": [third, first]})
        world.post(f"/images/{second}/restore")
        assert set(ids_of(world.get(f"/albums/{two[0]['id']}").json())) == {first, second, third}


class TestMerge:
    def test_the_other_albums_photos_come_behind_and_it_is_gone(self, world: World, two: Any) -> None:
        kept, gone = two
        answer = world.post(f"/albums/{kept['id']}/merge", {"album_id": gone["id"]})
        assert answer.status == 200
        assert ids_of(answer.json()) == ids_of(kept) + ids_of(gone)
        assert world.get(f"/albums/{gone['id']}").status == 404
        assert [album["id"] for album in world.albums()] == [kept["id"]]

    def test_with_itself_with_anothers_or_with_nothing_it_is_refused(self, world: World, two: Any) -> None:
        other = world.other()
        other.curate(picture(40))
        path = f"/albums/{two[0]['id']}/merge"
        assert world.post(path, {"album_id": two[0]["id"]}).status == 409
        assert world.post(path, {"album_id": other.albums()[0]["id"]}).status == 404
        assert world.post(path, {"album_id": str(ids.new_id())}).status == 404
        assert world.post(path, {}).status == 400
        assert len(world.albums()) == 2
        assert len(other.albums()) == 1

    def test_its_link_ends_with_it_and_trashed_photos_come_along(self, world: World, two: Any) -> None:
        kept, gone = two
        token = world.post(f"/albums/{gone['id']}/share").json()["token"]
        trashed = ids_of(gone)[1]
        world.delete(f"/images/{trashed}")
        world.post(f"/albums/{kept['id']}/merge", {"album_id": gone["id"]})
        assert world.guest.get(f"/shared/{token}").status == 404
        world.post(f"/images/{trashed}/restore")
        assert trashed in ids_of(world.get(f"/albums/{kept['id']}").json())


def test_an_album_is_deleted_once_and_its_photos_stay(world: World, two: Any) -> None:
    assert world.delete(f"/albums/{two[0]['id']}").status == 204
    assert world.delete(f"/albums/{two[0]['id']}").status == 404
    assert world.get(f"/albums/{two[0]['id']}").status == 404
    assert len(world.images()) == 6


def test_a_person_makes_an_album(world: World, two: Any) -> None:
    chosen = [ids_of(two[1])[0], ids_of(two[0])[2]]
    answer = world.post("/albums", {"title": "The best", "image_ids": chosen})
    assert answer.status == 201
    album = answer.json()
    assert (album["title"], album["curated_by"], album["image_count"]) == ("The best", "person", 2)
    assert ids_of(album) == chosen
    assert world.albums()[0]["id"] == album["id"]
    assert world.post("/albums", {"title": "Empty"}).json()["image_count"] == 0
    assert world.post("/albums", {"title": " "}).status == 400
    assert world.post("/albums", {"title": "x", "image_ids": [str(ids.new_id())]}).status == 404


def test_nobody_sees_or_changes_anothers_album(world: World, two: Any) -> None:
    other = world.other()
    path = f"/albums/{two[0]['id']}"
    assert other.get(path).status == 404
    assert other.get(f"{path}/images").status == 404
    assert other.patch(path, {"title": "Mine now"}).status == 404
    assert other.put(f"{path}/images", {"image_ids": []}).status == 404
    assert other.post(f"{path}/merge", {"album_id": two[1]["id"]}).status == 404
    assert other.post(f"{path}/share").status == 404
    assert other.delete(f"{path}/share").status == 404
    assert other.post(f"{path}/download").status == 404
    assert other.delete(path).status == 404
    assert other.get(f"/galleries/{world.person.user_id}").status == 404
    assert world.get(path).json() == two[0]


def test_without_a_token_everything_is_401(world: World, two: Any) -> None:
    album = two[0]["id"]
    for method, path in (
        ("GET", "/galleries/me"),
        ("GET", f"/albums/{album}"),
        ("PATCH", f"/albums/{album}"),
        ("PUT", f"/albums/{album}/images"),
        ("POST", f"/albums/{album}/merge"),
        ("POST", f"/albums/{album}/share"),
        ("POST", "/albums"),
        ("GET", "/images"),
    ):
        assert world.call(method, path, content=b"{broken", token=None).status == 401


def test_changes_at_once_lose_no_photo_and_double_none(committed_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Everyone pulls all photos into another album, at the same moment: each photo ends in exactly one."""
    from functools import partial

    from galleries.service import albums

    committed_world.curate(*occasions(4))
    found = committed_world.albums()
    everything = [image["id"] for album in found for image in album["images"]]

    def pull(album_id: str) -> None:
        with db.transaction() as tx:
            albums.set_images(tx, committed_world.person.user_id, ids.parse_id(album_id), everything)

    with own_connections(monkeypatch):
        at_once([partial(pull, album["id"]) for album in found for _ in range(2)])
    assert sorted(album["image_count"] for album in committed_world.albums()) == [0, 0, 0, 12]


def test_an_owner_gets_the_original_of_each_photo_of_an_album(world: World, two: Any) -> None:
    for image in (*two[0]["images"], world.get(f"/albums/{two[0]['id']}/images").json()["items"][0]):
        assert "attachment" in image["original_url"]
        assert "/uploads/" in image["original_url"]


def test_a_photo_that_waits_to_be_prepared_shows_its_original_to_its_owner_and_to_no_guest(
    world: World, two: Any
) -> None:
    world.process(world.bring(picture(60)))
    (waiting,) = [image["id"] for image in world.images() if image["width"] is None]
    album = world.put(f"/albums/{two[0]['id']}/images", {"image_ids": [waiting, *ids_of(two[0])]}).json()
    assert album["images"][0]["url"] == album["images"][0]["original_url"]
    assert waiting not in album["cover_url"]
    token = world.post(f"/albums/{album['id']}/share").json()["token"]
    for page in ("", "/images"):
        assert waiting not in world.guest.get(f"/shared/{token}{page}").text


def test_what_takes_no_body_takes_none(world: World, two: Any) -> None:
    job_id = two[0]["job_id"]
    assert world.post(f"/jobs/{job_id}/undo", {"keep": True}).status == 400
    assert world.post(f"/albums/{two[0]['id']}/download", {"x": 1}).status == 400
    assert world.post(f"/albums/{two[0]['id']}/download", {}).status == 202
    assert world.patch(f"/albums/{two[0]['id']}", {"title": None}).status == 400
